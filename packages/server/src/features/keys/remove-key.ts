import type { InputOf, removeKey as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { listKeys } from './list-keys.js'

/** Takes a key away that may be in wrong hands: whatever it signed is refused everywhere within seconds. */
export async function removeKey(context: Context, caller: Caller, { kid }: InputOf<typeof operation>) {
  await context.keys.remove(caller, kid)
  return listKeys(context, caller)
}
