import type { Caller, Context } from '../../domain/context.js'
import { sweepSessions } from '../../domain/sessions.js'
import { endEverything, requireUser } from '../../domain/users.js'

/** Ends every session of the user by moving the epoch: one guarded update, however many sessions there are. */
export async function logOutEverywhere(context: Context, caller: Caller): Promise<Record<never, never>> {
  const { userId } = caller.access!
  for (;;) {
    const user = await requireUser(context, userId)
    const { writes, change } = endEverything(context, user)
    if (!(await context.store.atomically(writes))) continue
    context.changes.apply(change)
    context.events.emit('sessions.ended', { userId }, caller)
    await sweepSessions(context, userId, user.epoch + 1)
    return {}
  }
}
