// Claims: their JSON types first, then what a verifier expects of them. Nothing is coerced, nothing is guessed.
import type { JsonObject } from './spelling.js'
import type { Claims, Reason, Refused, TokenHeader } from './verdict.js'

/** What a token must say to be accepted. Times are milliseconds. */
export interface Expectations {
  readonly issuer: string | null
  readonly audience: readonly string[] | null
  readonly types: readonly (string | null)[]
  readonly required: readonly string[]
  readonly also: (claims: Claims) => Refused['reason'] | undefined
  readonly note: ((claims: Claims) => unknown) | undefined
  readonly expiryLeeway: number
  readonly startLeeway: number
  readonly maxLifetime: number
}

/** Whether every registered claim has its JSON type (RFC 7519 section 4.1, RFC 9068 section 2.2) and none is missing. */
export function areClaims(payload: JsonObject, required: readonly string[]): payload is Claims {
  const { exp, iss, sub, aud, iat, nbf, auth_time, jti, sid, client_id, scope, roles, amr } = payload
  if (typeof exp !== 'number' || !Number.isFinite(exp)) return false
  for (const name of required) if (!Object.hasOwn(payload, name) || payload[name] === null) return false
  return (
    isText(iss) &&
    isText(sub) &&
    (typeof aud === 'string' || isTextList(aud)) &&
    isTime(iat) &&
    isTime(nbf) &&
    isTime(auth_time) &&
    isText(jti) &&
    isText(sid) &&
    isText(client_id) &&
    isText(scope) &&
    isTextList(roles) &&
    isTextList(amr)
  )
}

const isText = (value: unknown) => value === undefined || typeof value === 'string'
const isTime = (value: unknown) => value === undefined || Number.isFinite(value)

function isTextList(value: unknown): boolean {
  if (value === undefined) return true
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** The first reason to refuse rightly signed claims at `now` (milliseconds), or undefined. */
export function claimsProblem(
  claims: Claims,
  header: TokenHeader,
  expected: Expectations,
  now: number,
): Reason | undefined {
  if (!expected.types.includes(header.typ)) return 'type'
  if (expected.issuer !== null && claims.iss !== expected.issuer) return 'issuer'
  if (expected.audience !== null && !isMeant(claims.aud, expected.audience)) return 'audience'
  return timeProblem(claims, expected, now)
}

function isMeant(aud: Claims['aud'], audience: readonly string[]): boolean {
  if (aud === undefined) return false
  return typeof aud === 'string' ? audience.includes(aud) : aud.some((one) => audience.includes(one))
}

function timeProblem({ exp, nbf, iat }: Claims, expected: Expectations, now: number): Reason | undefined {
  if (now >= expiry(exp, expected)) return 'expired'
  if (nbf !== undefined && nbf * 1000 > now + expected.startLeeway) return 'not_yet'
  if (iat !== undefined && iat * 1000 > now + expected.startLeeway) return 'issued_in_future'
  const start = iat === undefined ? now : iat * 1000
  return exp * 1000 - start > expected.maxLifetime ? 'lifetime' : undefined
}

/** The millisecond from which a token is refused: `exp` itself already is too late (RFC 7519 section 4.1.4). */
export function expiry(exp: number, expected: Expectations): number {
  return exp * 1000 + expected.expiryLeeway
}
