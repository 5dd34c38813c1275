// The failure that stands for a token's verdict.
import { type Failure, fail } from '@sallyport/protocol'
import type { TokenVerdict } from './keys/keyring.js'

/** What a caller is told of a token that is not good. */
export function refusalOf(reason: Extract<TokenVerdict, { ok: false }>['reason']): Failure {
  if (reason === 'expired') return fail('access_token_expired')
  return fail('access_token_invalid', reason === 'kind' ? { shade: 'kind' } : {})
}
