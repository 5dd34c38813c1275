// Signing in with a credential of Google. Whoever is known by it gets in; whoever is not gets an account, new or one that
// is provably theirs. Whose it is, is decided by the address that the credential says at this moment, and only where the
// provider knows who has that address today.
import {
  type Failure,
  fail,
  type InputOf,
  type logInWithGoogle as operation,
  type Tokens,
} from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { type Device, knownDevice } from '../../domain/devices.js'
import { type Email, isHeld } from '../../domain/identifiers.js'
import { type IdentityRow, identities } from '../../domain/identities.js'
import { prepareProof } from '../../domain/proofs.js'
import { openSessionWith } from '../../domain/sessions.js'
import { type UserRow, users } from '../../domain/tables.js'
import { userBy } from '../../domain/users.js'
import { UniqueViolation, type Write, write } from '../../store/store.js'
import { accept, isSpent, spend, wrong } from './accept.js'
import type { Credential } from './id-token.js'
import { findIdentity, newIdentity } from './identity.js'
import { makeAccount } from './make-account.js'
import { type Person, personOf } from './person.js'
import { requireGoogle } from './settings.js'

type Input = InputOf<typeof operation>

/** What every step needs. */
interface Visit {
  readonly credential: Credential
  readonly person: Person
  readonly deviceToken: string | undefined
}

/** How often something else may move the account while somebody signs in. */
const TRIES = 10

/** Signs in with a credential of Google, and makes an account where there is none. */
export async function logInWithGoogle(context: Context, caller: Caller, input: Input): Promise<Tokens> {
  const provider = requireGoogle(context)
  const credential = await accept(context, caller, provider, input)
  const visit = { credential, person: personOf(credential), deviceToken: input.device_token }
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await enter(context, caller, visit).catch((error: unknown) =>
      again(context, caller, error),
    )
    if (answer !== undefined) return answer
  }
  throw fail('session_ended')
}

/** Of two at once that make or link an account one finds it made by the other, and looks again. */
function again(context: Context, caller: Caller, error: unknown): undefined {
  if (isSpent(error)) throw wrong(context, caller)
  if (!(error instanceof UniqueViolation)) throw error
}

/** Undefined where the account moved meanwhile: then nothing has happened. */
async function enter(context: Context, caller: Caller, visit: Visit): Promise<Tokens | undefined> {
  const { credential, person } = visit
  const identity = await findIdentity(context, 'google', credential.subject)
  if (identity) return enterKnown(context, caller, visit, identity)
  const { email } = person
  if (!email)
    throw fail('email_not_verified', { detail: 'Google has not verified an address of this account.' })
  const holder = await userBy(context.store, { email_normalized: email.normalized })
  if (!holder) return makeAccount(context, caller, credential, person)
  // An account that was made between these two questions came with its identity.
  if (await findIdentity(context, 'google', credential.subject)) return undefined
  return enterHeld(context, caller, visit, holder, email)
}

/** As whom the credential has been linked before; no address is looked at. */
async function enterKnown(
  context: Context,
  caller: Caller,
  { credential, person, deviceToken }: Visit,
  identity: IdentityRow,
): Promise<Tokens | undefined> {
  const user = await context.store.get(users, { id: identity.user_id })
  if (!user || user.status === 'deleted') throw wrong(context, caller, identity.user_id)
  assertMayEnter(context, caller, user)
  const email = person.email?.address ?? identity.email
  const set = { last_used_at: context.clock.now(), email }
  const used = write.update(identities, { id: identity.id, user_id: user.id }, set, 1)
  const device = knownDevice(context, user, deviceToken)
  return open(context, caller, user, [spend(credential), used], { device })
}

/** The account that has the address of an identity that nobody is known by yet. */
async function enterHeld(
  context: Context,
  caller: Caller,
  { credential, person, deviceToken }: Visit,
  holder: UserRow,
  email: Email,
): Promise<Tokens | undefined> {
  if (holder.status === 'deleted')
    throw fail('email_taken', { detail: 'This address is kept for an account that was deleted lately.' })
  if (!person.isAuthoritative) throw linkFirst()
  // The same address at the same provider under another subject is another person.
  const others = await context.store.count(identities, { user_id: holder.id, provider: 'google' }, 1)
  if (holder.email_verified && others > 0) throw linkFirst()
  assertMayEnter(context, caller, { ...holder, email_verified: true })
  // Where the address was never proved, somebody else may have made the account: nothing of it is left but its data.
  const { after, writes, settle } = prepareProof(context, holder, 'email')
  const linked = write.insert(identities, newIdentity(context, after.id, credential, email.address))
  const device = knownDevice(context, after, deviceToken)
  const beside = [spend(credential), ...writes, linked]
  const answer = await open(context, caller, after, beside, { device, settle })
  if (answer) context.events.emit('identity.linked', { userId: after.id, provider: 'google' }, caller)
  return answer
}

interface Around {
  readonly device: Device | undefined
  readonly settle?: (caller: Caller) => Promise<void>
}

function open(context: Context, caller: Caller, user: UserRow, beside: readonly Write[], around: Around) {
  return openSessionWith(context, caller, user, ['google'], { ...around, beside, login: true })
}

/** Throws `account_disabled`, or `email_not_verified` where an address has to be proved before anything else. */
function assertMayEnter(context: Context, caller: Caller, user: UserRow): void {
  const refuse = (reason: 'disabled' | 'unverified', failure: Failure) => {
    context.events.emit('login.failed', { userId: user.id, reason }, caller)
    throw failure
  }
  if (user.status !== 'active') refuse('disabled', fail('account_disabled'))
  if (isHeld(context.settings, caller.contract, user)) refuse('unverified', fail('email_not_verified'))
}

const linkFirst = () =>
  fail('link_required', {
    detail:
      'There is an account with this address already. Log in to it first, then link Google to it there.',
  })
