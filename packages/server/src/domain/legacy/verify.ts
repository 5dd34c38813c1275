// Whether a token is one of the earlier backend's: signature under the one algorithm that the setting names, times, and
// the claims that tell its kinds apart. Whose it is, and whether they may still use it, is legacy.ts's.
import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import type { LegacyToken } from './settings.js'

/** How far the earlier backend's clock may have been ahead of ours. Milliseconds. */
const AHEAD = 60_000
const longest = 8192
const shape = /^[\w-]+\.[\w-]+\.[\w-]+$/

type Claims = Readonly<Record<string, unknown>>

export type LegacyVerdict =
  | { readonly ok: true; readonly user: string; readonly endsAt: number }
  /** `user` where the token is good but for its end. */
  | { readonly ok: false; readonly user?: string }

const refused: LegacyVerdict = { ok: false }

/** The key of a setting's entry. Throws Error where it cannot be read. */
export function keyOf({ key, algorithm }: Pick<LegacyToken, 'key' | 'algorithm'>): KeyObject {
  if (!algorithm.startsWith('HS')) return createPublicKey(key)
  return createSecretKey(key.startsWith('base64:') ? Buffer.from(key.slice(7), 'base64') : Buffer.from(key))
}

/** The verdict on a token. It never throws because of one. */
export async function judgeLegacy(
  token: LegacyToken & { readonly keyObject: KeyObject },
  text: string,
  now: number,
): Promise<LegacyVerdict> {
  if (text.length > longest || !shape.test(text)) return refused
  const payload = await open(token, text)
  const claims = payload && parse(payload)
  // A token of ours that was refused must not come in by this door, where both are signed with the same secret.
  if (
    !claims ||
    'knd' in claims ||
    !Object.entries(token.claims).every(([name, value]) => claims[name] === value)
  )
    return refused
  const user = claims[token.user]
  const { exp, iat, nbf } = claims
  // Some write parts of a second; one that no clock reaches was written by nobody.
  const endsAt = typeof exp === 'number' ? Math.floor(exp * 1000) : undefined
  if (!Number.isSafeInteger(endsAt) || (typeof user !== 'string' && typeof user !== 'number')) return refused
  if ([iat, nbf].some((time) => time !== undefined && !isPast(time, now))) return refused
  if (now >= endsAt!) return { ok: false, user: String(user) }
  return { ok: true, user: String(user), endsAt: endsAt! }
}

const isPast = (time: unknown, now: number) => typeof time === 'number' && time * 1000 <= now + AHEAD

/** What is signed, where the signature holds under the algorithm of the setting, never one that the token chose. */
async function open(
  { algorithm, keyObject }: LegacyToken & { readonly keyObject: KeyObject },
  text: string,
): Promise<Uint8Array | undefined> {
  const { compactVerify } = await import('jose')
  try {
    return (await compactVerify(text, keyObject, { algorithms: [algorithm] })).payload
  } catch {
    return undefined
  }
}

function parse(bytes: Uint8Array): Claims | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Claims)
      : undefined
  } catch {
    return undefined
  }
}
