import { fail, type InputOf, type signUp as operation, type Tokens } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { hashNewPassword } from '../../domain/credentials.js'
import { rememberDevice } from '../../domain/devices.js'
import {
  checkMetadata,
  identifierKinds,
  invalid,
  requireEmail,
  requireUsername,
} from '../../domain/identifiers.js'
import { announce, answerTokens, confirmAlive, newSession } from '../../domain/sessions.js'
import { sessions, type UserRow, users } from '../../domain/tables.js'
import { asTaken, newUserRow } from '../../domain/users.js'
import { write } from '../../store/store.js'
import { open } from './settings.js'

type Input = InputOf<typeof operation>

/** Makes an account and its first session in one write. */
export async function signUp(context: Context, caller: Caller, input: Input): Promise<Tokens> {
  if (!context.settings.get(open)) throw fail('forbidden', { detail: 'Sign-up is closed here.' })
  const user = await newUser(context, caller, input)
  const { row, handed } = newSession(context, caller, user, ['pwd'])
  try {
    await context.store.atomically([write.insert(users, user), write.insert(sessions, row)])
  } catch (error) {
    throw asTaken(error)
  }
  const after = await confirmAlive(context, row)
  context.events.emit('user.created', { userId: user.id }, caller)
  announce(context, caller, row)
  const answer = answerTokens(context, caller.contract, after, row, handed)
  return { ...answer, ...rememberDevice(context, after) }
}

async function newUser(context: Context, caller: Caller, input: Input): Promise<UserRow> {
  const { email, username } = identify(context, caller, input)
  checkMetadata(input.metadata)
  const owner = { email: email?.address, username: username?.name, name: input.name }
  const password_hash = await hashNewPassword(context, caller, input.password, owner, 'password')
  const row = newUserRow(context.clock.now(), { ...input, email, username, password_hash })
  return { ...row, last_login_at: row.created_at }
}

/** What the account is signed in by: at least one identifier, and only such as are taken here. */
function identify(context: Context, caller: Caller, input: Input) {
  const allowed = identifierKinds(context.settings, caller.contract)
  const ways = allowed.join(' or ')
  const kinds = { email: 'email', preferred_username: 'username' } as const
  for (const member of ['email', 'preferred_username'] as const)
    if (input[member] !== undefined && !allowed.includes(kinds[member]))
      throw invalid(member, `is not taken here: accounts are signed up by ${ways}`)
  if (input.email === undefined && input.preferred_username === undefined)
    throw invalid(
      allowed.includes('email') ? 'email' : 'preferred_username',
      `is missing: sign up by ${ways}`,
    )
  const { email, preferred_username: username } = input
  return {
    email: email === undefined ? undefined : requireEmail(email, 'email'),
    username: username === undefined ? undefined : requireUsername(username, 'preferred_username'),
  }
}
