import { fail, type InputOf, type endSession as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { endSession as end } from '../../domain/sessions.js'
import { isUuidv7 } from '../../util/ids.js'

/** Ends one of the user's own sessions; somebody else's is answered like one that never was. */
export async function endSession(context: Context, caller: Caller, { id }: InputOf<typeof operation>) {
  const ended = isUuidv7(id) && (await end(context, caller, caller.access!.userId, id))
  if (!ended) throw fail('not_found', { detail: 'There is no such session.' })
  return {}
}
