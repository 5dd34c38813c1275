import { fail, type InputOf, type OutputOf, type linkGoogle as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { identities } from '../../domain/identities.js'
import { requireUser, unmoved } from '../../domain/users.js'
import { UniqueViolation, write } from '../../store/store.js'
import { accept, isSpent, spend, wrong } from './accept.js'
import { findIdentity, identityView, newIdentity } from './identity.js'
import { personOf } from './person.js'
import { requireGoogle } from './settings.js'

type Output = OutputOf<typeof operation>

/** Links an account of Google to the signed-in user. No address is looked at, and none counts as proved by it. */
export async function linkGoogle(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<Output> {
  const { userId } = caller.access!
  const provider = requireGoogle(context)
  const credential = await accept(context, caller, provider, input)
  const email = personOf(credential).email?.address ?? null
  for (;;) {
    const user = await requireUser(context, userId)
    const known = await findIdentity(context, provider.name, credential.subject)
    if (known && known.user_id !== userId)
      throw fail('conflict', { detail: 'This account of Google is linked to another account here.' })
    const identity = known ?? newIdentity(context, userId, credential, email)
    const link = known ? [] : [write.insert(identities, identity)]
    try {
      if (!(await context.store.atomically([spend(credential), unmoved(user), ...link]))) continue
    } catch (error) {
      if (isSpent(error)) throw wrong(context, caller, userId)
      if (!(error instanceof UniqueViolation)) throw error
      if (error.columns.includes('user_id'))
        throw fail('conflict', { detail: 'Another account of Google is linked already: unlink it first.' })
      continue
    }
    if (!known) context.events.emit('identity.linked', { userId, provider: provider.name }, caller)
    return identityView(identity)
  }
}
