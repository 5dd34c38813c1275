import type { Caller, Context } from '../../domain/context.js'
import { deleteAccount } from '../../domain/deletion.js'
import { requireUser } from '../../domain/users.js'

/** Deletes the user's own account, unless it is the last administrator's. */
export async function deleteProfile(context: Context, caller: Caller): Promise<Record<never, never>> {
  while (!(await deleteAccount(context, caller, await requireUser(context, caller.access!.userId))));
  return {}
}
