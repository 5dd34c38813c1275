import { fail, type InputOf, type removeApiKey as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { apiKeys } from '../../domain/tables.js'
import { isUuidv7 } from '../../util/ids.js'

/** Removes a key; the next request with it is refused. */
export async function removeApiKey(context: Context, caller: Caller, { id }: InputOf<typeof operation>) {
  const removed = isUuidv7(id) ? await context.store.remove(apiKeys, { id }) : 0
  if (removed === 0) throw fail('not_found', { detail: 'There is no such API key.' })
  context.events.emit('apikey.removed', { apiKeyId: id }, caller)
  return {}
}
