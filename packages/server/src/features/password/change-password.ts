import {
  type changePassword as change,
  type Failure,
  fail,
  type InputOf,
  type Operation,
  replacePassword as operation,
} from '@sallyport/protocol'
import { cancelCodes } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { hashNewPassword, ofSession, ownerOf, passwordFits } from '../../domain/credentials.js'
import { invalid } from '../../domain/identifiers.js'
import { notice } from '../../domain/notices.js'
import { requireKept, sweepSessions } from '../../domain/sessions.js'
import { requireProof } from '../../domain/step-up.js'
import { sessions, type UserRow } from '../../domain/tables.js'
import { endEverything, passwordColumns, requireUser } from '../../domain/users.js'
import { write } from '../../store/store.js'

/** Changes the password and ends every other session, in one write: either both happened or neither. */
export async function changePassword(
  context: Context,
  caller: Caller,
  { current_password, new_password }: InputOf<typeof change>,
): Promise<Record<never, never>> {
  const user = await requireUser(context, caller.access!.userId)
  await assertFits(context, caller, user, current_password)
  return setPassword(context, caller, user, new_password)
}

/** The same where an account without a password may get its first one, by whoever proved lately that it is theirs. */
export async function replacePassword(
  context: Context,
  caller: Caller,
  { old_password, new_password }: InputOf<typeof operation>,
): Promise<Record<never, never>> {
  const user = await requireUser(context, caller.access!.userId)
  if (user.password_hash !== null) {
    if (old_password === undefined) throw invalid('old_password', 'must be given: the account has a password')
    await assertFits(context, caller, user, old_password)
  } else await requireProof(context, operation as Operation, { ...caller, access: caller.access! })
  return setPassword(context, caller, user, new_password)
}

/** Throws `invalid_credentials`, counted by the session. */
async function assertFits(context: Context, caller: Caller, user: UserRow, password: string): Promise<void> {
  const { userId, sessionId } = caller.access!
  if (await passwordFits(context, ofSession(userId, sessionId), password, user)) return
  context.events.emit('login.failed', { userId, reason: 'credentials' }, caller)
  throw wrong()
}

async function setPassword(
  context: Context,
  caller: Caller,
  user: UserRow,
  password: string,
): Promise<Record<never, never>> {
  const { userId, sessionId } = caller.access!
  const hash = await hashNewPassword(context, caller, password, ownerOf(user), 'new_password')
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
