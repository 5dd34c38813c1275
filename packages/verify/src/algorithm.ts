// The five algorithms and the keys that fit them. A key serves exactly one of them, and nothing in a token changes that.
import type { KeyObject } from 'node:crypto'

export const algorithms = ['ES256', 'EdDSA', 'RS256', 'HS256', 'HS512'] as const

/** A JWS algorithm (RFC 7518 section 3.1, RFC 8037 for EdDSA with Ed25519). */
export type Algorithm = (typeof algorithms)[number]

const expected: Record<Algorithm, string> = {
  ES256: 'an EC key on P-256',
  EdDSA: 'an Ed25519 key',
  RS256: 'an RSA key of 2048 bits or more',
  HS256: 'a secret of 32 bytes or more',
  HS512: 'a secret of 64 bytes or more',
}

export function isAlgorithm(name: unknown): name is Algorithm {
  return (algorithms as readonly unknown[]).includes(name)
}

/** What a key is, in words and without a byte of it. */
export function describeKey(key: KeyObject): string {
  if (key.type === 'secret') return `a secret of ${key.symmetricKeySize} bytes`
  const details = key.asymmetricKeyDetails
  if (key.asymmetricKeyType === 'ec') return `an EC key on ${details?.namedCurve}`
  if (key.asymmetricKeyType === 'rsa') return `an RSA key of ${details?.modulusLength} bits`
  return `a key of type ${key.asymmetricKeyType}`
}

/** The algorithm of an asymmetric key by its type; undefined where there is none. A secret could serve two. */
export function algorithmOf(key: KeyObject): Algorithm | undefined {
  if (key.asymmetricKeyType === 'ec') return 'ES256'
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  return key.asymmetricKeyType === 'rsa' ? 'RS256' : undefined
}

/** Why a key cannot serve an algorithm (what was found, what is expected), or undefined where it can. */
export function keyProblem(key: KeyObject, alg: Algorithm): string | undefined {
  return fits(key, alg) ? undefined : `${alg} needs ${expected[alg]}, found ${describeKey(key)}`
}

function fits(key: KeyObject, alg: Algorithm): boolean {
  if (key.type === 'secret')
    return (key.symmetricKeySize ?? 0) >= ({ HS256: 32, HS512: 64 }[alg as string] ?? Infinity)
  if (algorithmOf(key) !== alg) return false
  if (alg === 'ES256') return key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  return alg !== 'RS256' || (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
}
