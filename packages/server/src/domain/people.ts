// Who users are, as far as upstreams behind a gateway are told: kept for a minute, and dropped as soon as a change of the
// user is heard of, from this process or another. Roles and status are never older than that; a name may be.
import type { Store } from '../store/store.js'
import type { Clock } from '../util/clock.js'
import { keep } from '../util/keep.js'
import type { Changes } from './changes.js'
import { type UserRow, users } from './tables.js'

/** What an upstream may know; empty where it is not known. */
export interface Person {
  readonly id: string
  readonly email: string
  /** Whether the address is known to be theirs. */
  readonly isProven: boolean
  readonly name: string
  readonly username: string
  readonly roles: readonly string[]
}

/** A user as they were read. */
export interface Known {
  /** Undefined for one who is not active. */
  readonly person: Person | undefined
  /** When it was read, in milliseconds since 1970; before all time once it counts no more. */
  at: number
}

export interface People {
  /** A user, at once where they are known. */
  find(userId: string): Known | Promise<Known>
  /** The same, as the store has it now. */
  read(userId: string): Promise<Known>
  /** Whether what was read of a user still counts. */
  counts(known: Known): boolean
}

/** Milliseconds. */
const KEPT = 60_000
const NEVER = Number.NEGATIVE_INFINITY
const MOST = 10_000

export function createPeople(store: Store, clock: Clock, changes: Changes): People {
  const kept = new Map<string, Known>()
  let dropped = 0
  changes.hear((change) => {
    if (change.kind !== 'user_changed' && change.kind !== 'user_facts') return
    drop(kept, change.user)
    dropped += 1
  })
  const read = async (userId: string): Promise<Known> => {
    const [at, before] = [clock.now(), dropped]
    const person = personOf(await store.get(users, { id: userId }))
    // What was read while a change came in may be from before it.
    if (dropped !== before) return { person, at: NEVER }
    const known = { person, at }
    drop(kept, userId)
    const gone = keep(kept, userId, known, MOST)
    if (gone) gone.at = NEVER
    return known
  }
  const counts = ({ at }: Known) => {
    const age = clock.now() - at
    return age >= 0 && age < KEPT
  }
  return {
    read,
    counts,
    find: (userId) => {
      const known = kept.get(userId)
      return known !== undefined && counts(known) ? known : read(userId)
    },
  }
}

/** Whoever holds on to what was kept sees that it counts no more: it hears of no change from here on. */
function drop(kept: Map<string, Known>, userId: string): void {
  const known = kept.get(userId)
  if (known) known.at = NEVER
  kept.delete(userId)
}

const personOf = (user: UserRow | undefined): Person | undefined =>
  user?.status === 'active'
    ? {
        id: user.id,
        email: user.email ?? '',
        isProven: user.email !== null && user.email_verified,
        name: user.name ?? '',
        username: user.preferred_username ?? '',
        roles: user.roles as string[],
      }
    : undefined
