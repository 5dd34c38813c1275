// The user that an administrator speaks of, and whether this administrator may touch them.
import { fail } from '@sallyport/protocol'
import { assertMayGrant } from '../../domain/administrators.js'
import type { Caller, Context } from '../../domain/context.js'
import type { UserRow } from '../../domain/tables.js'
import { userCalled } from '../../domain/user-ids.js'

/** The user that a contract calls by this id, deleted ones included. Throws `not_found`. */
export async function findUser(context: Context, { contract }: Caller, id: string): Promise<UserRow> {
  const user = await userCalled(context, contract, id)
  if (!user) throw fail('not_found', { detail: 'There is no such user.' })
  return user
}

/** The user that is to be changed. Throws `not_found`, also for a deleted one; `forbidden` where they stand higher. */
export async function findTarget(context: Context, caller: Caller, id: string): Promise<UserRow> {
  const user = await findUser(context, caller, id)
  if (user.status === 'deleted') throw fail('not_found', { detail: 'This user was deleted.' })
  assertMayGrant(context, caller.administrator!, user.roles as string[], [])
  return user
}
