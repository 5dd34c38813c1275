import type { InputOf, MessageAsked, forgotPassword as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { requireEmail } from '../../domain/identifiers.js'
import { askFor, enclose, send } from '../../domain/messages.js'
import { mayClaim } from '../../domain/proofs.js'
import { userBy } from '../../domain/users.js'

/** Sends what sets a new password, where the address is an active account's. The same work for every address. */
export async function forgotPassword(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<MessageAsked> {
  const { normalized: of } = requireEmail(input.email, 'email')
  const { allowed, asked } = await askFor(context, caller, { channel: 'email', of }, 'reset_password')
  if (!allowed) return asked
  const found = await userBy(context.store, { email_normalized: of })
  const user = found?.status === 'active' && mayClaim(found, 'email') ? found : undefined
  const shown = user?.email ?? of
  const { contract } = caller
  const order = { purpose: 'reset_password', of, user, address: of, shown, contract } as const
  const { writes } = enclose(context, order, { topic: 'reset_password', to: shown, link: 'reset' })
  await send(context, writes)
  return asked
}
