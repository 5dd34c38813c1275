import {
  fail,
  type InputOf,
  type signUp as operation,
  type Tokens,
  type VerifyFirst,
} from '@sallyport/protocol'
import { commit } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { hashNewPassword } from '../../domain/credentials.js'
import { rememberDevice } from '../../domain/devices.js'
import { checkMetadata, provesFirst, signupOpen } from '../../domain/identifiers.js'
import { askFor, enclose, encloseVerification } from '../../domain/messages.js'
import { announce, answerTokens, confirmAlive, newSession } from '../../domain/sessions.js'
import { sessions, type UserRow, users } from '../../domain/tables.js'
import { asTaken, newUserRow } from '../../domain/users.js'
import { type Write, write } from '../../store/store.js'
import { identify } from './identify.js'
import { proveFirst } from './prove-first.js'

type Input = InputOf<typeof operation>
type Newcomer = Omit<Input, 'transport'>

/** Makes an account and signs it in; where addresses have to be proven first, one that cannot be used before. */
export async function signUp(context: Context, caller: Caller, input: Input): Promise<Tokens | VerifyFirst> {
  const user = await newcomer(context, caller, input)
  return user.email !== null && provesFirst(context.settings, caller.contract)
    ? proveFirst(context, caller, user)
    : begin(context, caller, user)
}

/** The row of a new account. Throws `forbidden` where sign-up is closed, `invalid_request`, `password_*`, `overloaded`. */
export async function newcomer(context: Context, caller: Caller, input: Newcomer): Promise<UserRow> {
  if (!context.settings.get(signupOpen)) throw fail('forbidden', { detail: 'Sign-up is closed here.' })
  const { email, username, phone } = await identify(context, caller, input)
  checkMetadata(input.metadata)
  const owner = { email: email?.address, username: username?.name, name: input.name, phone }
  const password_hash = await hashNewPassword(context, caller, input.password, owner, 'password')
  return newUserRow(context.clock.now(), { ...input, email, username, phone, password_hash })
}

/** The account, its first session, and what proves its address later, in one write. */
async function begin(context: Context, caller: Caller, made: UserRow): Promise<Tokens> {
  const user = { ...made, last_login_at: made.created_at }
  const { row, handed } = newSession(context, caller, user, ['pwd'])
  const welcome = await welcomeTo(context, caller, user)
  try {
    const account = [write.insert(users, user), write.insert(sessions, row)]
    await commit(context, [...account, ...welcome.writes])
  } catch (error) {
    throw asTaken(error)
  }
  context.outbox.hurry()
  const after = await confirmAlive(context, row)
  context.events.emit('user.created', { userId: user.id }, caller)
  announce(context, caller, row)
  const answer = await answerTokens(context, caller.contract, after, row, handed)
  const { ticket } = welcome
  return { ...answer, ...rememberDevice(context, after), ...(ticket !== undefined && { ticket }) }
}

/** What is sent to the address and the number of a new account, as far as limits allow. */
export async function welcomeTo(
  context: Context,
  caller: Caller,
  user: UserRow,
): Promise<{ writes: readonly Write[]; ticket?: string }> {
  const { id, email_normalized: address, phone_number: number } = user
  const may = async (channel: 'email' | 'sms', of: string) => {
    const purpose = channel === 'email' ? 'verify_email' : 'verify_phone'
    return (await askFor(context, caller, { channel, of }, purpose)).allowed
  }
  const mail =
    address !== null && (await may('email', address))
      ? encloseVerification(context, caller, user, address)
      : undefined
  const order = { purpose: 'verify_phone', of: id, user, address: number ?? undefined } as const
  const sms =
    number !== null && (await may('sms', number))
      ? enclose(context, order, { topic: 'verify_phone', to: number })
      : undefined
  return {
    writes: [...(mail?.writes ?? []), ...(sms?.writes ?? [])],
    ...(mail && { ticket: mail.ticket }),
  }
}
