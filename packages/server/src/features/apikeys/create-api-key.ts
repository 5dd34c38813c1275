import type { InputOf, OutputOf, createApiKey as operation } from '@sallyport/protocol'
import { apiKeyView, hashApiKey, newApiKey } from '../../domain/apikeys.js'
import type { Caller, Context } from '../../domain/context.js'
import { invalid } from '../../domain/identifiers.js'
import { apiKeys } from '../../domain/tables.js'
import { parseDuration } from '../../util/duration.js'
import { uuidv7 } from '../../util/ids.js'

/** Milliseconds. */
const SHORTEST = 60_000
const LONGEST = 365 * 86_400_000

/** Makes a key; this answer is the only place where it ever stands. */
export async function createApiKey(
  context: Context,
  caller: Caller,
  { name, scopes, expires_in = '90d' }: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  if (scopes.length === 0) throw invalid('scopes', 'must name at least one scope')
  const lifetime = parseDuration(expires_in)
  if (lifetime === undefined || lifetime < SHORTEST || lifetime > LONGEST)
    throw invalid('expires_in', 'must be a duration such as 12h or 30d, from 1m to 365d')
  const api_key = newApiKey()
  const now = context.clock.now()
  const row = {
    id: uuidv7(now),
    name,
    hash: hashApiKey(api_key),
    scopes: [...new Set(scopes)],
    created_by: caller.administrator!.id,
    created_at: now,
    last_used_at: null,
    expires_at: now + lifetime,
  }
  await context.store.insert(apiKeys, row)
  const facts = { apiKeyId: row.id, scopes: row.scopes.join(' ') }
  context.events.emit('apikey.created', facts, caller)
  return { ...apiKeyView(row), api_key }
}
