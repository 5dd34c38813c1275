// What a service's verifier needs of the cryptography beneath it. `#engine` is engine-node.ts under Node and
// engine-web.ts elsewhere (package.json, imports); nothing else in service/ knows which.
import type { VerifierOptionsOf } from './examine.js'
import type { KeySetOf, VerificationKeyOf } from './key-set.js'
import type { Verdict } from './verdict.js'

type Soon<T> = T | Promise<T>

export type AnyKey = VerificationKeyOf<unknown>
export type AnyKeySet = KeySetOf<unknown>

export interface Engine {
  createTokenVerifier(options: VerifierOptionsOf<unknown>): {
    verify(token: string): Soon<Verdict>
    dropKey(kid: string): void
  }
  /** What can be told of a JWK at once. Throws Error naming what was found where it is no key of ours. */
  checkJwk(jwk: { readonly [member: string]: unknown }): Pick<AnyKey, 'kid' | 'alg'>
  /** Throws, or rejects with, Error where it is no key of ours. */
  importJwk(jwk: { readonly [member: string]: unknown }): Soon<AnyKey>
  /** Throws Error where two keys share an id. */
  keySet(keys: readonly AnyKey[]): AnyKeySet
}
