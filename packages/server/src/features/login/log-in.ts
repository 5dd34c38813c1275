import { type Failure, fail, type InputOf, type logIn as operation, type Tokens } from '@sallyport/protocol'
import { standingTicket } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { passwordFits } from '../../domain/credentials.js'
import { knownDevice } from '../../domain/devices.js'
import { identifierKinds, isHeld } from '../../domain/identifiers.js'
import { askFor, encloseVerification, send } from '../../domain/messages.js'
import { openSession } from '../../domain/sessions.js'
import type { UserRow } from '../../domain/tables.js'
import { addressKey } from '../../domain/throttle.js'
import { findByIdentifier } from '../../domain/users.js'

/** Signs in with a password. Unknown, deleted, password-less and wrong answer alike, after the same work. */
export async function logIn(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<Tokens> {
  const kinds = identifierKinds(context.settings, caller.contract)
  const { user: found, key } = await findByIdentifier(context, input.identifier, kinds, caller.contract)
  const user = found?.status === 'deleted' ? undefined : found
  const device = user && knownDevice(context, user, input.device_token)
  const guesser = { account: key, device, address: addressKey(caller.ip) }
  const fits = await passwordFits(context, guesser, input.password, user)
  if (!fits || !user) {
    context.events.emit('login.failed', { ...(user && { userId: user.id }), reason: 'credentials' }, caller)
    throw fail('invalid_credentials')
  }
  if (user.status !== 'active') {
    context.events.emit('login.failed', { userId: user.id, reason: 'disabled' }, caller)
    throw fail('account_disabled')
  }
  if (isHeld(context.settings, caller.contract, user)) {
    context.events.emit('login.failed', { userId: user.id, reason: 'unverified' }, caller)
    throw await remind(context, caller, user)
  }
  return openSession(context, caller, user, ['pwd'], { device, login: true })
}

/** Sends what proves the address once more, as often as limits allow, and says that it is waited for. */
async function remind(context: Context, caller: Caller, user: UserRow): Promise<Failure> {
  const of = user.email_normalized!
  const { allowed } = await askFor(context, caller, { channel: 'email', of }, 'verify_email')
  if (allowed) {
    const ticketHash = await standingTicket(context, 'verify_email', of)
    await send(context, encloseVerification(context, caller, user, of, ticketHash).writes)
  }
  return fail('email_not_verified')
}
