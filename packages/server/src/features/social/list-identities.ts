import type { OutputOf, listIdentities as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { identities } from '../../domain/identities.js'
import { identityView } from './identity.js'

/** The accounts of other providers that the signed-in user is known by. */
export async function listIdentities(context: Context, caller: Caller): Promise<OutputOf<typeof operation>> {
  const where = { user_id: caller.access!.userId }
  const items = await context.store.list(identities, { where, limit: 100 })
  return { items: items.map(identityView) }
}
