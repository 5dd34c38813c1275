import type { InputOf, OutputOf, showUser as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { userView } from '../../domain/users.js'
import { noSuchUser, seekUser } from './acting.js'

/** What anybody may see of a user: no address, no number, nothing of how they sign in. */
export async function showUser(
  context: Context,
  _caller: Caller,
  input: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  const found = await seekUser(context, input.id)
  if (!found) throw noSuchUser()
  const { id, created_at, number, object_id, name } = userView(found)
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
