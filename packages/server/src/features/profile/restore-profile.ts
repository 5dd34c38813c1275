import type { InputOf, restoreProfile as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { restoreAccount } from '../../domain/deletion.js'

/** Undoes the deletion of an account. Whoever opened the link signs in afterwards, as ever. */
export async function restoreProfile(context: Context, caller: Caller, { token }: InputOf<typeof operation>) {
  await restoreAccount(context, caller, token)
  return {}
}
