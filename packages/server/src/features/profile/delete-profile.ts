import { endUser } from '../../domain/administrators.js'
import type { Caller, Context } from '../../domain/context.js'
import { sweepSessions } from '../../domain/sessions.js'
import { requireUser } from '../../domain/users.js'

/** Marks the account deleted and ends every session, but not the last administrator's; the row goes when its address is free again, see domain/upkeep.ts. */
export async function deleteProfile(context: Context, caller: Caller): Promise<Record<never, never>> {
  const { userId } = caller.access!
  for (;;) {
    const user = await requireUser(context, userId)
    const also = { status: 'deleted', deleted_at: context.clock.now() }
    if (!(await endUser(context, user, also))) continue
    context.events.emit('user.deleted', { userId }, caller)
    await sweepSessions(context, userId, user.epoch + 1)
    return {}
  }
}
