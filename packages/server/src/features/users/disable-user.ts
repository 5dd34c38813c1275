import type { InputOf, OutputOf, disableUser as operation } from '@sallyport/protocol'
import { endUser } from '../../domain/administrators.js'
import type { Caller, Context } from '../../domain/context.js'
import { sweepSessions } from '../../domain/sessions.js'
import { showUser } from '../../domain/users.js'
import { findTarget, findUser } from './target.js'

/** Keeps a user out from now on and ends every session. Twice is once. */
export async function disableUser(
  context: Context,
  caller: Caller,
  { id, reason }: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  for (;;) {
    const user = await findTarget(context, caller, id)
    if (user.status === 'disabled') return { user: await showUser(context, caller.contract, user) }
    if (!(await endUser(context, user, { status: 'disabled' }))) continue
    context.events.emit('user.disabled', { userId: user.id, ...(reason && { reason }) }, caller)
    context.events.emit('sessions.ended', { userId: user.id }, caller)
    await sweepSessions(context, user.id, user.epoch + 1)
    return { user: await showUser(context, caller.contract, await findUser(context, caller, id)) }
  }
}
