// @sallyport/verify: is this token good? Offline, synchronous, without dependencies. Start reading at verifier.ts.
export { type Algorithm, algorithms, isAlgorithm } from './algorithm.js'
export type { CacheLimits } from './cache.js'
export {
  algorithmOf,
  describeKey,
  importJwk,
  type KeySet,
  keyProblem,
  keySet,
  type VerificationKey,
} from './keys.js'
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
export { createTokenVerifier, type TokenVerifier, type VerifierOptions } from './verifier.js'
