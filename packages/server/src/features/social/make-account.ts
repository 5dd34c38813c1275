import { fail, type Tokens } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { rememberDevice } from '../../domain/devices.js'
import { isHeld, signupOpen } from '../../domain/identifiers.js'
import { identities } from '../../domain/identities.js'
import { askFor, encloseVerification } from '../../domain/messages.js'
import { announce, answerTokens, confirmAlive, newSession } from '../../domain/sessions.js'
import { sessions, type UserRow, users } from '../../domain/tables.js'
import { newUserRow } from '../../domain/users.js'
import { type Write, write } from '../../store/store.js'
import { spend } from './accept.js'
import type { Credential } from './id-token.js'
import { newIdentity } from './identity.js'
import type { Person } from './person.js'

/**
 * A new account without a password, its identity and its first session, in one write. The address counts as proved
 * only where the provider knows who has it today: a mailbox of a company that somebody has left is not theirs any more.
 * Throws `forbidden` where sign-up is closed, `email_not_verified` where addresses have to be proved first.
 */
export async function makeAccount(
  context: Context,
  caller: Caller,
  credential: Credential,
  { email, isAuthoritative, profile }: Person,
): Promise<Tokens> {
  if (!context.settings.get(signupOpen)) throw fail('forbidden', { detail: 'Sign-up is closed here.' })
  const newcomer = newUserRow(context.clock.now(), {
    ...profile,
    email,
    email_verified: isAuthoritative,
    provider: 'google',
  })
  if (isHeld(context.settings, caller.contract, newcomer))
    throw fail('email_not_verified', {
      detail: 'Google does not vouch for this address today: sign up with it and prove it, then link Google.',
    })
  const user = { ...newcomer, last_login_at: newcomer.created_at }
  const { row, handed } = newSession(context, caller, user, ['google'])
  const identity = newIdentity(context, user.id, credential, user.email)
  const sent = await welcome(context, caller, user)
  await context.store.atomically([
    spend(credential),
    write.insert(users, user),
    write.insert(identities, identity),
    write.insert(sessions, row),
    ...sent.writes,
  ])
  context.outbox.hurry()
  const after = await confirmAlive(context, row)
  context.events.emit('user.created', { userId: user.id }, caller)
  context.events.emit('identity.linked', { userId: user.id, provider: 'google' }, caller)
  announce(context, caller, row, { login: true })
  return {
    ...(await answerTokens(context, caller.contract, after, row, handed)),
    ...rememberDevice(context, after),
    // With it, the link of the message keeps what is linked here.
    ...(sent.ticket !== undefined && { ticket: sent.ticket }),
  }
}

interface Sent {
  readonly writes: readonly Write[]
  readonly ticket?: string
}

/** What proves an address that is not, as sign-up sends it. */
async function welcome(context: Context, caller: Caller, user: UserRow): Promise<Sent> {
  const of = user.email_normalized
  if (of === null || user.email_verified) return { writes: [] }
  const { allowed } = await askFor(context, caller, { channel: 'email', of }, 'verify_email')
  return allowed ? encloseVerification(context, caller, user, of) : { writes: [] }
}
