// The set of keys that counts at one moment, whatever a key is made of. A set never changes: who rotates makes a new one.
import type { Algorithm } from './algorithm.js'
import type { TokenHeader } from './verdict.js'

/** A key with the one algorithm it serves. */
export interface VerificationKeyOf<K> {
  readonly kid: string
  readonly alg: Algorithm
  readonly key: K
}

/** A header segment that has stood on a rightly signed token, so that it need not be parsed again. */
export interface KnownHeaderOf<K> {
  readonly key: VerificationKeyOf<K>
  readonly header: TokenHeader
}

export interface KeySetOf<K> {
  /** The key with exactly this id. */
  find(kid: string): VerificationKeyOf<K> | undefined
  /** The key of tokens whose header names none; absent where such tokens are refused. */
  readonly unnamed?: VerificationKeyOf<K>
  /** The memory of header segments; whoever fills it has checked the signature first, and owns the text. */
  knownHeader(segment: string): KnownHeaderOf<K> | undefined
  rememberHeader(segment: string, known: KnownHeaderOf<K>): void
}

const headersKept = 64

/** A set of keys looked up by id; `unnamed` is that of tokens without one. Throws Error where two keys share an id. */
export function keySetOf<K>(
  keys: readonly VerificationKeyOf<K>[],
  unnamed?: VerificationKeyOf<K>,
): KeySetOf<K> {
  const byKid = new Map<string, VerificationKeyOf<K>>()
  for (const key of keys) {
    if (byKid.has(key.kid)) throw new Error(`two keys with the id ${key.kid}`)
    byKid.set(key.kid, key)
  }
  const headers = new Map<string, KnownHeaderOf<K>>()
  return {
    find: (kid) => byKid.get(kid),
    ...(unnamed && { unnamed }),
    knownHeader: (segment) => headers.get(segment),
    rememberHeader: (segment, known) => {
      if (headers.size < headersKept) headers.set(segment, known)
    },
  }
}

/** The id of a JWK that is for signatures (RFC 7517 sections 4.2, 4.5). Throws Error naming what was found. */
export function kidOf(jwk: object): string {
  const { kid, use } = jwk as { readonly kid?: unknown; readonly use?: unknown }
  if (typeof kid !== 'string' || kid === '') throw new Error('a JWK needs a kid')
  if (use !== undefined && use !== 'sig')
    throw new Error(`key ${kid}: use must be "sig", found ${JSON.stringify(use)}`)
  return kid
}
