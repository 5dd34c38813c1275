import { cancelCodes, type Proof } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { encloseUndo } from '../../domain/messages.js'
import { type Prepared, vacate } from '../../domain/proofs.js'
import { users } from '../../domain/tables.js'
import { nextUpdate, searchText, unmoved } from '../../domain/users.js'
import { write } from '../../store/store.js'

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
      ...encloseUndo(context, caller, user),
    ],
    settle: async () => {
      freed.settle(caller)
      context.changes.apply(change)
      context.outbox.hurry()
      context.events.emit('email.changed', { userId: user.id }, caller)
    },
  }
}
