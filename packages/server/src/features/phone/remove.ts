import { fail } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { identities } from '../../domain/identities.js'
import { type UserRow, users } from '../../domain/tables.js'
import { nextUpdate, requireUser, searchText, unmoved } from '../../domain/users.js'
import { write } from '../../store/store.js'

/** Without an address: a username with a password, or an account elsewhere. */
async function hasAnotherWayIn({ store }: Context, user: UserRow): Promise<boolean> {
  if (user.preferred_username !== null && user.password_hash !== null) return true
  return (await store.count(identities, { user_id: user.id }, 1)) > 0
}

/** Takes the number away. Twice is once. Throws `conflict` where it is the only way to sign in. */
export async function removePhone(context: Context, caller: Caller): Promise<Record<never, never>> {
  for (;;) {
    const user = await requireUser(context, caller.access!.userId)
    if (user.phone_number === null) return {}
    if (user.email === null && !(await hasAnotherWayIn(context, user)))
      throw fail('conflict', { detail: 'The number is the only way to sign in: add an address first.' })
    const none = { phone_number: null, phone_number_verified: false }
    const search = searchText({ ...user, ...none })
    const set = { ...none, search, updated_at: nextUpdate(context, user) }
    if (!(await context.store.atomically([unmoved(user), write.update(users, { id: user.id }, set, 1)])))
      continue
    context.events.emit('phone.removed', { userId: user.id }, caller)
    return {}
  }
}
