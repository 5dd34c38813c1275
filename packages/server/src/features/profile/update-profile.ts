import type { InputOf, updateProfile as operation, User } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { users } from '../../domain/tables.js'
import { profileChanges } from '../../domain/user-changes.js'
import { asTaken, changedMembers, requireUser, searchText, showUser } from '../../domain/users.js'

type Input = InputOf<typeof operation>

/** Changes what is sent, takes away what is null (RFC 7396), and leaves the rest. */
export async function updateProfile(context: Context, caller: Caller, input: Input): Promise<{ user: User }> {
  const { userId } = caller.access!
  for (;;) {
    const user = await requireUser(context, userId)
    const changed = profileChanges(user, input, caller.contract)
    const search = searchText({ ...user, ...changed })
    const set = { ...changed, search, updated_at: Math.max(context.clock.now(), user.updated_at + 1) }
    const where = { id: userId, status: 'active', updated_at: user.updated_at }
    if ((await write(() => context.store.update(users, where, set))) === 0) continue
    context.events.emit(
      'user.updated',
      { userId, members: changedMembers(user, { ...user, ...changed }) },
      caller,
    )
    return { user: await showUser(context, caller.contract, await requireUser(context, userId)) }
  }
}

async function write<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw asTaken(error)
  }
}
