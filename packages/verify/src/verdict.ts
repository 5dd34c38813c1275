// What a verifier answers. A refusal is a value with one word of a closed list, never an exception.
import type { Algorithm } from './algorithm.js'

/** Why a token is refused, in the order in which the reasons are looked for. */
export const reasons = [
  'too_long',
  'malformed',
  'header',
  'algorithm',
  'unknown_key',
  'signature',
  'spelling',
  'claims',
  'type',
  'issuer',
  'audience',
  'expired',
  'not_yet',
  'issued_in_future',
  'lifetime',
  'revoked',
] as const

export type Reason = (typeof reasons)[number]

/** The three header members that count; whatever else a header holds is not obeyed. */
export interface TokenHeader {
  readonly alg: Algorithm
  readonly kid: string
  /** null where the header has none. */
  readonly typ: string | null
}

/** The claims of a token whose types have been checked. Times are seconds since 1970 (NumericDate). */
export interface Claims {
  readonly exp: number
  readonly iss?: string
  readonly sub?: string
  readonly aud?: string | readonly string[]
  readonly iat?: number
  readonly nbf?: number
  readonly auth_time?: number
  readonly jti?: string
  readonly sid?: string
  readonly client_id?: string
  readonly scope?: string
  readonly roles?: readonly string[]
  readonly amr?: readonly string[]
  readonly [name: string]: unknown
}

export interface Accepted {
  readonly ok: true
  /** Frozen: the same object answers every further question about this token. */
  readonly claims: Claims
  readonly header: TokenHeader
  /** What the verifier's `note` made of the claims. */
  readonly note?: unknown
}

/** Genuine, for us, and too late: whoever ends a session may still read whose it was. Revocation was not asked. */
export interface Expired {
  readonly ok: false
  readonly reason: 'expired'
  readonly claims: Claims
  readonly header: TokenHeader
}

export interface Refused {
  readonly ok: false
  readonly reason: Exclude<Reason, 'expired'>
}

export type Verdict = Accepted | Expired | Refused

const refusals = new Map(reasons.map((reason) => [reason, Object.freeze({ ok: false, reason })]))

export function refuse(reason: Refused['reason']): Refused {
  return refusals.get(reason) as Refused
}

export function expired({ claims, header }: Pick<Accepted, 'claims' | 'header'>): Expired {
  return Object.freeze({ ok: false, reason: 'expired', claims, header })
}
