// A session together with its user. They are two reads, and a session that its user's act leaves alive moves along with
// the user's epoch in one write: read before that, beside a user read after it, it would look ended.
import type { Context } from './context.js'
import { type SessionRow, sessions, type UserRow, users } from './tables.js'

/** The user of a session that was read, and the session as it stands beside that user; undefined where either is gone. */
export async function withUser(
  { store }: Pick<Context, 'store'>,
  read: SessionRow | undefined,
): Promise<{ session: SessionRow; user: UserRow } | undefined> {
  for (let session = read; session; ) {
    const user = await store.get(users, { id: session.user_id })
    if (!user || user.epoch <= session.epoch) return user && { session, user }
    const again: SessionRow | undefined = await store.get(sessions, { id: session.id })
    if (again?.epoch === session.epoch) return { session, user }
    session = again
  }
  return undefined
}
