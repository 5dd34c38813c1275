import type { InputOf, verifyPhone as operation, User } from '@sallyport/protocol'
import { codeInvalid, type Proof, proofAgain, proofOfCode, spend } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { requirePhone } from '../../domain/phones.js'
import { vacate } from '../../domain/proofs.js'
import { users } from '../../domain/tables.js'
import { asTaken, nextUpdate, requireUser, searchText, unmoved, userView } from '../../domain/users.js'
import { write } from '../../store/store.js'

/** Makes a number the account's once the code that was sent to it is typed. */
export async function verifyPhone(
  context: Context,
  caller: Caller,
  { code, phone_number: number }: InputOf<typeof operation>,
): Promise<{ user: User }> {
  const { id } = await requireUser(context, caller.access!.userId)
  const given = { code, of: id, purposes: ['verify_phone'] } as const
  const named =
    number === undefined ? undefined : await requirePhone(context.settings, number, 'phone_number')
  let proof: Proof | undefined = await proofOfCode(context, caller, given)
  if (named !== undefined && named !== proof.row.address)
    throw codeInvalid(context, caller, 'verify_phone', id)
  while (proof) {
    if (await take(context, caller, proof)) return { user: userView(await requireUser(context, id)) }
    proof = await proofAgain(context, proof)
  }
  throw codeInvalid(context, caller, 'verify_phone', id)
}

/** False where the user has moved on or somebody was faster. Throws `phone_taken`. */
async function take(context: Context, caller: Caller, proof: Proof): Promise<boolean> {
  const { row, user } = proof
  const number = { phone_number: row.address!, phone_number_verified: true }
  const freed = await vacate(context, { phone_number: number.phone_number }, user)
  const search = searchText({ ...user, ...number })
  const set = { ...number, search, updated_at: nextUpdate(context, user) }
  const writes = [spend(proof), ...freed.writes, unmoved(user), write.update(users, { id: user.id }, set, 1)]
  const written = await context.store.atomically(writes).catch((error) => {
    throw asTaken(error)
  })
  if (!written) return false
  freed.settle(caller)
  const name = user.phone_number === row.address ? 'phone.verified' : 'phone.changed'
  context.events.emit(name, { userId: user.id }, caller)
  return true
}
