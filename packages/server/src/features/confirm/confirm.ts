import { fail, type InputOf, type confirm as operation, type Tokens } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { forgetTries, ofSession, passwordFits } from '../../domain/credentials.js'
import { answerTokens } from '../../domain/sessions.js'
import { sessions } from '../../domain/tables.js'
import { requireUser } from '../../domain/users.js'

/** Proves again that it is the user: the session's `auth_time` becomes now. A refresh never does that. */
export async function confirm(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<Tokens> {
  const { userId, sessionId } = caller.access!
  const user = await requireUser(context, userId)
  const guesser = ofSession(userId, sessionId)
  if (!(await passwordFits(context, guesser, input.password, user))) {
    context.events.emit('login.failed', { userId, reason: 'credentials' }, caller)
    throw fail('invalid_credentials')
  }
  const where = { id: sessionId, user_id: userId, epoch: user.epoch }
  const [changed] = await Promise.all([
    context.store.update(sessions, where, { auth_time: context.clock.now() }),
    forgetTries(context, guesser),
  ])
  const session = changed === 1 ? await context.store.get(sessions, { id: sessionId }) : undefined
  const after = await requireUser(context, userId)
  if (!session || after.epoch !== session.epoch) throw fail('session_ended')
  context.events.emit('session.confirmed', { userId, sessionId }, caller)
  return answerTokens(context, caller.contract, after, session)
}
