// What a request shows of a message: the token of its link, or where it went and the code it held. Read alike wherever
// either is taken.
import type { Purpose } from './code-rules.js'
import { type Proof, proofOfCode, proofOfToken } from './codes.js'
import type { Caller, Context } from './context.js'
import { invalid, requireEmail } from './identifiers.js'
import type { Destination } from './messages.js'
import { requirePhone } from './phones.js'

interface Shown {
  readonly token?: string
  readonly email?: string
  readonly code?: string
}

/** The proof that a mail was read. Throws `invalid_request` naming the member, `code_invalid`, `too_many_requests`. */
export async function proofOfMail(
  context: Context,
  caller: Caller,
  { token, email, code }: Shown,
  purposes: readonly Purpose[],
): Promise<Proof> {
  if (token !== undefined) return proofOfToken(context, caller, token, purposes)
  if (email === undefined) throw invalid('token', 'must be given, or email and code')
  if (code === undefined) throw invalid('code', 'must be given with email')
  return proofOfCode(context, caller, { code, of: requireEmail(email, 'email').normalized, purposes })
}

/** Where a message goes that a request asks for: an address or a number. Throws `invalid_request` naming the member. */
export async function destinationOf(
  context: Context,
  { email, phone_number: phone }: { readonly email?: string; readonly phone_number?: string },
): Promise<Destination> {
  if (email !== undefined && phone !== undefined)
    throw invalid('phone_number', 'must not be given together with email')
  if (email !== undefined) return { channel: 'email', of: requireEmail(email, 'email').normalized }
  if (phone === undefined) throw invalid('email', 'must be given, or phone_number')
  return { channel: 'sms', of: await requirePhone(context.settings, phone, 'phone_number') }
}
