import type { InputOf, resetPassword as operation } from '@sallyport/protocol'
import { codeInvalid, giveTryBack, type Proof, proofAgain, proofOfTicket, spend } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { hashNewPassword, ownerOf } from '../../domain/credentials.js'
import { proofOfMail } from '../../domain/mailed.js'
import { notice } from '../../domain/notices.js'
import { prepareEnd, prepareProof } from '../../domain/proofs.js'
import { passwordColumns } from '../../domain/users.js'

type Input = InputOf<typeof operation>

/**
 * Sets a new password and ends every session. A password that is refused uses nothing up. It proves the address too;
 * nobody is signed in by it.
 */
export async function resetPassword(
  context: Context,
  caller: Caller,
  input: Input,
): Promise<Record<never, never>> {
  let proof: Proof | undefined =
    input.ticket === undefined
      ? await proofOfMail(context, caller, input, ['reset_password'])
      : await proofOfTicket(context, caller, input.ticket, 'set_password')
  const { user } = proof
  const given = proof
  const hash = await hashNewPassword(
    context,
    caller,
    input.new_password,
    ownerOf(user),
    'new_password',
  ).catch(async (error) => {
    if (input.code !== undefined) await giveTryBack(context, given)
    throw error
  })
  while (proof) {
    if (await write(context, caller, proof, hash)) return {}
    proof = await proofAgain(context, proof)
  }
  throw codeInvalid(context, caller, 'reset_password')
}

/** False where the user has moved on or somebody was faster. */
async function write(context: Context, caller: Caller, proof: Proof, hash: string): Promise<boolean> {
  const { user } = proof
  const also = passwordColumns(context, user, hash)
  const { after, writes, settle } = user.email_verified
    ? prepareEnd(context, user, also)
    : prepareProof(context, user, 'email', { also })
  const told = notice(context, 'password_changed', after, caller)
  if (!(await context.store.atomically([spend(proof), ...writes, ...told]))) return false
  context.outbox.hurry()
  await context.throttle.clear(['login_account', 'login_account_total'], `user ${user.id}`)
  context.events.emit('password.changed', { userId: user.id }, caller)
  await settle(caller)
  return true
}
