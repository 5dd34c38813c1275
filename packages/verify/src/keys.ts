// Keys of node:crypto that verify.
import type { KeyObject } from 'node:crypto'
import { createPublicKey, createSecretKey, type JsonWebKey } from 'node:crypto'
import { type Algorithm, expectedKey, isAlgorithm } from './algorithm.js'
import { type KeySetOf, keySetOf, kidOf, type VerificationKeyOf } from './key-set.js'

/** `key` is a public key, or a secret for HS256 and HS512. */
export type VerificationKey = VerificationKeyOf<KeyObject>
export type KeySet = KeySetOf<KeyObject>

/**
 * A set of keys looked up by id. `unnamed`, one of them, is that of tokens without a `kid`, which are refused otherwise.
 * @throws Error where two keys share an id or a key does not fit its algorithm
 */
export function keySet(keys: readonly VerificationKey[], unnamed?: VerificationKey): KeySet {
  for (const { kid, alg, key } of keys) {
    const problem = key.type === 'private' ? 'a private key cannot stand in a set' : keyProblem(key, alg)
    if (problem !== undefined) throw new Error(`key ${kid}: ${problem}`)
  }
  return keySetOf(keys, unnamed)
}

/**
 * A verification key from a JWK (RFC 7517); private members are left aside.
 * @throws Error naming what was found and what is expected
 */
export function importJwk(jwk: JsonWebKey): VerificationKey {
  const kid = kidOf(jwk)
  const key = jwk.kty === 'oct' ? secretOf(jwk, kid) : publicOf(jwk, kid)
  const alg = jwk.alg ?? algorithmOf(key)
  if (!isAlgorithm(alg))
    throw new Error(`key ${kid}: no algorithm of ours (alg is ${JSON.stringify(jwk.alg)})`)
  const problem = keyProblem(key, alg)
  if (problem !== undefined) throw new Error(`key ${kid}: ${problem}`)
  return { kid, alg, key }
}

function secretOf(jwk: JsonWebKey, kid: string): KeyObject {
  if (typeof jwk.k !== 'string' || jwk.k === '')
    throw new Error(`key ${kid}: a secret (kty oct) needs the member k`)
  return createSecretKey(jwk.k, 'base64url')
}

function publicOf(jwk: JsonWebKey, kid: string): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch (error) {
    throw new Error(
      `key ${kid}: not a key (kty ${JSON.stringify(jwk.kty)}, crv ${JSON.stringify(jwk.crv)})`,
      { cause: error },
    )
  }
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
  return fits(key, alg) ? undefined : `${alg} needs ${expectedKey[alg]}, found ${describeKey(key)}`
}

function fits(key: KeyObject, alg: Algorithm): boolean {
  if (key.type === 'secret')
    return (key.symmetricKeySize ?? 0) >= ({ HS256: 32, HS512: 64 }[alg as string] ?? Infinity)
  if (algorithmOf(key) !== alg) return false
  if (alg === 'ES256') return key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  return alg !== 'RS256' || (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
}
