// The verifier for browsers and edges: the same questions as ../verifier.ts, the signature checked by WebCrypto, which
// answers later. Known tokens are answered from memory without asking it.
import type { Algorithm } from '../algorithm.js'
import { type CachedToken, tokenCache } from '../cache.js'
import { expectationsOf, judge, type Refusal, takeApart, type VerifierOptionsOf } from '../examine.js'
import { longest } from '../spelling.js'
import { expired, refuse, type Verdict } from '../verdict.js'
import { bytesOf, copyOf, textOf } from './bytes.js'
import type { KeySet, VerificationKey, WebKey } from './keys.js'

export type VerifierOptions = VerifierOptionsOf<WebKey>

export interface TokenVerifier {
  /** Never rejects because of a token. */
  verify(token: string): Promise<Verdict>
  /** Forgets every token that the key with this id signed. */
  dropKey(kid: string): void
  /** How many tokens are remembered. */
  readonly cached: number
}

/**
 * A verifier for tokens of one issuer.
 * @throws RangeError where a leeway is not within 0 to 60,000 ms or the lifetime is not positive
 * @throws TypeError where `types` or `required` is no list
 */
export function createTokenVerifier(options: VerifierOptions): TokenVerifier {
  const { keys, isRevoked, now = Date.now } = options
  const expected = expectationsOf(options)
  const cache = tokenCache<WebKey>(options.cache ?? {})

  async function examine(token: string, set: KeySet, at: number): Promise<CachedToken<WebKey> | Refusal> {
    const parts = takeApart(token, set, textOf)
    if (typeof parts === 'string') return parts
    const { known, input, signature } = parts
    if (!(await signatureHolds(known.key, input, bytesOf(signature)))) return 'signature'
    return judge(copyOf(token), parts, set, expected, textOf, at)
  }

  async function checkNew(token: string, set: KeySet, at: number): Promise<Verdict> {
    const found = await examine(token, set, at)
    if (typeof found === 'string') return refuse(found)
    if (at >= found.expires) return expired(found.verdict)
    if (isRevoked?.(found.verdict.claims) === true) return refuse('revoked')
    // While the signature was being checked its key may have been dropped: nothing of it may be remembered.
    if (keys().find(found.key.kid) === found.key) cache.put(found)
    return found.verdict
  }

  return {
    async verify(token) {
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

const verifiedAs: Record<Algorithm, Parameters<typeof crypto.subtle.verify>[0]> = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  HS256: { name: 'HMAC' },
  HS512: { name: 'HMAC' },
}

const encoder = new TextEncoder()

async function signatureHolds(
  { alg, key }: VerificationKey,
  input: string,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    return await crypto.subtle.verify(verifiedAs[alg], key, signature, encoder.encode(input))
  } catch {
    return false
  }
}
