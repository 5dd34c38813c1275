import type { InputOf, OutputOf, enableUser as operation } from '@sallyport/protocol'
import { writeStanding } from '../../domain/administrators.js'
import type { Caller, Context } from '../../domain/context.js'
import { users } from '../../domain/tables.js'
import { showUser } from '../../domain/users.js'
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
    if (user.status === 'active') return { user: await showUser(context, caller.contract, user) }
    const set = { status: 'active', updated_at: Math.max(context.clock.now(), user.updated_at + 1) }
    const change = { kind: 'user_facts' as const, user: user.id }
    const writes = [write.update(users, { id: user.id }, set, 1), context.changes.record(change)]
    if (!(await writeStanding(context.store, user, { status: 'active' }, writes))) continue
    context.changes.apply(change)
    context.events.emit('user.enabled', { userId: user.id }, caller)
    return { user: await showUser(context, caller.contract, { ...user, ...set }) }
  }
}
