// How much there is just now. Counting may look at every row, so it is done where no request waits for it, no further
// than a million, and seldom: whoever asks within ten seconds gets the same figures.
import type { Context } from '../../domain/context.js'
import { sessions, users } from '../../domain/tables.js'
import type { Store } from '../../store/store.js'

interface Totals {
  readonly users: number
  readonly sessions: number
}

const FURTHEST = 1_000_001
const FRESH = 10_000
const remembered = new WeakMap<Store, { at: number; totals: Promise<Totals> }>()

/** Accounts that are not deleted, and sessions whose time is not over; 1,000,001 where there are more than a million. */
export function countTotals({ store, clock }: Context): Promise<Totals> {
  const now = clock.now()
  const known = remembered.get(store)
  if (known && Math.abs(now - known.at) < FRESH) return known.totals
  const totals = count(store, now)
  remembered.set(store, { at: now, totals })
  totals.catch(() => remembered.delete(store))
  return totals
}

async function count(store: Store, now: number): Promise<Totals> {
  const standing = { status: { in: ['active', 'disabled'] } }
  const lasting = { idle_ends_at: { gt: now }, ends_at: { gt: now } }
  return {
    users: await store.count(users, standing, FURTHEST),
    sessions: await store.count(sessions, lasting, FURTHEST),
  }
}
