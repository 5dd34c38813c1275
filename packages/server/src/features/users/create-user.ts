import type { InputOf, OutputOf, createUser as operation } from '@sallyport/protocol'
import { assertMayGrant, countAdministrators } from '../../domain/administrators.js'
import type { Caller, Context } from '../../domain/context.js'
import { hashNewPassword } from '../../domain/credentials.js'
import { checkMetadata, invalid, requireEmail, requireUsername } from '../../domain/identifiers.js'
import { type UserRow, users } from '../../domain/tables.js'
import { asTaken, newUserRow, showUser } from '../../domain/users.js'
import { write } from '../../store/store.js'

type Input = InputOf<typeof operation>

/** Makes an account without a session. Roles that administrate are a full administrator's to give. */
export async function createUser(
  context: Context,
  caller: Caller,
  input: Input,
): Promise<OutputOf<typeof operation>> {
  assertMayGrant(context, caller.administrator!, [], input.roles ?? [])
  const user = await newUser(context, caller, input)
  const before = { roles: [], status: 'active' }
  try {
    await context.store.atomically([write.insert(users, user), ...countAdministrators(before, user)])
  } catch (error) {
    throw asTaken(error)
  }
  const after = (user.roles as string[]).join(' ')
  context.events.emit('user.created', { userId: user.id }, caller)
  if (after !== '') context.events.emit('user.roles_changed', { userId: user.id, before: '', after }, caller)
  return { user: await showUser(context, caller.contract, user) }
}

async function newUser(context: Context, caller: Caller, input: Input): Promise<UserRow> {
  if (input.email === undefined && input.preferred_username === undefined)
    throw invalid('email', 'is missing: an account has an address or a username')
  if (input.email_verified && input.email === undefined)
    throw invalid('email_verified', 'needs an address to be true of')
  checkMetadata(input.metadata)
  checkMetadata(input.app_metadata, 'app_metadata')
  const email = input.email === undefined ? undefined : requireEmail(input.email, 'email')
  const { preferred_username: name } = input
  const username =
    name === undefined ? undefined : requireUsername(name, 'preferred_username', caller.contract)
  // Where a contract wants addresses proven, whom an administrator makes is not held up by it.
  const email_verified = input.email_verified ?? (email !== undefined && caller.contract.confirm === 'email')
  const row = { ...input, roles: [...new Set(input.roles)], email, username, email_verified }
  if (input.password === undefined) return newUserRow(context.clock.now(), row)
  const owner = { email: email?.address, username: username?.name, name: input.name }
  const password_hash = await hashNewPassword(context, caller, input.password, owner, 'password')
  return newUserRow(context.clock.now(), { ...row, password_hash })
}
