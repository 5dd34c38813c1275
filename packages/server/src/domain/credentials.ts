// Checking and choosing passwords for operations: the same limits, the same work and the same refusals wherever a
// password is asked for.
import { type ErrorCode, fail } from '@sallyport/protocol'
import type { Caller, Context } from './context.js'
import type { Device } from './devices.js'
import { Overloaded } from './passwords/hasher.js'
import {
  checkPassword,
  type PasswordOwner,
  type PreparedPassword,
  preparePassword,
} from './passwords/policy.js'
import { passwordRules } from './passwords/settings.js'
import { type UserRow, users } from './tables.js'
import type { Guess, LimitName, Try } from './throttle.js'

/** Counted from the account's strangers; a device that the account has signed in on has a count of its own. */
const ofAccount: readonly LimitName[] = ['login_account', 'login_account_total']
const ofDevice: readonly LimitName[] = ['login_device', 'login_account_total']

/** Who tries a password, as far as it is counted. */
export interface Guesser {
  /** What the account's limits go by. */
  readonly account: string
  /** Where the account has signed in before. */
  readonly device?: Device | undefined
  /** The address, where its failures are counted too. */
  readonly address?: string
}

/**
 * Somebody who has signed in: counted by the session, so that strangers who guess at the account do not keep its owner
 * from proving who they are, and whoever has stolen a token does not guess for free.
 */
export function ofSession(userId: string, sessionId: string): Guesser {
  return { account: `user ${userId}`, device: { id: `session ${sessionId}` } }
}

/**
 * Whether a password fits a user; the same work without one. Counted against the account, or against the known device it
 * comes from, where it does not; where it does, those failures are forgotten: a success of one device says nothing of
 * strangers' guesses, and none is given back to an address. Throws `too_many_requests`, `overloaded`, StoreUnavailable.
 */
export async function passwordFits(
  context: Context,
  guesser: Guesser,
  password: string,
  user: UserRow | undefined,
): Promise<boolean> {
  const prepared = preparePassword(password)
  const stored = prepared === undefined ? undefined : (user?.password_hash ?? undefined)
  const verdict = await context.throttle.guess(countedBy(guesser), () =>
    // Where there is no room for it nothing was tried: who comes back as told shall not find the account shut.
    busy(context.hasher.verify(prepared ?? ('' as PreparedPassword), stored, password)),
  )
  if (verdict.refused)
    context.log.warn({ userId: user?.id, reason: verdict.refused }, 'a stored password hash was not tried')
  if (!verdict.ok || !user || !prepared) return false
  if (verdict.rehash) await upgrade(context, user, prepared)
  return true
}

function countedBy({ account, device, address }: Guesser): Guess {
  const [names, key] = device ? [ofDevice, `device ${device.id}`] : [ofAccount, account]
  return {
    own: names.map((name): Try => [name, key]),
    shared: address === undefined ? [] : [['login_address', address]],
  }
}

/** A stronger hash of the same password. Where there is no room for it now, the next log-in makes it. */
async function upgrade(context: Context, user: UserRow, password: PreparedPassword): Promise<void> {
  const hash = await context.hasher.hash(password, user.password_hash!).catch((error) => {
    if (!(error instanceof Overloaded)) throw error
  })
  if (hash === undefined) return
  await context.store.update(
    users,
    { id: user.id, password_hash: user.password_hash! },
    { password_hash: hash },
  )
}

/** Of what a user's password must not be made. */
export const ownerOf = (user: UserRow): PasswordOwner => ({
  email: user.email ?? undefined,
  username: user.preferred_username ?? undefined,
  name: user.name ?? undefined,
  phone: user.phone_number ?? undefined,
})

/** The hash of a new password. Throws `password_*` where the policy refuses it, `overloaded`, `invalid_request` for NUL. */
export async function hashNewPassword(
  context: Context,
  caller: Caller,
  password: string,
  owner: PasswordOwner,
  member: string,
): Promise<string> {
  const prepared = preparePassword(password)
  if (prepared === undefined)
    throw fail('invalid_request', {
      fields: [{ path: [member], code: 'invalid', detail: 'must not hold a NUL character' }],
    })
  const rules = { ...passwordRules(context.settings, caller.contract.password), ...owner }
  const fault = checkPassword(prepared, rules)
  if (fault)
    throw fail(fault, {
      fields: [{ path: [member], code: fault, detail: sentence(fault, rules) }],
      detail: sentence(fault, rules),
    })
  return busy(context.hasher.hash(prepared))
}

function sentence(fault: ErrorCode, { min, max }: { min: number; max?: number | undefined }): string {
  if (fault === 'password_too_short') return `The password needs at least ${min} characters.`
  if (fault === 'password_too_long')
    return max === undefined
      ? 'The password may have at most 1,024 bytes in UTF-8.'
      : `The password may have at most ${max} characters.`
  return 'The password is on the list of common passwords, or is made of your own address or name.'
}

async function busy<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Overloaded)
      throw fail('overloaded', { retryAfter: error.retryAfter, cause: error.cause })
    throw error
  }
}
