import {
  getUser,
  type InputOf,
  type Operation,
  type OutputOf,
  type viewUser as operation,
} from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { requireUser, showUser } from '../../domain/users.js'
import { noSuchUser, requireAdministrator, seekUser } from './acting.js'

const asAdministrator = { ...getUser, name: 'users.view' } as Operation

/** A user for themselves, or for an administrator. Strangers do not learn which ids there are. */
export async function viewUser(
  context: Context,
  caller: Caller,
  { id }: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  const own = await requireUser(context, caller.access!.userId)
  const user = await seekUser(context, caller, id)
  if (user?.id === own.id) return { user: await showUser(context, caller.contract, own) }
  await requireAdministrator(context, caller, asAdministrator)
  if (!user) throw noSuchUser()
  return { user: await showUser(context, caller.contract, user) }
}
