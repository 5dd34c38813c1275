import type { Context } from '../../domain/context.js'
import { type SessionRow, sessions, type UserRow, users } from '../../domain/tables.js'
import { type Steps, showTime } from './steps.js'

/** The session and the user behind a token; undefined where one of them does not stand. */
export async function explainSession(
  context: Context,
  id: string,
  steps: Steps,
): Promise<SessionRow | undefined> {
  const { store, clock } = context
  const session = await store.get(sessions, { id })
  if (!session) {
    steps.add('session', false, `${id} is not there: it was ended, or is long over`)
    return undefined
  }
  const ends = Math.min(session.idle_ends_at, session.ends_at)
  const open = clock.now() < ends
  const when = `${open ? 'lives until' : 'was over at'} ${showTime(ends)}`
  steps.add('session', open, `${id} on the contract ${session.contract} ${when}`)
  const user = await store.get(users, { id: session.user_id })
  const stands = steps.add('user', isBehind(session, user), sayUser(session, user))
  return open && stands ? session : undefined
}

const isBehind = (session: SessionRow, user: UserRow | undefined): boolean =>
  user?.status === 'active' && user.epoch === session.epoch

function sayUser(session: SessionRow, user: UserRow | undefined): string {
  if (!user) return `${session.user_id} is gone`
  if (user.status !== 'active') return `${user.id} is ${user.status}`
  const ended = 'has ended all sessions that were open before'
  return user.epoch === session.epoch ? `${user.id} is active` : `${user.id} ${ended}`
}
