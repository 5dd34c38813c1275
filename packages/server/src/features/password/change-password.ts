import { type Failure, fail, type InputOf, type changePassword as operation } from '@sallyport/protocol'
import { cancelCodes } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { forgetTries, hashNewPassword, ofSession, ownerOf, passwordFits } from '../../domain/credentials.js'
import { notice } from '../../domain/notices.js'
import { requireKept, sweepSessions } from '../../domain/sessions.js'
import { sessions } from '../../domain/tables.js'
import { endEverything, passwordColumns, requireUser } from '../../domain/users.js'
import { write } from '../../store/store.js'

type Input = InputOf<typeof operation>

/** Changes the password and ends every other session, in one write: either both happened or neither. */
export async function changePassword(
  context: Context,
  caller: Caller,
  input: Input,
): Promise<Record<never, never>> {
  const { userId, sessionId } = caller.access!
  const user = await requireUser(context, userId)
  const guesser = ofSession(userId, sessionId)
  if (!(await passwordFits(context, guesser, input.current_password, user))) {
    context.events.emit('login.failed', { userId, reason: 'credentials' }, caller)
    throw wrong()
  }
  await forgetTries(context, guesser)
  const hash = await hashNewPassword(context, caller, input.new_password, ownerOf(user), 'new_password')
  // Read again: the check itself may have stored a stronger hash of the same password.
  const now = await requireUser(context, userId)
  if (now.epoch !== user.epoch) throw await overtaken(context, userId, sessionId)
  const { writes, change } = endEverything(context, now, passwordColumns(context, now, hash), sessionId)
  const keep = { id: sessionId, user_id: userId, epoch: now.epoch }
  const kept = write.update(sessions, keep, { epoch: now.epoch + 1 }, 1)
  const told = [cancelCodes(userId), ...notice(context, 'password_changed', now, caller)]
  if (!(await context.store.atomically([...writes, kept, ...told])))
    throw await overtaken(context, userId, sessionId)
  context.changes.apply(change)
  context.outbox.hurry()
  context.events.emit('password.changed', { userId }, caller)
  context.events.emit('sessions.ended', { userId, except: sessionId }, caller)
  await sweepSessions(context, userId, now.epoch + 1)
  return {}
}

const wrong = () => fail('invalid_credentials', { detail: 'The current password is not right.' })

/** Something ended sessions meanwhile: this one, or, where this one did it, the password may be another now. */
async function overtaken(context: Context, userId: string, sessionId: string): Promise<Failure> {
  await requireKept(context, userId, sessionId)
  return wrong()
}
