import type { User } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { requireUser, showUser } from '../../domain/users.js'

/** The signed-in user. */
export async function getProfile(context: Context, caller: Caller): Promise<{ user: User }> {
  return { user: await showUser(context, caller.contract, await requireUser(context, caller.access!.userId)) }
}
