// Is this token good? Checks a compact JWS offline, the cheap questions first, and answers with a verdict.
// Nothing here does I/O, fetches a key or throws because of a token: keys come from a set that the caller holds.
// The parts: spelling.ts (bytes and JSON), signature.ts, claims.ts, cache.ts; vectors/ holds what must come out.
import { isAlgorithm } from './algorithm.js'
import { type CachedToken, type CacheLimits, tokenCache } from './cache.js'
import { areClaims, claimsProblem, type Expectations, expiry } from './claims.js'
import type { KeySet, KnownHeader } from './keys.js'
import { signatureHolds } from './signature.js'
import { freeze, isCanonical, possibleLength, readObject } from './spelling.js'
import { type Claims, expired, type Refused, refuse, type TokenHeader, type Verdict } from './verdict.js'

export interface VerifierOptions {
  /** The keys that count now; asked at every token, so a rotation takes effect at once. */
  readonly keys: () => KeySet
  /** The exact `iss`; null asks for none. */
  readonly issuer: string | null
  /** One of these must be in `aud`; null asks for none. */
  readonly audience: string | readonly string[] | null
  /** Accepted `typ` headers, compared exactly; null stands for a header without one. Default `at+jwt` alone. */
  readonly types?: readonly (string | null)[]
  /** Claims that must be there; `exp` always must. Default: those of RFC 9068 section 2.2. */
  readonly required?: readonly string[]
  /** Milliseconds a token is accepted past `exp`: 15,000 by default, 60,000 at most. */
  readonly expiryLeeway?: number
  /** Milliseconds that `iat` and `nbf` may lie ahead: 15,000 by default, 60,000 at most. */
  readonly startLeeway?: number
  /** Milliseconds that `exp` may lie after `iat`: 15 minutes by default. */
  readonly maxLifetime?: number
  /** Asked last, and again whenever a known token returns. */
  readonly isRevoked?: (claims: Claims) => boolean
  readonly cache?: CacheLimits
  /** Milliseconds since 1970; the system's clock by default. */
  readonly now?: () => number
}

export interface TokenVerifier {
  verify(token: string): Verdict
  /** Forgets every token that the key with this id signed. */
  dropKey(kid: string): void
  /** How many tokens are remembered. */
  readonly cached: number
}

type Refusal = Refused['reason']

const longest = 8192
const form = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const rfc9068 = ['iss', 'aud', 'exp', 'iat', 'sub', 'jti', 'client_id']

/**
 * A verifier for tokens of one issuer.
 * @throws RangeError where a leeway is not within 0 to 60,000 ms or the lifetime is not positive
 */
export function createTokenVerifier(options: VerifierOptions): TokenVerifier {
  const { keys, isRevoked, now = Date.now } = options
  const expected = expectationsOf(options)
  const cache = tokenCache(options.cache ?? {})

  function checkKnown(known: CachedToken, at: number): Verdict {
    const { verdict } = known
    if (at < known.expires && isRevoked?.(verdict.claims) !== true) return verdict
    cache.drop(known)
    return at < known.expires ? refuse('revoked') : expired(verdict)
  }

  function checkNew(token: string, set: KeySet, at: number): Verdict {
    const found = examine(token, set, expected, at)
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
        ? checkKnown(known, at)
        : checkNew(token, set, at)
    },
    dropKey: cache.dropKey,
    get cached() {
      return cache.size
    },
  }
}

function expectationsOf(options: VerifierOptions): Expectations {
  const { issuer, audience, types = ['at+jwt'], required = rfc9068 } = options
  const { expiryLeeway = 15_000, startLeeway = 15_000, maxLifetime = 900_000 } = options
  for (const leeway of [expiryLeeway, startLeeway])
    if (!(leeway >= 0 && leeway <= 60_000)) throw new RangeError(`a leeway is 0 to 60000 ms, found ${leeway}`)
  if (!(maxLifetime > 0)) throw new RangeError(`maxLifetime is a positive number of ms, found ${maxLifetime}`)
  const audiences = typeof audience === 'string' ? [audience] : audience
  return { issuer, audience: audiences, types, required, expiryLeeway, startLeeway, maxLifetime }
}

/** A token that is genuine, perhaps expired, or why it is not. */
function examine(token: string, set: KeySet, expected: Expectations, now: number): CachedToken | Refusal {
  if (!form.test(token)) return 'malformed'
  const first = token.indexOf('.')
  const last = token.lastIndexOf('.')
  const payload = token.slice(first + 1, last)
  const signature = token.slice(last + 1)
  if (!possibleLength(first) || !possibleLength(payload.length) || !possibleLength(signature.length))
    return 'malformed'
  const segment = token.slice(0, first)
  const remembered = set.knownHeader(segment)
  const known = remembered ?? readHeader(segment, set)
  if (typeof known === 'string') return known
  const bytes = Buffer.from(token, 'latin1')
  if (!signatureHolds(known.key, bytes.subarray(0, last), Buffer.from(signature, 'base64url')))
    return 'signature'
  if (remembered === undefined) set.rememberHeader(segment, known)
  if (!isCanonical(signature)) return 'spelling'
  const claims = readObject(payload)
  if (typeof claims === 'string') return claims
  if (!areClaims(claims, expected.required)) return 'claims'
  const { key, header } = known
  const reason = claimsProblem(claims, header, expected, now)
  if (reason !== undefined && reason !== 'expired') return reason
  freeze(claims)
  // The text that is kept is a copy: the token may be a slice that would keep a whole request alive.
  const verdict = Object.freeze({ ok: true, claims, header } as const)
  return { token: bytes.toString('latin1'), verdict, key, expires: expiry(claims.exp, expected) }
}

function readHeader(segment: string, set: KeySet): KnownHeader | Refusal {
  const raw = readObject(segment)
  if (typeof raw === 'string') return raw
  if (Object.hasOwn(raw, 'crit') || Object.hasOwn(raw, 'b64')) return 'header'
  const { alg, kid, typ } = raw
  if (typeof alg !== 'string' || !isText(typ) || !isText(kid)) return 'header'
  if (!isAlgorithm(alg)) return 'algorithm'
  const key = kid === undefined ? set.unnamed : set.find(kid)
  if (key === undefined) return 'unknown_key'
  if (key.alg !== alg) return 'algorithm'
  const header: TokenHeader = Object.freeze({ alg, kid: key.kid, typ: typ ?? null })
  return { key, header }
}

const isText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string'
