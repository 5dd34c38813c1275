// Keys that verify, and the set of them that counts at one moment. A set never changes: who rotates makes a new one.

import type { KeyObject } from 'node:crypto'
import { createPublicKey, createSecretKey, type JsonWebKey } from 'node:crypto'
import { type Algorithm, algorithmOf, isAlgorithm, keyProblem } from './algorithm.js'
import type { TokenHeader } from './verdict.js'

/** A key with the one algorithm it serves. `key` is a public key, or a secret for HS256 and HS512. */
export interface VerificationKey {
  readonly kid: string
  readonly alg: Algorithm
  readonly key: KeyObject
}

/** A header segment that has stood on a rightly signed token, so that it need not be parsed again. */
export interface KnownHeader {
  readonly key: VerificationKey
  readonly header: TokenHeader
}

export interface KeySet {
  /** The key with exactly this id. */
  find(kid: string): VerificationKey | undefined
  /** The key of tokens whose header names none; absent where such tokens are refused. */
  readonly unnamed?: VerificationKey
  /** The memory of header segments; whoever fills it has checked the signature first. */
  knownHeader(segment: string): KnownHeader | undefined
  rememberHeader(segment: string, known: KnownHeader): void
}

const headersKept = 64

/**
 * A set of keys looked up by id. `unnamed`, one of them, is that of tokens without a `kid`, which are refused otherwise.
 * @throws Error where two keys share an id or a key does not fit its algorithm
 */
export function keySet(keys: readonly VerificationKey[], unnamed?: VerificationKey): KeySet {
  const byKid = new Map<string, VerificationKey>()
  for (const key of keys) {
    const problem =
      key.key.type === 'private' ? 'a private key cannot stand in a set' : keyProblem(key.key, key.alg)
    if (problem !== undefined) throw new Error(`key ${key.kid}: ${problem}`)
    if (byKid.has(key.kid)) throw new Error(`two keys with the id ${key.kid}`)
    byKid.set(key.kid, key)
  }
  const headers = new Map<string, KnownHeader>()
  return {
    find: (kid) => byKid.get(kid),
    ...(unnamed && { unnamed }),
    knownHeader: (segment) => headers.get(segment),
    rememberHeader: (segment, known) => {
      if (headers.size < headersKept) headers.set(Buffer.from(segment, 'latin1').toString('latin1'), known)
    },
  }
}

/**
 * A verification key from a JWK (RFC 7517); private members are left aside.
 * @throws Error naming what was found and what is expected
 */
export function importJwk(jwk: JsonWebKey): VerificationKey {
  const { kid, use, kty } = jwk
  if (typeof kid !== 'string' || kid === '') throw new Error('a JWK needs a kid')
  if (use !== undefined && use !== 'sig')
    throw new Error(`key ${kid}: use must be "sig", found ${JSON.stringify(use)}`)
  const key = kty === 'oct' ? secretOf(jwk, kid) : publicOf(jwk, kid)
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
