// Known devices: a browser or an app that has signed in to an account before. It keeps a token that says so, and its
// wrong passwords are counted on their own, so that a stranger who spends an account's tries does not lock out whoever
// owns it. The token is no credential: it opens nothing. Nothing is stored; it ends with the password it was made under.
import type { KeyObject } from 'node:crypto'
import { equalBytes, hmac } from '../util/hash.js'
import { randomBytes } from '../util/ids.js'
import type { Context } from './context.js'
import type { UserRow } from './tables.js'

/** Milliseconds from the last log-in on it. */
const LIFETIME = 180 * 86_400_000
const ID = 16
const TIME = 6
const TAG = 32
const canonical = new RegExp(`^[A-Za-z0-9_-]{${Math.ceil(((ID + TIME + TAG) * 4) / 3)}}$`)

/** A device that a user has signed in on. */
export interface Device {
  /** Names it for its own limit; stays the same as long as it keeps signing in. */
  readonly id: string
}

type Owner = Pick<UserRow, 'id' | 'password_changed_at'>

/**
 * The device that a token names, where it is this user's, was made under the user's present password and is not older
 * than 180 days. Anything else, another user's token included, counts as no token.
 */
export function knownDevice(
  context: Pick<Context, 'secrets' | 'clock'>,
  user: Owner,
  token: string | undefined,
): Device | undefined {
  if (token === undefined || !canonical.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  const age = context.clock.now() - bytes.readUIntBE(ID, TIME)
  if (age < 0 || age >= LIFETIME) return undefined
  const signed = bytes.subarray(0, ID + TIME)
  const tag = bytes.subarray(ID + TIME)
  const isOurs = context.secrets.keys('device').some((key) => equalBytes(tag, sign(key, user, signed)))
  return isOurs ? { id: bytes.toString('base64url', 0, ID) } : undefined
}

/** What a way in answers so that the device is known from now on: a new one, or the one it already is. */
export function rememberDevice(
  context: Pick<Context, 'secrets' | 'clock'>,
  user: Owner,
  known?: Device,
): { device_token: string; device_expires_in: number } {
  const signed = Buffer.alloc(ID + TIME)
  signed.set(known ? Buffer.from(known.id, 'base64url') : randomBytes(ID))
  signed.writeUIntBE(context.clock.now(), ID, TIME)
  const tag = sign(context.secrets.key('device'), user, signed)
  return {
    device_token: Buffer.concat([signed, tag]).toString('base64url'),
    device_expires_in: LIFETIME,
  }
}

function sign(key: KeyObject, { id, password_changed_at }: Owner, signed: Uint8Array): Buffer {
  return hmac(key, signed, id, ' ', String(password_changed_at))
}
