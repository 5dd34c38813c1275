// API keys as credentials: `ak_` and 43 characters, of which the store holds a hash. What they may do is their scopes;
// they never touch administrators.
import { type createApiKey, fail, type Operation, type OutputOf } from '@sallyport/protocol'
import type { Store } from '../store/store.js'
import { sha256 } from '../util/hash.js'
import { randomBytes } from '../util/ids.js'
import type { Administrator, Context } from './context.js'
import { type ApiKeyRow, apiKeys } from './tables.js'

const form = /^ak_[A-Za-z0-9_-]{43}$/
/** How often the time of the last use is written. Milliseconds. */
const NOTE_USE = 60_000

export const isApiKey = (token: string): boolean => token.startsWith('ak_')

export function newApiKey(): string {
  return `ak_${randomBytes(32).toString('base64url')}`
}

export const hashApiKey = (key: string): Buffer => sha256(key)

/** What administrators see of a key: never its hash. */
export const apiKeyView = ({ id, name, scopes, created_by, created_at, expires_at }: ApiKeyRow) => ({
  id,
  name,
  scopes: scopes as OutputOf<typeof createApiKey>['scopes'],
  created_by,
  created_at,
  expires_at,
})

/**
 * The machine behind a key, where its scopes allow the operation; `known` hears of it even where they do not. Throws
 * `access_token_invalid` or `forbidden`.
 */
export async function machineOf(
  context: Context,
  key: string,
  operation: Operation,
  known: { administrator?: Administrator },
): Promise<Administrator> {
  const row = await findApiKey(context.store, key)
  if (!row) throw fail('access_token_invalid', { detail: 'This API key is not known or has expired.' })
  const scopes = row.scopes as string[]
  const machine = { kind: 'api_key', id: row.id, full: false, scopes } as const
  known.administrator = machine
  if (!scopes.includes(operation.scope!))
    throw fail('forbidden', { detail: `This API key lacks the scope ${operation.scope}.` })
  const now = context.clock.now()
  if (row.last_used_at === null || now - row.last_used_at > NOTE_USE)
    await context.store.update(apiKeys, { id: row.id }, { last_used_at: now })
  return machine
}

/** The row of a key as it was presented. */
export async function findApiKey(store: Store, key: string): Promise<ApiKeyRow | undefined> {
  if (!form.test(key)) return undefined
  const [row] = await store.list(apiKeys, { where: { hash: hashApiKey(key) }, limit: 1 })
  return row
}
