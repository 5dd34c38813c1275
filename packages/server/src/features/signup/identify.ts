// What a new account is known by: at least one identifier, and only such as are taken here.
import type { InputOf, signUp as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import {
  type Email,
  identifierKinds,
  invalid,
  provesFirst,
  requireEmail,
  requireUsername,
  type Username,
} from '../../domain/identifiers.js'
import { requirePhone } from '../../domain/phones.js'

type Input = Pick<InputOf<typeof operation>, keyof typeof kinds>

const kinds = { email: 'email', preferred_username: 'username', phone_number: 'phone' } as const
const members = Object.keys(kinds) as (keyof typeof kinds)[]

interface Identified {
  readonly email: Email | undefined
  readonly username: Username | undefined
  /** E.164. */
  readonly phone: string | undefined
}

/** Throws `invalid_request` naming the member. */
export async function identify(context: Context, caller: Caller, input: Input): Promise<Identified> {
  const allowed = identifierKinds(context.settings, caller.contract)
  const ways = allowed.join(' or ')
  for (const member of members)
    if (input[member] !== undefined && !allowed.includes(kinds[member]))
      throw invalid(member, `is not taken here: accounts are signed up by ${ways}`)
  if (members.every((member) => input[member] === undefined)) {
    const usual = members.find((member) => allowed.includes(kinds[member])) ?? 'email'
    throw invalid(usual, `is missing: sign up by ${ways}`)
  }
  const { email, preferred_username: username, phone_number: phone } = input
  if (email === undefined && allowed.includes('email') && provesFirst(context.settings, caller.contract))
    throw invalid('email', 'is missing: an account needs an address that is proven')
  return {
    email: email === undefined ? undefined : requireEmail(email, 'email'),
    username:
      username === undefined ? undefined : requireUsername(username, 'preferred_username', caller.contract),
    phone: phone === undefined ? undefined : await requirePhone(context.settings, phone, 'phone_number'),
  }
}
