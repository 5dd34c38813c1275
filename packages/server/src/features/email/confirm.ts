import type { InputOf, OutputOf, confirmEmail as operation } from '@sallyport/protocol'
import { codeInvalid, type Proof, proofAgain, proofOfCode, proofOfToken, spend } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { requireEmail } from '../../domain/identifiers.js'
import { proveAddress } from '../../domain/proofs.js'
import { showUser } from '../../domain/users.js'

const purposes = ['verify_email'] as const
/** 256 bits in base64url; no code is that long. */
const token = /^[\w-]{43}$/

/**
 * Proves an address for contracts whose clients have nothing but what was mailed. It signs nobody in and drops nothing,
 * so whoever made the account in advance keeps it: what that costs stands in docs/email.md.
 */
export async function confirmEmail(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  let proof: Proof | undefined = await present(context, caller, input)
  while (proof) {
    const keeps = { keeps: true, first: [spend(proof)] }
    const user = await proveAddress(context, caller, proof.user, keeps)
    if (user) return { user: await showUser(context, caller.contract, user) }
    proof = await proofAgain(context, proof)
  }
  throw codeInvalid(context, caller, 'verify_email')
}

async function present(
  context: Context,
  caller: Caller,
  { proof: given, email }: InputOf<typeof operation>,
): Promise<Proof> {
  const of = email === undefined ? undefined : requireEmail(email, 'email').normalized
  if (of !== undefined && !token.test(given))
    return proofOfCode(context, caller, { code: given, of, purposes })
  const proof = await proofOfToken(context, caller, given, purposes)
  if (of === undefined || proof.row.address === of) return proof
  throw codeInvalid(context, caller, 'verify_email', proof.user.id)
}
