import type { InputOf, OutputOf, getUser as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { showUser } from '../../domain/users.js'
import { findUser } from './target.js'

/** One user; a deleted one for as long as their address stays reserved. */
export async function getUser(
  context: Context,
  caller: Caller,
  { id }: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  return { user: await showUser(context, caller.contract, await findUser(context, caller, id)) }
}
