// Checking and choosing passwords for operations: the same limits, the same work and the same refusals wherever a
// password is asked for.
import { type ErrorCode, fail } from '@sallyport/protocol'
import type { Caller, Context } from './context.js'
import { Overloaded } from './passwords/hasher.js'
import {
  checkPassword,
  type PasswordOwner,
  type PreparedPassword,
  preparePassword,
} from './passwords/policy.js'
import { passwordRules } from './passwords/settings.js'
import type { UserRow } from './tables.js'
import { users } from './tables.js'

/**
 * Whether a password fits a user; the same work without one. Counts against the account: where it fits, `forgetTries`
 * is called next, beside the writes that follow. Throws `too_many_requests`, `overloaded`.
 */
export async function passwordFits(
  context: Context,
  account: string,
  password: string,
  user: UserRow | undefined,
): Promise<boolean> {
  await context.throttle.take('login_account', account)
  const prepared = preparePassword(password)
  const stored = prepared === undefined ? undefined : (user?.password_hash ?? undefined)
  const hashing = context.hasher.verify(prepared ?? ('' as PreparedPassword), stored)
  const verdict = await busy(hashing).catch(async (error) => {
    // Nothing was tried: who comes back as told shall not find the account shut.
    await context.throttle.giveBack('login_account', account)
    throw error
  })
  if (verdict.refused)
    context.log.warn({ userId: user?.id, reason: verdict.refused }, 'a stored password hash was not tried')
  if (!verdict.ok || !user || !prepared) return false
  if (verdict.rehash) await upgrade(context, user, prepared)
  return true
}

/** The tries of an account count no longer: the password was right. */
export function forgetTries({ throttle }: Context, account: string): Promise<void> {
  return throttle.clear('login_account', account)
}

async function upgrade(context: Context, user: UserRow, password: PreparedPassword): Promise<void> {
  const hash = await busy(context.hasher.hash(password))
  await context.store.update(
    users,
    { id: user.id, password_hash: user.password_hash! },
    { password_hash: hash },
  )
}

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
    if (error instanceof Overloaded) throw fail('overloaded', { retryAfter: error.retryAfter })
    throw error
  }
}
