// Services that verify tokens, known by a key of the setting `verifier_keys`.
import { fail } from '@sallyport/protocol'
import type { Caller, Context, Credential, RequestFacts } from './context.js'

/** The caller behind a verifier key. Throws `token_missing`, `access_token_invalid`. */
export function verifier(context: Context, credentials: readonly Credential[], facts: RequestFacts): Caller {
  const key = credentials[0]?.value
  if (key === undefined) throw fail('token_missing')
  if (!context.keys.isVerifierKey(key))
    throw fail('access_token_invalid', { detail: 'This verifier key is not known.' })
  return facts
}
