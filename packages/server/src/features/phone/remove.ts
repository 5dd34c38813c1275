import { fail } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { users } from '../../domain/tables.js'
import { nextUpdate, requireUser, searchText, unmoved } from '../../domain/users.js'
import { write } from '../../store/store.js'

/** Takes the number away. Twice is once. Throws `conflict` where it is the only way to sign in. */
export async function removePhone(context: Context, caller: Caller): Promise<Record<never, never>> {
  for (;;) {
    const user = await requireUser(context, caller.access!.userId)
    if (user.phone_number === null) return {}
    if (user.email === null && user.preferred_username === null)
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
