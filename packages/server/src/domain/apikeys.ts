// API keys as credentials: `ak_` and 43 characters, of which the store holds a hash. What they may do is their scopes;
// they never touch administrators.
import { fail, type Operation } from '@sallyport/protocol'
import { sha256 } from '../util/hash.js'
import { randomBytes } from '../util/ids.js'
import type { Administrator, Context } from './context.js'
import { apiKeys } from './tables.js'

const form = /^ak_[A-Za-z0-9_-]{43}$/
/** How often the time of the last use is written. Milliseconds. */
const NOTE_USE = 60_000

export const isApiKey = (token: string): boolean => token.startsWith('ak_')

export function newApiKey(): string {
  return `ak_${randomBytes(32).toString('base64url')}`
}

export const hashApiKey = (key: string): Buffer => sha256(key)

/** The machine behind a key, where its scopes allow the operation. Throws `access_token_invalid` or `forbidden`. */
export async function machineOf(context: Context, key: string, operation: Operation): Promise<Administrator> {
  const [row] = form.test(key)
    ? await context.store.list(apiKeys, { where: { hash: hashApiKey(key) }, limit: 1 })
    : []
  if (!row) throw fail('access_token_invalid', { detail: 'This API key is not known or has expired.' })
  if (!(row.scopes as string[]).includes(operation.scope!))
    throw fail('forbidden', { detail: `This API key lacks the scope ${operation.scope}.` })
  const now = context.clock.now()
  if (row.last_used_at === null || now - row.last_used_at > NOTE_USE)
    await context.store.update(apiKeys, { id: row.id }, { last_used_at: now })
  return { kind: 'api_key', id: row.id, full: false }
}
