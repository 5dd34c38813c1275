import type { InputOf, deleteUser as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { deleteAccount } from '../../domain/deletion.js'
import { findTarget } from './target.js'

/** Deletes an account as its owner would; one that is disabled is not brought back by a link. */
export async function deleteUser(context: Context, caller: Caller, { id }: InputOf<typeof operation>) {
  while (!(await deleteAccount(context, caller, await findTarget(context, caller, id))));
  return {}
}
