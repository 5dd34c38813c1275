import { fail, type InputOf, type MessageAsked, type changePhone as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { invalid, provesFirst } from '../../domain/identifiers.js'
import { askFor, enclose, send } from '../../domain/messages.js'
import { requirePhone } from '../../domain/phones.js'
import { isKept } from '../../domain/proofs.js'
import { requireUser, userBy } from '../../domain/users.js'

/**
 * Sends a code to a number; nothing has changed before it is typed. Whether the number is somebody's is told under the
 * same rule as with addresses.
 */
export async function changePhone(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<MessageAsked> {
  const of = await requirePhone(context.settings, input.phone_number, 'phone_number')
  const user = await requireUser(context, caller.access!.userId)
  if (of === user.phone_number && user.phone_number_verified)
    throw invalid('phone_number', 'is the number of the account already')
  const where = { phone_number: of }
  const holder = await userBy(context.store, where)
  const taken = holder !== undefined && holder.id !== user.id && isKept(holder, where)
  // Counted first: what is told here is not told without limit.
  const { allowed, asked } = await askFor(context, caller, { channel: 'sms', of }, 'verify_phone')
  if (taken && allowed && !provesFirst(context.settings, caller.contract)) throw fail('phone_taken')
  const order = {
    purpose: 'verify_phone',
    of: user.id,
    user: taken ? undefined : user,
    address: of,
    contract: caller.contract,
  } as const
  if (allowed) await send(context, enclose(context, order, { topic: 'verify_phone', to: of }).writes)
  return asked
}
