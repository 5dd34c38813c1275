// Keys of WebCrypto that verify.
import { type Algorithm, expectedKey, isAlgorithm } from '../algorithm.js'
import { type KeySetOf, keySetOf, kidOf, type VerificationKeyOf } from '../key-set.js'
import { bytesOf } from './bytes.js'

/** What `crypto.subtle` verifies with: a public key, or a secret for HS256 and HS512. */
export type WebKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>
export type VerificationKey = VerificationKeyOf<WebKey>
export type KeySet = KeySetOf<WebKey>

/** A JSON Web Key (RFC 7517). */
export interface Jwk {
  readonly [member: string]: unknown
}

type Parameters = globalThis.Parameters<typeof crypto.subtle.importKey>[2]

const importedAs: Record<Algorithm, Parameters> = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  HS256: { name: 'HMAC', hash: 'SHA-256' },
  HS512: { name: 'HMAC', hash: 'SHA-512' },
}

/** A set of keys looked up by id. Throws Error where two keys share an id. */
export function keySet(keys: readonly VerificationKey[]): KeySet {
  return keySetOf(keys)
}

/**
 * A verification key from a JWK (RFC 7517); private members are left aside.
 * @throws Error naming what was found and what is expected
 */
export async function importJwk(jwk: Jwk): Promise<VerificationKey> {
  const { kid, alg } = checkJwk(jwk)
  try {
    return { kid, alg, key: await imported(jwk, alg) }
  } catch (error) {
    throw new Error(`key ${kid}: not a key (${describe(jwk)})`, { cause: error })
  }
}

/** What can be told of a JWK without importing it, which WebCrypto takes its time for. Throws Error as `importJwk` does. */
export function checkJwk(jwk: Jwk): Pick<VerificationKey, 'kid' | 'alg'> {
  const kid = kidOf(jwk)
  const alg = jwk.alg ?? algorithmOf(jwk)
  if (!isAlgorithm(alg))
    throw new Error(`key ${kid}: no algorithm of ours (alg is ${JSON.stringify(jwk.alg)})`)
  if (!fits(jwk, alg)) throw new Error(`key ${kid}: ${alg} needs ${expectedKey[alg]}, found ${describe(jwk)}`)
  return { kid, alg }
}

function imported(jwk: Jwk, alg: Algorithm): Promise<WebKey> {
  const how = importedAs[alg]
  if (jwk.kty === 'oct')
    return crypto.subtle.importKey('raw', bytesOf(jwk.k as string), how, false, ['verify'])
  const { kty, crv, x, y, n, e } = jwk as Record<string, string>
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined)
  return crypto.subtle.importKey('jwk', Object.fromEntries(members) as { kty: string }, how, false, [
    'verify',
  ])
}

/** The algorithm of an asymmetric key by its type; undefined where there is none. A secret could serve two. */
function algorithmOf({ kty, crv }: Jwk): Algorithm | undefined {
  if (kty === 'EC') return 'ES256'
  if (kty === 'OKP' && crv === 'Ed25519') return 'EdDSA'
  return kty === 'RSA' ? 'RS256' : undefined
}

function fits(jwk: Jwk, alg: Algorithm): boolean {
  if (jwk.kty === 'oct')
    return readBytes(jwk.k).length >= ({ HS256: 32, HS512: 64 }[alg as string] ?? Infinity)
  if (algorithmOf(jwk) !== alg) return false
  if (alg === 'ES256') return jwk.crv === 'P-256'
  return alg !== 'RS256' || bitsOf(jwk.n) >= 2048
}

/** The bytes of a member; none where it is no base64url. */
function readBytes(value: unknown): Uint8Array<ArrayBuffer> {
  const isSegment = typeof value === 'string' && /^[A-Za-z0-9_-]+$/.test(value) && value.length % 4 !== 1
  return bytesOf(isSegment ? value : '')
}

/** The length of a number in bits. */
function bitsOf(value: unknown): number {
  const bytes = readBytes(value)
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (bytes.length - first) * 8 - (Math.clz32(bytes[first] as number) - 24)
}

function describe({ kty, crv, n, k }: Jwk): string {
  if (kty === 'oct') return `a secret of ${readBytes(k).length} bytes`
  if (kty === 'RSA') return `an RSA key of ${bitsOf(n)} bits`
  return `kty ${JSON.stringify(kty)}, crv ${JSON.stringify(crv)}`
}
