import type { InputOf, requestCode as operation, TicketedMessage } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { identifierKinds } from '../../domain/identifiers.js'
import { destinationOf } from '../../domain/mailed.js'
import { askFor, type Destination, enclose, send } from '../../domain/messages.js'
import { mayClaim } from '../../domain/proofs.js'
import type { UserRow } from '../../domain/tables.js'
import { userBy } from '../../domain/users.js'

/** Sends a code to sign in with, where there is an account to sign in to. The same work for every address and number. */
export async function requestCode(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<TicketedMessage> {
  const destination = await destinationOf(context, input)
  const { allowed, asked } = await askFor(context, caller, destination, 'login')
  const { channel, of } = destination
  const kinds = identifierKinds(context.settings, caller.contract)
  // A number may be known for messages alone: then it opens nothing, and the answer is the same.
  const counts = kinds.includes(channel === 'email' ? 'email' : 'phone')
  const user = allowed && counts ? await findReader(context, destination) : undefined
  const shown = channel === 'email' ? (user?.email ?? of) : of
  const order = { purpose: 'login', of, user, address: of, shown } as const
  const letter = { topic: 'login_code', to: shown } as const
  const issued = enclose(context, order, channel === 'email' ? { ...letter, link: 'login' } : letter)
  if (allowed) await send(context, issued.writes)
  return { ...asked, ticket: issued.ticket }
}

/** Whose account an address or number opens. */
async function findReader(context: Context, { channel, of }: Destination): Promise<UserRow | undefined> {
  const where = channel === 'email' ? { email_normalized: of } : { phone_number: of }
  const user = await userBy(context.store, where)
  return user?.status === 'active' && mayClaim(user, channel === 'email' ? 'email' : 'phone')
    ? user
    : undefined
}
