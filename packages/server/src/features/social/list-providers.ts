import type { OutputOf, listProviders as operation } from '@sallyport/protocol'
import type { Context } from '../../domain/context.js'
import { findGoogle } from './settings.js'

/** What a page needs to ask a provider for a credential. The first client id is the one of browsers. */
export async function listProviders(context: Context): Promise<OutputOf<typeof operation>> {
  const google = findGoogle(context)
  return { items: google ? [{ provider: google.name, client_id: google.clientIds[0]! }] : [] }
}
