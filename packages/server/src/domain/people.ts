// Who users are, as far as upstreams behind a gateway are told: kept for a minute, and dropped as soon as a change of the
// user is heard of, from this process or another. Roles and status are never older than that; a name may be.
import type { Store } from '../store/store.js'
import type { Clock } from '../util/clock.js'
import type { Changes } from './changes.js'
import { users } from './tables.js'

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

export interface People {
  /** A user who is active, at once where they are known; undefined for one who is not. */
  find(userId: string): Person | undefined | Promise<Person | undefined>
  /** The same, as the store has it now. */
  read(userId: string): Promise<Person | undefined>
}

/** Milliseconds. */
const KEPT = 60_000
const MOST = 10_000

export function createPeople(store: Store, clock: Clock, changes: Changes): People {
  const kept = new Map<string, { person: Person | undefined; at: number }>()
  let dropped = 0
  changes.hear((change) => {
    if (change.kind !== 'user_changed' && change.kind !== 'user_facts') return
    kept.delete(change.user)
    dropped += 1
  })
  const read = async (userId: string): Promise<Person | undefined> => {
    const [at, before] = [clock.now(), dropped]
    const user = await store.get(users, { id: userId })
    const person =
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
    // What was read while a change came in may be from before it.
    if (dropped === before) keep(kept, userId, { person, at })
    return person
  }
  return {
    read,
    find: (userId) => {
      const known = kept.get(userId)
      const age = known === undefined ? KEPT : clock.now() - known.at
      return known !== undefined && age >= 0 && age < KEPT ? known.person : read(userId)
    },
  }
}

/** The oldest makes room. */
export function keep<T>(kept: Map<string, T>, key: string, value: T): void {
  const oldest = kept.size >= MOST ? kept.keys().next().value : undefined
  if (oldest !== undefined) kept.delete(oldest)
  kept.set(key, value)
}
