// The replacing of the master secret: what still needs the old one, and when it can go.
import { keptAt } from './audit-keys.js'
import type { Context } from './context.js'
import { countOlderSeals } from './sealed.js'
import { sessions } from './tables.js'

export interface Replacement {
  /** Whether SALLYPORT_SECRET_ALSO may be dropped. */
  readonly droppable: boolean
  /** How much is sealed under it; `secret.rewrap` makes it none. */
  readonly sealed: number
  /** When `secret.rewrap` ran for it, in milliseconds. */
  readonly rewrappedAt?: number
  /** Whether sessions live whose refresh token is from before that. */
  readonly olderSessions: boolean
}

/**
 * Whether the other secret (`SALLYPORT_SECRET_ALSO`) may be dropped: everything is sealed under the current one, the
 * audit log's old key is kept, and every living session was refreshed since. The last is so after one
 * `refresh_token.idle_ttl` at the latest. Undefined where there is no other secret.
 */
export async function replacementOf(context: Context): Promise<Replacement | undefined> {
  const { store, secrets, clock } = context
  if (secrets.keys('audit').length < 2) return undefined
  const sealed = await countOlderSeals(context)
  const rewrappedAt = await keptAt(store, secrets)
  if (rewrappedAt === undefined) return { droppable: false, sealed, olderSessions: true }
  const now = clock.now()
  const older = { rotated_at: { lte: rewrappedAt }, idle_ends_at: { gt: now }, ends_at: { gt: now } }
  const olderSessions = (await store.count(sessions, older, 1)) > 0
  return { droppable: sealed === 0 && !olderSessions, sealed, rewrappedAt, olderSessions }
}
