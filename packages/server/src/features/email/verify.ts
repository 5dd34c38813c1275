import {
  fail,
  type InputOf,
  type verifyEmail as operation,
  type SetPassword,
  type Tokens,
} from '@sallyport/protocol'
import { goodFor } from '../../domain/code-rules.js'
import {
  codeInvalid,
  giveTryBack,
  issue,
  isTicketOf,
  type Proof,
  proofAgain,
  spend,
} from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { passwordFits } from '../../domain/credentials.js'
import { knownDevice } from '../../domain/devices.js'
import { invalid } from '../../domain/identifiers.js'
import { proofOfMail } from '../../domain/mailed.js'
import { mayClaim, prepareProof, proveAddress, vacate } from '../../domain/proofs.js'
import { openSessionWith } from '../../domain/sessions.js'
import { addressKey } from '../../domain/throttle.js'
import { asTaken } from '../../domain/users.js'
import { prepareChange } from './prepare-change.js'

type Input = InputOf<typeof operation>
const purposes = ['verify_email', 'change_email'] as const

/**
 * Proves an address. Whoever shows besides that the account is theirs, by the ticket of their own request or by the
 * password, is signed in; whoever does not gets the account without anything that was set before.
 */
export async function verifyEmail(
  context: Context,
  caller: Caller,
  input: Input,
): Promise<Tokens | SetPassword> {
  let proof: Proof | undefined = await proofOfMail(context, caller, input, purposes)
  const amr = await showTheirs(context, caller, input, proof)
  while (proof) {
    const answer =
      amr === undefined
        ? await claim(context, caller, proof)
        : await enter(context, caller, proof, amr, input.device_token)
    if (answer) return answer
    // Something of the user has changed meanwhile, or somebody else used it up.
    proof = await proofAgain(context, proof)
  }
  throw codeInvalid(context, caller, 'verify_email')
}

/**
 * How whoever proves the address has shown that the account is theirs; undefined where they have not. Throws
 * `code_invalid` for the ticket of something else, `invalid_credentials`, and `invalid_request` where a change of
 * address needs to be told from somebody else's try to be called by a stranger's address.
 */
async function showTheirs(
  context: Context,
  caller: Caller,
  { ticket, password, device_token }: Input,
  proof: Proof,
): Promise<string[] | undefined> {
  const { user, row } = proof
  if (ticket !== undefined && isTicketOf(proof, ticket)) return ['otp']
  if (password !== undefined) {
    const device = knownDevice(context, user, device_token)
    const guesser = { account: `user ${user.id}`, device, address: addressKey(caller.ip) }
    if (await passwordFits(context, guesser, password, user)) return ['pwd']
    await giveTryBack(context, proof)
    context.events.emit('login.failed', { userId: user.id, reason: 'credentials' }, caller)
    throw fail('invalid_credentials')
  }
  if (ticket !== undefined) throw codeInvalid(context, caller, 'verify_email', user.id)
  if (row.purpose === 'change_email')
    throw invalid('password', 'must be given, or the ticket that the change was answered with')
  return undefined
}

async function enter(
  context: Context,
  caller: Caller,
  proof: Proof,
  amr: string[],
  deviceToken: string | undefined,
): Promise<Tokens | undefined> {
  const { user, row } = proof
  const prepared =
    row.purpose === 'change_email'
      ? await prepareChange(context, caller, proof)
      : prepareProof(context, user, 'email', { keeps: true })
  const { after, writes, settle } = prepared
  const device = knownDevice(context, user, deviceToken)
  const beside = [spend(proof), ...writes]
  try {
    return await openSessionWith(context, caller, after, amr, { device, beside, settle, login: true })
  } catch (error) {
    throw asTaken(error)
  }
}

/** Who proved the account's number has the account; the address goes, and whoever reads it may sign up with it. */
async function free(context: Context, caller: Caller, proof: Proof): Promise<undefined> {
  const freed = await vacate(context, { email_normalized: proof.row.address! })
  if (!(await context.store.atomically([spend(proof), ...freed.writes]))) return undefined
  freed.settle(caller)
  throw fail('conflict', { detail: 'The address belongs to no account any more: sign up with it.' })
}

async function claim(context: Context, caller: Caller, proof: Proof): Promise<SetPassword | undefined> {
  if (!mayClaim(proof.user, 'email')) return free(context, caller, proof)
  let ticket = ''
  const proven = await proveAddress(context, caller, proof.user, {
    first: [spend(proof)],
    beside: (after) => {
      const issued = issue(context, { purpose: 'set_password', of: after.id, user: after })
      ticket = issued.ticket
      return issued.writes
    },
  })
  return proven && { next: 'set_password', ticket, expires_in: goodFor.set_password }
}
