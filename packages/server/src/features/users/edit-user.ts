import {
  type InputOf,
  type Operation,
  type OutputOf,
  editUser as operation,
  updateUser as update,
} from '@sallyport/protocol'
import { assertNotLast } from '../../domain/administrators.js'
import type { Caller, Context } from '../../domain/context.js'
import { requireUser, showUser } from '../../domain/users.js'
import { noSuchUser, requireAdministrator, seekUser } from './acting.js'
import { disableUser } from './disable-user.js'
import { editOwn } from './edit-own.js'
import { enableUser } from './enable-user.js'
import { findTarget } from './target.js'
import { updateUser } from './update-user.js'

type Input = InputOf<typeof operation>
type Output = OutputOf<typeof operation>

const asAdministrator = { ...update, name: operation.name } as Operation

/** Changes a user, by themselves or as an administrator: what only administrators decide makes the whole theirs. */
export async function editUser(context: Context, caller: Caller, input: Input): Promise<Output> {
  const own = await requireUser(context, caller.access!.userId)
  const user = await seekUser(context, caller, input.id)
  const decides = input.enabled !== undefined || input.roles !== undefined
  if (user?.id === own.id && !decides) return { user: await editOwn(context, caller, own, input) }
  const administrator = await requireAdministrator(context, caller, asAdministrator)
  if (!user) throw noSuchUser()
  return decide(context, { ...caller, administrator }, input)
}

/** By the rules of `users.update`, `users.disable` and `users.enable`, in this order. */
async function decide(context: Context, caller: Caller, { id, enabled, ...changes }: Input): Promise<Output> {
  const target = await findTarget(context, caller, id)
  if (enabled === false) {
    // Before anything is changed: it is two writes, and the second must not be the one that is refused.
    const after = { roles: changes.roles ?? target.roles, status: 'disabled' }
    await assertNotLast(context.store, target, after)
  }
  const isPlain = Object.values(changes).every((value) => value === undefined)
  if (!isPlain) {
    const changed = await updateUser(context, caller, { id, ...changes })
    if (enabled === undefined) return changed
  }
  if (enabled === undefined) return { user: await showUser(context, caller.contract, target) }
  return (enabled ? enableUser : disableUser)(context, caller, { id })
}
