import type { InputOf, OutputOf, enableUser as operation } from '@sallyport/protocol'
import { writeStanding } from '../../domain/administrators.js'
import type { Caller, Context } from '../../domain/context.js'
import { users } from '../../domain/tables.js'
import { userView } from '../../domain/users.js'
import { write } from '../../store/store.js'
import { findTarget } from './target.js'

/** Lets a disabled user in again; what was ended stays ended. Twice is once. */
export async function enableUser(
  context: Context,
  caller: Caller,
  { id }: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  for (;;) {
    const user = await findTarget(context, caller, id)
    if (user.status === 'active') return { user: userView(user) }
    const set = { status: 'active', updated_at: Math.max(context.clock.now(), user.updated_at + 1) }
    const writes = [write.update(users, { id }, set, 1)]
    if (!(await writeStanding(context.store, user, { status: 'active' }, writes))) continue
    context.events.emit('user.enabled', { userId: id }, caller)
    return { user: userView({ ...user, ...set }) }
  }
}
