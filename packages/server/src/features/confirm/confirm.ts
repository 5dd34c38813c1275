import { fail, type InputOf, type confirm as operation, type Tokens } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { ofSession, passwordFits } from '../../domain/credentials.js'
import { answerTokens } from '../../domain/sessions.js'
import { requirePurpose } from '../../domain/step-up.js'
import { sessions } from '../../domain/tables.js'
import { requireUser } from '../../domain/users.js'

/**
 * Proves again that it is the user: the session's `auth_time` becomes now, or, where a purpose is named, only what asks
 * for that purpose finds a recent proof. A refresh does neither. Throws `invalid_request` for a purpose that is none.
 */
export async function confirm(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<Tokens> {
  const { userId, sessionId } = caller.access!
  const purpose = input.purpose === undefined ? undefined : requirePurpose(input.purpose)
  const user = await requireUser(context, userId)
  if (!(await passwordFits(context, ofSession(userId, sessionId), input.password, user))) {
    context.events.emit('login.failed', { userId, reason: 'credentials' }, caller)
    throw fail('invalid_credentials')
  }
  const where = { id: sessionId, user_id: userId, epoch: user.epoch }
  const now = context.clock.now()
  const proof = purpose === undefined ? { auth_time: now } : { proof_purpose: purpose, proof_at: now }
  const changed = await context.store.update(sessions, where, proof)
  const session = changed === 1 ? await context.store.get(sessions, { id: sessionId }) : undefined
  const after = await requireUser(context, userId)
  if (!session || after.epoch !== session.epoch) throw fail('session_ended')
  context.events.emit(
    'session.confirmed',
    { userId, sessionId, ...(purpose !== undefined && { purpose }) },
    caller,
  )
  return answerTokens(context, caller.contract, after, session)
}
