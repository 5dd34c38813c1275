import type { InputOf, MessageAsked, resendEmail as operation } from '@sallyport/protocol'
import { standingTicket } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { requireEmail } from '../../domain/identifiers.js'
import { askFor, encloseVerification, send } from '../../domain/messages.js'
import { userBy } from '../../domain/users.js'

/** Sends what proves an address once more, where it is an account's and unproven. The same work for every address. */
export async function resendEmail(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<MessageAsked> {
  const { normalized: of } = requireEmail(input.email, 'email')
  const { allowed, asked } = await askFor(context, caller, { channel: 'email', of }, 'verify_email')
  if (!allowed) return asked
  const found = await userBy(context.store, { email_normalized: of })
  const user = found?.status === 'active' && !found.email_verified ? found : undefined
  // Whoever signed up is still known by the ticket they were given then.
  const ticketHash = await standingTicket(context, 'verify_email', of)
  await send(context, encloseVerification(context, caller, user, of, ticketHash).writes)
  return asked
}
