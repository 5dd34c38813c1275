import type { InputOf, deleteUser as operation } from '@sallyport/protocol'
import { endUser } from '../../domain/administrators.js'
import type { Caller, Context } from '../../domain/context.js'
import { sweepSessions } from '../../domain/sessions.js'
import { findTarget } from './target.js'

/** Marks an account deleted and ends every session; the row goes when its address is free again, see domain/upkeep.ts. */
export async function deleteUser(context: Context, caller: Caller, { id }: InputOf<typeof operation>) {
  for (;;) {
    const user = await findTarget(context, caller, id)
    if (!(await endUser(context, user, { status: 'deleted', deleted_at: context.clock.now() }))) continue
    context.events.emit('user.deleted', { userId: id }, caller)
    await sweepSessions(context, id, user.epoch + 1)
    return {}
  }
}
