import { fail, type InputOf, type unlinkIdentity as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { identities } from '../../domain/identities.js'
import { users } from '../../domain/tables.js'
import { nextUpdate, requireUser, unmoved } from '../../domain/users.js'
import { write } from '../../store/store.js'

/**
 * Ends the signing in with a provider. Throws `conflict` where it is the last way in: neither a password nor another
 * provider is left. Sessions go on.
 */
export async function unlinkIdentity(
  context: Context,
  caller: Caller,
  { provider }: InputOf<typeof operation>,
) {
  const { userId } = caller.access!
  for (;;) {
    const user = await requireUser(context, userId)
    const own = await context.store.list(identities, { where: { user_id: userId }, limit: 100 })
    const gone = own.find((identity) => identity.provider === provider)
    if (!gone) throw fail('not_found', { detail: 'This provider is not linked.' })
    if (user.password_hash === null && own.length === 1)
      throw fail('conflict', { detail: 'This is the only way to sign in. Set a password first.' })
    // The user's row moves, so that of two that each leave the other's way in one comes second and looks again.
    const moved = write.update(users, { id: userId }, { updated_at: nextUpdate(context, user) }, 1)
    const removed = write.remove(identities, { id: gone.id, user_id: userId }, 1)
    if (!(await context.store.atomically([unmoved(user), moved, removed]))) continue
    context.events.emit('identity.unlinked', { userId, provider }, caller)
    return {}
  }
}
