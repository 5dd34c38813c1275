import { fail, type InputOf, type verifyCode as operation, type Tokens } from '@sallyport/protocol'
import {
  codeInvalid,
  isTicketOf,
  type Proof,
  proofAgain,
  proofOfCode,
  proofOfToken,
  spend,
} from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { knownDevice } from '../../domain/devices.js'
import { invalid, isHeld } from '../../domain/identifiers.js'
import { destinationOf } from '../../domain/mailed.js'
import { prepareProof } from '../../domain/proofs.js'
import { openSessionWith } from '../../domain/sessions.js'

type Input = InputOf<typeof operation>

/**
 * Signs in with a code or link. Where it is the first proof of the address or number, nothing is left of what was set
 * before: whoever made the account in advance does not share it.
 */
export async function verifyCode(context: Context, caller: Caller, input: Input): Promise<Tokens> {
  let proof: Proof | undefined = await present(context, caller, input)
  while (proof) {
    const answer = await enter(context, caller, proof, input.device_token)
    if (answer) return answer
    proof = await proofAgain(context, proof)
  }
  throw codeInvalid(context, caller, 'login')
}

/** A link is good with the ticket of whoever asked for it alone, so that a mail that is passed on signs nobody in. */
async function present(context: Context, caller: Caller, input: Input): Promise<Proof> {
  const { token, ticket, code } = input
  if (token !== undefined && ticket === undefined)
    throw invalid('ticket', 'must be given with token: what asking for the link was answered with')
  if (token === undefined && code === undefined) throw invalid('code', 'must be given, or token and ticket')
  const proof =
    token !== undefined
      ? await proofOfToken(context, caller, token, ['login'])
      : await proofOfCode(context, caller, {
          code: code!,
          of: (await destinationOf(context, input)).of,
          purposes: ['login'],
        })
  if (ticket === undefined || isTicketOf(proof, ticket)) return proof
  throw codeInvalid(context, caller, 'login', proof.user.id)
}

async function enter(
  context: Context,
  caller: Caller,
  proof: Proof,
  deviceToken: string | undefined,
): Promise<Tokens | undefined> {
  const { row, user } = proof
  const what = row.address === user.email_normalized ? 'email' : 'phone'
  if (what === 'phone' && row.address !== user.phone_number)
    throw codeInvalid(context, caller, 'login', user.id)
  const { after, writes, settle } = prepareProof(context, user, what)
  if (isHeld(context.settings, caller.contract, after)) {
    context.events.emit('login.failed', { userId: user.id, reason: 'unverified' }, caller)
    throw fail('email_not_verified')
  }
  const device = knownDevice(context, user, deviceToken)
  const beside = [spend(proof), ...writes]
  return openSessionWith(context, caller, after, ['otp'], { device, beside, settle, login: true })
}
