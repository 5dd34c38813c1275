import { fail, type InputOf, type setUp as operation, type Tokens } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { hashNewPassword } from '../../domain/credentials.js'
import { rememberDevice } from '../../domain/devices.js'
import { requireEmail } from '../../domain/identifiers.js'
import { announce, answerTokens, confirmAlive, newSession } from '../../domain/sessions.js'
import { administration, sessions, type UserRow, users } from '../../domain/tables.js'
import { asTaken, newUserRow } from '../../domain/users.js'
import { type Write, write } from '../../store/store.js'
import { equalBytes, sha256 } from '../../util/hash.js'

type Input = InputOf<typeof operation>

/**
 * Makes the first administrator and their session in the one write that closes the door. A token that was not used up
 * because the address or the password was refused stays good.
 */
export async function setUp(context: Context, caller: Caller, input: Input): Promise<Tokens> {
  const hash = sha256(input.token)
  // Looked at before a password is hashed: strangers shall not cost us that.
  if (!(await isGood(context, hash))) throw refuse(context, caller)
  const user = await newAdministrator(context, caller, input)
  const { row, handed } = newSession(context, caller, user, ['pwd'])
  const writes = [claim(context, hash), write.insert(users, user), write.insert(sessions, row)]
  const claimed = await context.store.atomically(writes).catch((error) => {
    throw asTaken(error)
  })
  if (!claimed) throw refuse(context, caller)
  const after = await confirmAlive(context, row)
  context.events.emit('setup.done', { userId: user.id }, caller)
  context.events.emit('user.created', { userId: user.id }, caller)
  announce(context, caller, row)
  const answer = await answerTokens(context, caller.contract, after, row, handed)
  return { ...answer, ...rememberDevice(context, after) }
}

async function isGood({ store, clock }: Context, hash: Buffer): Promise<boolean> {
  const row = await store.get(administration, { id: 'first' })
  if (!row?.token_hash || row.claimed_at !== null) return false
  return equalBytes(row.token_hash, hash) && clock.now() < (row.token_ends_at ?? 0)
}

/** The door closes: once claimed, no link is made and no token counts, whatever becomes of the administrators. */
function claim({ clock }: Context, hash: Buffer): Write {
  const now = clock.now()
  const where = { id: 'first', token_hash: hash, token_ends_at: { gt: now }, claimed_at: { isNull: true } }
  const set = { claimed_at: now, token_hash: null, token_ends_at: null, active: { add: 1 } }
  return write.update(administration, where, set, 1)
}

async function newAdministrator(context: Context, caller: Caller, input: Input): Promise<UserRow> {
  const email = requireEmail(input.email, 'email')
  const { name } = input
  const password_hash = await hashNewPassword(
    context,
    caller,
    input.password,
    { email: email.address, name },
    'password',
  )
  const newcomer = { email, password_hash, roles: ['admin'], ...(name !== undefined && { name }) }
  const row = newUserRow(context.clock.now(), newcomer)
  return { ...row, last_login_at: row.created_at }
}

function refuse(context: Context, caller: Caller) {
  context.events.emit('setup.failed', {}, caller)
  return fail('code_invalid', {
    detail: 'This link is not good any more. Make a new one on the machine: sallyport admin link',
  })
}
