// An answer that holds tokens, read by the names of its contract.
import type { AccessToken } from './access-token.js'
import { randomId } from './session.js'
import type { Stored, StoredSession } from './store.js'
import type { Said, Wire } from './wire.js'

/** What to keep, and the token to use; undefined where the answer is no answer with tokens, a portal's for one. */
export interface Granted {
  readonly next: Stored
  readonly token: AccessToken
}

/** @param before what was stored when it was asked for; its session goes on where the answer is a refresh's */
export function granted(
  { mode, endpoints }: Wire,
  { body, since }: Said,
  before: Stored,
): Granted | undefined {
  const names = endpoints.answer
  const value = body[names.accessToken]
  const life = body[names.expiresIn]
  const refreshToken = body[names.refreshToken]
  if (typeof value !== 'string' || typeof life !== 'number' || !(life > 0)) return undefined
  if (mode === 'token' && typeof refreshToken !== 'string') return undefined
  const user = body[names.user]
  const said = names.session === undefined ? undefined : body[names.session]
  const id = typeof said === 'string' ? said : (before.session?.id ?? randomId())
  const session: StoredSession = {
    id,
    user:
      typeof user === 'object' && user !== null
        ? (user as StoredSession['user'])
        : (before.session?.user ?? {}),
    attemptId: randomId(),
    ...(mode === 'token' && { refreshToken: refreshToken as string }),
  }
  const generation = before.generation + 1
  const lifeMs = life * (names.unit === 'seconds' ? 1000 : 1)
  return { next: { generation, session }, token: { value, session: id, generation, lifeMs, since } }
}
