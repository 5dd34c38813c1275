import type { InputOf, rotateKeys as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { listKeys } from './list-keys.js'

/** Puts the next key in charge and publishes another one ahead. */
export async function rotateKeys(context: Context, caller: Caller, input: InputOf<typeof operation>) {
  await context.keys.rotate(caller, input.force ?? false)
  return listKeys(context, caller)
}
