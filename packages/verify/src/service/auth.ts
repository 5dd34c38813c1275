// Whose token it was.
import type { Claims } from '../verdict.js'

export interface AuthContext {
  readonly userId: string
  /** Absent in tokens of no session. */
  readonly sessionId: string | undefined
  readonly scopes: ReadonlySet<string>
  readonly roles: ReadonlySet<string>
  /** How they proved who they are (RFC 8176). */
  readonly amr: readonly string[]
  /** When they did, milliseconds since 1970; 0 where the token does not say. */
  readonly authTime: number
  /** Frozen. */
  readonly claims: Claims
  /** The token itself, to be passed on; never log it. */
  readonly token: string
}

/** A new one for every request, so that nothing which is done to it outlives the request. */
export function authContext(claims: Claims, token: string): AuthContext {
  return {
    userId: claims.sub ?? '',
    sessionId: claims.sid,
    scopes: new Set(claims.scope?.split(' ').filter(Boolean)),
    roles: new Set(claims.roles),
    amr: claims.amr ?? [],
    authTime: (claims.auth_time ?? 0) * 1000,
    claims,
    token,
  }
}
