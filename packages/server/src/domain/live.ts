// What a contract with live checks asks about a user at every request: whether they are active, and a mark of address and
// roles. Kept for a few seconds, and dropped as soon as a change of the user is heard of, from this process or another.

import type { Store } from '../store/store.js'
import type { Clock } from '../util/clock.js'
import { sha256 } from '../util/hash.js'
import { keep } from '../util/keep.js'
import type { Changes } from './changes.js'
import { type UserRow, users } from './tables.js'

export interface LiveFacts {
  readonly active: boolean
  /** Undefined for a user that is gone. */
  readonly mark?: string
}

export interface Live {
  /** A user's facts, at most five seconds old; at once where they are known. */
  facts(userId: string): LiveFacts | Promise<LiveFacts>
}

/** Milliseconds. */
const KEPT = 5000
const MOST = 10_000

/** What address and roles come to, in 16 characters. */
export function markOf({ email, roles }: Pick<UserRow, 'email' | 'roles'>): string {
  const told = JSON.stringify([email, [...(roles as string[])].sort()])
  return sha256(told).subarray(0, 12).toString('base64url')
}

export function createLive(store: Store, clock: Clock, changes: Changes): Live {
  const kept = new Map<string, { facts: LiveFacts; at: number }>()
  let dropped = 0
  changes.hear((change) => {
    if (change.kind !== 'user_changed' && change.kind !== 'user_facts') return
    kept.delete(change.user)
    dropped += 1
  })
  const read = async (userId: string): Promise<LiveFacts> => {
    const [at, before] = [clock.now(), dropped]
    const user = await store.get(users, { id: userId })
    const facts = user ? { active: user.status === 'active', mark: markOf(user) } : { active: false }
    // What was read while a change came in may be from before it.
    if (dropped === before) keep(kept, userId, { facts, at }, MOST)
    return facts
  }
  return {
    facts: (userId) => {
      const known = kept.get(userId)
      const age = known === undefined ? KEPT : clock.now() - known.at
      return known !== undefined && age >= 0 && age < KEPT ? known.facts : read(userId)
    },
  }
}
