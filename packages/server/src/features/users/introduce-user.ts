import type { InputOf, OutputOf, introduceUser as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { showUser } from '../../domain/users.js'
import { noSuchUser, seekUser } from './acting.js'

/** What anybody may see of a user: no address, no number, nothing of how they sign in. */
export async function introduceUser(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  const found = await seekUser(context, caller, input.id)
  if (!found) throw noSuchUser()
  const { id, created_at, number, object_id, name } = await showUser(context, caller.contract, found)
  return {
    user: {
      id,
      created_at,
      ...(number !== undefined && { number }),
      ...(object_id !== undefined && { object_id }),
      ...(name !== undefined && { name }),
    },
  }
}
