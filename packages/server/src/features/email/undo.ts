import type { InputOf, undoEmail as operation, SetPassword } from '@sallyport/protocol'
import { writeStanding } from '../../domain/administrators.js'
import { goodFor } from '../../domain/code-rules.js'
import { codeInvalid, issue, type Proof, proofAgain, proofOfToken, spend } from '../../domain/codes.js'
import { codes } from '../../domain/codes-table.js'
import type { Caller, Context } from '../../domain/context.js'
import { identities } from '../../domain/identities.js'
import { prepareEnd, vacate } from '../../domain/proofs.js'
import { asTaken, passwordColumns } from '../../domain/users.js'
import { write } from '../../store/store.js'

/**
 * Puts an address back that was changed, also where the account was deleted since. Whoever changed it may have been
 * somebody else, who may know the password and have added a number or an account elsewhere: sessions, password, number
 * and identities go, and the password is chosen anew.
 */
export async function undoEmail(
  context: Context,
  caller: Caller,
  { token }: InputOf<typeof operation>,
): Promise<SetPassword> {
  let proof: Proof | undefined = await proofOfToken(context, caller, token, ['undo_email'])
  while (proof) {
    const ticket = await restore(context, caller, proof)
    if (ticket !== undefined) return { next: 'set_password', ticket, expires_in: goodFor.set_password }
    proof = await proofAgain(context, proof)
  }
  throw codeInvalid(context, caller, 'undo_email')
}

/** Answers the ticket for a new password; undefined where the user has moved on or somebody was faster. */
async function restore(context: Context, caller: Caller, proof: Proof): Promise<string | undefined> {
  const { row, user } = proof
  const freed = await vacate(context, { email_normalized: row.address! }, user)
  const ended = prepareEnd(context, user, {
    ...passwordColumns(context, user, null),
    email: row.shown,
    email_normalized: row.address,
    email_verified: true,
    phone_number: null,
    phone_number_verified: false,
    ...(user.status === 'deleted' && { status: 'active', deleted_at: null, restore_hash: null }),
  })
  const issued = issue(context, { purpose: 'set_password', of: user.id, user: ended.after })
  // Undoing the changes that came after this one would bring back addresses of whoever is being put out.
  const later = { user_id: user.id, purpose: 'undo_email', created_at: { gte: row.created_at } }
  const writes = [
    spend(proof),
    write.remove(codes, later),
    write.remove(identities, { user_id: user.id }),
    ...freed.writes,
    ...ended.writes,
    ...issued.writes,
  ]
  const written = await writeStanding(context.store, user, { status: 'active' }, writes).catch((error) => {
    throw asTaken(error)
  })
  if (!written) return undefined
  freed.settle(caller)
  context.events.emit('email.restored', { userId: user.id }, caller)
  await ended.settle(caller)
  return issued.ticket
}
