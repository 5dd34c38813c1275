// What a verifier asks of a new token, apart from the one step that needs cryptography: its parts and its header before
// the signature, its claims after it. The cheap questions come first. No I/O, and nothing is thrown because of a token.
import { isAlgorithm } from './algorithm.js'
import type { CachedToken, CacheLimits } from './cache.js'
import { areClaims, claimsProblem, type Expectations, expiry } from './claims.js'
import type { KeySetOf, KnownHeaderOf } from './key-set.js'
import { freeze, isCanonical, possibleLength, readObject, type TextOf } from './spelling.js'
import type { Claims, Refused, TokenHeader } from './verdict.js'

export interface VerifierOptionsOf<K> {
  /** The keys that count now; asked at every token, so a rotation takes effect at once. */
  readonly keys: () => KeySetOf<K>
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
  /** What else is asked of the claims, once for each new token: why they are refused, or undefined. */
  readonly also?: (claims: Claims) => Refusal | undefined
  /** What shall stand beside the claims, made once for each new token that is good. */
  readonly note?: (claims: Claims) => unknown
  /** Asked last, and again whenever a known token returns. */
  readonly isRevoked?: (claims: Claims) => boolean
  readonly cache?: CacheLimits
  /** Milliseconds since 1970; the system's clock by default. */
  readonly now?: () => number
}

export type Refusal = Refused['reason']

/** A token that looks like one, with the key that must have signed it. */
export interface Parts<K> {
  readonly known: KnownHeaderOf<K>
  /** What the signature is over. */
  readonly input: string
  readonly headerSegment: string
  readonly isNewHeader: boolean
  readonly payload: string
  readonly signature: string
}

const form = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const rfc9068 = ['iss', 'aud', 'exp', 'iat', 'sub', 'jti', 'client_id']

/** The options with their defaults. Throws RangeError or TypeError where a time or a list makes no sense. */
export function expectationsOf(options: Omit<VerifierOptionsOf<unknown>, 'keys'>): Expectations {
  const { issuer, audience, types = ['at+jwt'], required = rfc9068, also = () => undefined } = options
  const { expiryLeeway = 15_000, startLeeway = 15_000, maxLifetime = 900_000 } = options
  // Digits in a text would be put behind those of a time instead of being added to it.
  for (const leeway of [expiryLeeway, startLeeway])
    if (typeof leeway !== 'number' || !(leeway >= 0 && leeway <= 60_000))
      throw new RangeError(`a leeway is 0 to 60000 ms, found ${JSON.stringify(leeway)}`)
  // In a text, `includes` would look for a part of it.
  if (!Array.isArray(types)) throw new TypeError('types: a list of typ headers, such as ["at+jwt"]')
  if (!Array.isArray(required)) throw new TypeError('required: a list of the names of claims')
  if (typeof maxLifetime !== 'number' || !(maxLifetime > 0))
    throw new RangeError(`maxLifetime is a positive number of ms, found ${maxLifetime}`)
  const audiences = typeof audience === 'string' ? [audience] : audience
  return {
    issuer,
    audience: audiences,
    types,
    required,
    also,
    note: options.note,
    expiryLeeway,
    startLeeway,
    maxLifetime,
  }
}

/** The parts of a token of at most `longest` characters, or why it is none of ours. */
export function takeApart<K>(token: string, set: KeySetOf<K>, textOf: TextOf): Parts<K> | Refusal {
  if (!form.test(token)) return 'malformed'
  const first = token.indexOf('.')
  const last = token.indexOf('.', first + 1)
  const payload = token.slice(first + 1, last)
  const signature = token.slice(last + 1)
  if (!possibleLength(first) || !possibleLength(payload.length) || !possibleLength(signature.length))
    return 'malformed'
  const headerSegment = token.slice(0, first)
  const remembered = set.knownHeader(headerSegment)
  const known = remembered ?? readHeader(headerSegment, set, textOf)
  if (typeof known === 'string') return known
  const isNewHeader = remembered === undefined
  return { known, input: token.slice(0, last), headerSegment, isNewHeader, payload, signature }
}

/**
 * What a token whose signature holds is worth at `now`: genuine, perhaps expired, or why it is not. `token` may be kept,
 * so it is no slice of something larger.
 */
export function judge<K>(
  token: string,
  { known, headerSegment, isNewHeader, payload, signature }: Parts<K>,
  set: KeySetOf<K>,
  expected: Expectations,
  textOf: TextOf,
  now: number,
): CachedToken<K> | Refusal {
  if (isNewHeader) set.rememberHeader(token.slice(0, headerSegment.length), known)
  if (!isCanonical(signature)) return 'spelling'
  const claims = readObject(payload, textOf)
  if (typeof claims === 'string') return claims
  if (!areClaims(claims, expected.required)) return 'claims'
  const { key, header } = known
  const reason = claimsProblem(claims, header, expected, now)
  if (reason !== undefined && reason !== 'expired') return reason
  const more = expected.also(claims)
  if (more !== undefined) return more
  freeze(claims)
  const note = reason === undefined ? expected.note?.(claims) : undefined
  const verdict = Object.freeze({ ok: true, claims, header, note } as const)
  return { token, verdict, key, expires: expiry(claims.exp, expected) }
}

function readHeader<K>(segment: string, set: KeySetOf<K>, textOf: TextOf): KnownHeaderOf<K> | Refusal {
  const raw = readObject(segment, textOf)
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
