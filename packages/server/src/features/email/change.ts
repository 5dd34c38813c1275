import { fail, type InputOf, type changeEmail as operation, type TicketedMessage } from '@sallyport/protocol'
import { type Issued, issue } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { invalid, provesFirst, requireEmail } from '../../domain/identifiers.js'
import { askFor, enclose, send, tell } from '../../domain/messages.js'
import { isKept } from '../../domain/proofs.js'
import type { UserRow } from '../../domain/tables.js'
import { requireUser, userBy } from '../../domain/users.js'

/**
 * Sends to a new address what will prove it; nothing has changed before. Where addresses are proven before they count,
 * the answer does not tell whether this one is somebody's.
 */
export async function changeEmail(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<TicketedMessage> {
  const { normalized: of, address: shown } = requireEmail(input.email, 'email')
  const user = await requireUser(context, caller.access!.userId)
  if (of === user.email_normalized) throw invalid('email', 'is the address of the account already')
  const where = { email_normalized: of }
  const found = await userBy(context.store, where)
  const holder = found && isKept(found, where) ? found : undefined
  // Counted first: what is told here is not told without limit.
  const { allowed, asked } = await askFor(context, caller, { channel: 'email', of }, 'change_email')
  if (holder && allowed && !provesFirst(context.settings, caller.contract)) throw fail('email_taken')
  const order = { purpose: 'change_email', of: user.id, user, address: of, shown } as const
  const issued = holder
    ? tellHolder(context, caller, issue(context, order), holder)
    : enclose(context, order, { topic: 'change_email', to: shown, link: 'verify' })
  if (allowed) await send(context, issued.writes)
  return { ...asked, ticket: issued.ticket }
}

/** Whoever holds the address is told instead; they alone learn that they do. */
function tellHolder(context: Context, caller: Caller, issued: Issued, holder: UserRow): Issued {
  const told = tell(context, caller, holder.status === 'active' ? holder : undefined, 'signup_taken')
  return { ...issued, writes: [...issued.writes, told] }
}
