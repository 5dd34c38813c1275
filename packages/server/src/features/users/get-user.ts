import type { InputOf, OutputOf, getUser as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { userView } from '../../domain/users.js'
import { findUser } from './target.js'

/** One user; a deleted one for as long as their address stays reserved. */
export async function getUser(
  context: Context,
  _caller: Caller,
  { id }: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  return { user: userView(await findUser(context, id)) }
}
