// Is this token good? Checks a compact JWS offline, by synchronous node:crypto, and answers with a verdict.
// Nothing here does I/O, fetches a key or throws because of a token: keys come from a set that the caller holds.
// The parts: examine.ts (the questions, in their order), spelling.ts (bytes and JSON), signature.ts, claims.ts, cache.ts;
// web/ asks the same of WebCrypto; vectors/ holds what must come out. service/ adds what a service needs around it.
import type { KeyObject } from 'node:crypto'
import { bytesOf, copyOf, textOf } from './bytes.js'
import { type CachedToken, tokenCache } from './cache.js'
import { expectationsOf, judge, type Refusal, takeApart, type VerifierOptionsOf } from './examine.js'
import type { KeySet } from './keys.js'
import { signatureHolds } from './signature.js'
import { longest } from './spelling.js'
import { expired, refuse, type Verdict } from './verdict.js'

export type VerifierOptions = VerifierOptionsOf<KeyObject>

export interface TokenVerifier {
  verify(token: string): Verdict
  /** Forgets every token that the key with this id signed. */
  dropKey(kid: string): void
  /** How many tokens are remembered. */
  readonly cached: number
}

type Known = CachedToken<KeyObject>

/**
 * A verifier for tokens of one issuer.
 * @throws RangeError where a leeway is not within 0 to 60,000 ms or the lifetime is not positive
 * @throws TypeError where `types` or `required` is no list
 */
export function createTokenVerifier(options: VerifierOptions): TokenVerifier {
  const { keys, isRevoked, now = Date.now } = options
  const expected = expectationsOf(options)
  const cache = tokenCache<KeyObject>(options.cache ?? {})

  function examine(token: string, set: KeySet, at: number): Known | Refusal {
    const parts = takeApart(token, set, textOf)
    if (typeof parts === 'string') return parts
    const { known, input, signature } = parts
    if (!signatureHolds(known.key, bytesOf(input), Buffer.from(signature, 'base64url'))) return 'signature'
    return judge(copyOf(token), parts, set, expected, textOf, at)
  }

  function checkNew(token: string, set: KeySet, at: number): Verdict {
    const found = examine(token, set, at)
    if (typeof found === 'string') return refuse(found)
    if (at >= found.expires) return expired(found.verdict)
    if (isRevoked?.(found.verdict.claims) === true) return refuse('revoked')
    cache.put(found)
    return found.verdict
  }

  return {
    verify(token) {
      if (typeof token !== 'string') return refuse('malformed')
      if (token.length > longest) return refuse('too_long')
      const set = keys()
      const at = now()
      const known = cache.get(token)
      return known !== undefined && set.find(known.key.kid) === known.key
        ? cache.check(known, at, isRevoked)
        : checkNew(token, set, at)
    },
    dropKey: cache.dropKey,
    get cached() {
      return cache.size
    },
  }
}
