import type { InputOf, logOutUser as operation } from '@sallyport/protocol'
import { endUser } from '../../domain/administrators.js'
import type { Caller, Context } from '../../domain/context.js'
import { sweepSessions } from '../../domain/sessions.js'
import { findTarget } from './target.js'

/** Ends every session of a user; they may sign in again. */
export async function logOutUser(context: Context, caller: Caller, { id }: InputOf<typeof operation>) {
  for (;;) {
    const user = await findTarget(context, caller, id)
    if (!(await endUser(context, user))) continue
    context.events.emit('sessions.ended', { userId: user.id }, caller)
    await sweepSessions(context, user.id, user.epoch + 1)
    return {}
  }
}
