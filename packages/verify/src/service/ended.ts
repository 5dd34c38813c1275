// What has ended before its tokens ran out, as the feed tells it. Entries only ever add up: hearing one twice, late or in
// another order refuses nothing less.
import type { Claims } from '../verdict.js'

export interface Ended {
  session(sid: string): void
  /** Sessions of a user that began at `before` (milliseconds) or earlier, but for one. */
  user(sub: string, before: number, except: string | undefined): void
  has(claims: Claims): boolean
  /** Forgets what no living token can be affected by. */
  forget(): void
  readonly size: number
}

interface Ending {
  readonly before: number
  readonly except: string | undefined
  readonly until: number
}

/** @param kept milliseconds for which an entry counts: longer than any token lives */
export function createEnded(kept: number, now: () => number): Ended {
  const sessions = new Map<string, number>()
  const users = new Map<string, Ending>()
  return {
    session: (sid) => void sessions.set(sid, now() + kept),
    user: (sub, before, except) => {
      const known = users.get(sub)
      const until = now() + kept
      if (known === undefined || before > known.before) users.set(sub, { before, except, until })
      // Two at one moment that each except another session except neither.
      else if (before === known.before && except !== known.except)
        users.set(sub, { before, except: undefined, until })
    },
    has: ({ sid, sub }) => {
      if (sid !== undefined && sessions.has(sid)) return true
      const ending = sub === undefined ? undefined : users.get(sub)
      if (ending === undefined || (sid !== undefined && sid === ending.except)) return false
      return beginningOf(sid) <= ending.before
    },
    forget: () => {
      const at = now()
      for (const [sid, until] of sessions) if (until < at) sessions.delete(sid)
      for (const [sub, { until }] of users) if (until < at) users.delete(sub)
    },
    get size() {
      return sessions.size + users.size
    },
  }
}

const uuidv7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** When a session began, by its id (RFC 9562 section 5.7); one that does not say was always there. */
function beginningOf(sid: string | undefined): number {
  return sid !== undefined && uuidv7.test(sid)
    ? Number.parseInt(sid.slice(0, 8) + sid.slice(9, 13), 16)
    : Number.NEGATIVE_INFINITY
}
