// Operations that a user may do to their own account and an administrator to any: who is asking as what.
import { Failure, fail, type Operation } from '@sallyport/protocol'
import { isAlive } from '../../domain/access.js'
import { administratorOf } from '../../domain/administrators.js'
import type { Administrator, Caller, Context } from '../../domain/context.js'
import { endedSession } from '../../domain/one-session.js'
import { withUser } from '../../domain/session-user.js'
import { sessions, type UserRow } from '../../domain/tables.js'
import { findUser } from './target.js'

/**
 * Whoever is signed in, as an administrator who may do `operation`, an administrator's one; the session is read anew.
 * Throws `forbidden`, `step_up_required`, `session_ended`; a refusal is in the audit log.
 */
export async function requireAdministrator(
  context: Context,
  caller: Caller,
  operation: Operation,
): Promise<Administrator> {
  const { sessionId, userId } = caller.access!
  try {
    const found = await withUser(context, await context.store.get(sessions, { id: sessionId }))
    if (!found || found.user.id !== userId || !isAlive(found.session, found.user, context.clock.now()))
      throw await endedSession(context, caller.contract, userId)
    const { session, user } = found
    return administratorOf(context, user, session.auth_time, operation, caller.contract)
  } catch (error) {
    context.audit.refused(operation, error, caller)
    throw error
  }
}

/** The user that a contract calls by this id; undefined where there is none, and for one that was deleted. */
export async function seekUser(context: Context, caller: Caller, id: string): Promise<UserRow | undefined> {
  try {
    const user = await findUser(context, caller, id)
    return user.status === 'deleted' ? undefined : user
  } catch (error) {
    if (error instanceof Failure && error.code === 'not_found') return undefined
    throw error
  }
}

/** What is told of a user that is not there. */
export const noSuchUser = () => fail('not_found', { detail: 'There is no such user.' })
