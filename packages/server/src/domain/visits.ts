// Who stands before the gate. Whoever comes again with the same token or cookie is known by what was remembered at the
// last visit: each look-up less is memory that need not be fetched, which costs more here than the looking. What is
// remembered is never asked whether somebody may pass: gate.ts asks at every visit what has ended and what has changed.
import type { Claims } from '@sallyport/verify'
import type { Known, Person } from './people.js'

/** Whoever presents something good. */
export interface Bearer {
  readonly userId: string
  readonly sessionId: string
  /** Milliseconds since 1970. */
  readonly authTime: number
  readonly amr: readonly string[]
  /** As people.ts knew them at the last visit; what it does not know any more is read anew. */
  known: Known | undefined
  /** The last visit that was let in. */
  visit: Admitted | undefined
}

export interface Admitted {
  readonly person: Person
  /** Empty for a token of an earlier backend. */
  readonly sessionId: string
  /** When and how they signed in: milliseconds since 1970, and RFC 8176's words. */
  readonly authTime: number
  readonly amr: readonly string[]
  /** For whoever tells of it: the lines in which it was told last, and by which names of headers. */
  told: readonly string[] | undefined
  toldBy: string
}

/** A bearer of whom nothing is remembered yet. */
export const newBearer = (
  userId: string,
  sessionId: string,
  authTime: number,
  amr: readonly string[] = [],
): Bearer => ({ userId, sessionId, authTime, amr, known: undefined, visit: undefined })

/** The bearer of an access token of the server's own. */
export const bearerOfClaims = ({ sub = '', sid = '', auth_time = 0, amr }: Claims): Bearer =>
  newBearer(sub, sid, auth_time * 1000, amr)

/** Somebody who is let in; the same as at the bearer's last visit, while nothing about them has changed. */
export function visitOf(bearer: Bearer, person: Person, sessionId: string): Admitted {
  const { visit, authTime, amr } = bearer
  if (visit?.person === person) return visit
  bearer.visit = { person, sessionId, authTime, amr, told: undefined, toldBy: '' }
  return bearer.visit
}
