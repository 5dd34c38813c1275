import { cancelCodes, type Proof } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { enclose } from '../../domain/messages.js'
import { type Prepared, vacate } from '../../domain/proofs.js'
import { type UserRow, users } from '../../domain/tables.js'
import { nextUpdate, searchText, unmoved } from '../../domain/users.js'
import { type Write, write } from '../../store/store.js'
import { uuidv7 } from '../../util/ids.js'

/**
 * The switch to an address that has just been proven. The old one, where it was proven, is told, with what puts it back.
 * Throws `email_taken`.
 */
export async function prepareChange(
  context: Context,
  caller: Caller,
  { row, user }: Proof,
): Promise<Prepared> {
  const address = row.address!
  const freed = await vacate(context, { email_normalized: address }, user)
  const email = { email: row.shown, email_normalized: address, email_verified: true }
  const search = searchText({ ...user, ...email })
  const set = { ...email, search, updated_at: nextUpdate(context, user) }
  const change = { kind: 'user_facts' as const, user: user.id }
  return {
    after: { ...user, ...set },
    writes: [
      ...freed.writes,
      unmoved(user),
      cancelCodes(user.id),
      write.update(users, { id: user.id }, set, 1),
      context.changes.record(change),
      ...undoFor(context, caller, user),
    ],
    settle: async () => {
      freed.settle(caller)
      context.changes.apply(change)
      context.outbox.hurry()
      context.events.emit('email.changed', { userId: user.id }, caller)
    },
  }
}

/** Each change has an undo of its own, which no later change takes away. An address that nobody proved gets none. */
function undoFor(context: Context, caller: Caller, user: UserRow): readonly Write[] {
  const { email, email_normalized } = user
  if (email === null || email_normalized === null || !user.email_verified) return []
  const of = uuidv7(context.clock.now())
  const order = { purpose: 'undo_email', of, user, address: email_normalized, shown: email } as const
  const letter = { topic: 'email_changed', to: email, link: 'undo', by: caller } as const
  return enclose(context, order, letter).writes
}
