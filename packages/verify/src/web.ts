// @sallyport/verify where there is no Node: browsers, workers, edges. The same as index.ts, by WebCrypto.
export { type Algorithm, algorithms, isAlgorithm } from './algorithm.js'
export type { CacheLimits } from './cache.js'
export * from './service/index.js'
export {
  type Accepted,
  type Claims,
  type Expired,
  type Reason,
  type Refused,
  reasons,
  type TokenHeader,
  type Verdict,
} from './verdict.js'
export { importJwk, type Jwk, type KeySet, keySet, type VerificationKey, type WebKey } from './web/keys.js'
export { createTokenVerifier, type TokenVerifier, type VerifierOptions } from './web/verifier.js'
