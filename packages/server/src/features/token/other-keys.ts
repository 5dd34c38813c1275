// Keys that are no tokens: what machines and verifying services show.
import { findApiKey } from '../../domain/apikeys.js'
import type { Caller, Context } from '../../domain/context.js'
import { type Steps, showTime } from './steps.js'

export async function explainApiKey(
  { store }: Context,
  _caller: Caller,
  key: string,
  steps: Steps,
): Promise<void> {
  const shaped = /^ak_[\w-]{43}$/.test(key)
  const found = `${key.length} characters; expected ak_ and 43 letters, digits, - and _`
  if (!steps.add('shape', shaped, found)) return
  const row = await findApiKey(store, key)
  const unknown = 'not known here: removed, expired, or another server’s'
  if (!steps.add('key', row !== undefined, row ? `${row.id} is known here` : unknown) || !row) return
  steps.add('times', true, `expires ${showTime(row.expires_at)}`)
  steps.add('scopes', true, (row.scopes as string[]).join(', '))
}

export function explainVerifierKey({ verifiers }: Context, _caller: Caller, key: string, steps: Steps): void {
  const known = verifiers.find(key) !== undefined
  steps.add(
    'key',
    known,
    known
      ? 'listed in the setting verifier_keys'
      : 'not listed in the setting verifier_keys, or removed (sallyport key verifier list)',
  )
}
