// Guesses at a password, counted by their verdict: a right one writes nothing where no failure stands. What is counted is
// read before a guess is looked at and again before its verdict is told, and a wrong one is counted by `increment` under
// everything that counts it.
//
// Nobody is told more verdicts than a limit allows, over any number of processes: the increments of one window come to
// different numbers, and whose is past the limit is told that instead. Where failures stand, a right guess takes a number
// among them, and is refused past the limit, before it forgets them all. Where none stand it is the first of its process,
// so that as many such guesses as there are processes come before all others: no more than the limit, as long as there are
// no more processes than that.
//
// Guesses of one process stand in a line for each counter, in the order in which they came. Whoever has as many before them
// as the counter has room waits for one of those, so that no more are looked at than may get a verdict; they have nothing
// of the queue of the hashes. On one account they are told their verdicts in that order, so that several processes are in
// that moment with one guess each. Nobody waits for somebody behind them: in all of their lines they stand since the same turn.
//
// A success forgets, so it can remove a failure that was counted since its reading: they were at the same time. A window that
// ends in between starts the next one with the failure. What cannot be counted, because the store answers and does not
// write, is counted here until its window is over: a guess that nobody counts is a free one. All times are the store's.
import type { Store } from '../store/store.js'
import type { Clock } from '../util/clock.js'
import { counters } from './tables.js'
import { createLocalWindows, type LocalWindows, tooMany } from './windows.js'

/** A counter of a guess. */
export interface Counted {
  /** The key of its row. */
  readonly row: string
  readonly max: number
  /** Milliseconds. */
  readonly window: number
  /** Of the account alone: a success forgets it, and verdicts are told one after another. */
  readonly own: boolean
}

export interface Guesses {
  /** See `Throttle.guess`. */
  guess<V extends { readonly ok: boolean }>(by: readonly Counted[], look: () => Promise<V>): Promise<V>
  /** Forgets all failures of some rows. */
  forget(rows: readonly string[]): Promise<void>
}

/** So many guesses of a process wait for others at most: about as many as are hashed in the time that a hash may wait. */
const MOST_WAITING = 100

interface Place {
  /** Resolves when its guess has a verdict, or none will come. */
  readonly left: Promise<void>
  leave(): void
}

interface State {
  readonly store: Store
  readonly clock: Clock
  /** Guesses without a verdict, in the order in which they came. */
  readonly lines: Map<string, Set<Place>>
  waiting: number
  /** Failures that the store could not be told. */
  readonly untold: LocalWindows
}

export function createGuesses(store: Store, clock: Clock): Guesses {
  const state: State = { store, clock, lines: new Map(), waiting: 0, untold: createLocalWindows(clock) }
  return {
    guess: async (by, look) => {
      const place = enter(state, by)
      try {
        await admit(state, by, place)
        const verdict = await look()
        await turn(state, by, place)
        await settle(state, by, verdict.ok)
        return verdict
      } finally {
        leave(state, by, place)
      }
    },
    forget: (rows) => forget(state, rows),
  }
}

function enter({ lines }: State, by: readonly Counted[]): Place {
  let gone = () => {}
  const left = new Promise<void>((resolve) => {
    gone = resolve
  })
  const place: Place = { left, leave: () => gone() }
  for (const { row } of by) {
    const line = lines.get(row)
    if (line) line.add(place)
    else lines.set(row, new Set([place]))
  }
  return place
}

function leave({ lines }: State, by: readonly Counted[], place: Place): void {
  for (const { row } of by) {
    const line = lines.get(row)!
    line.delete(place)
    if (line.size === 0) lines.delete(row)
  }
  place.leave()
}

/** Resolves when there is room for the guess under everything that counts it. Throws `too_many_requests`. */
async function admit(state: State, by: readonly Counted[], place: Place): Promise<void> {
  const lines = by.map(({ row }) => state.lines.get(row)!)
  let waits = false
  try {
    for (;;) {
      // Counted before the reading: who leaves meanwhile may be in it, or not. Who has just come is the last.
      const before = lines.map((line) => (waits ? ahead(line, place).length : line.size - 1))
      const counts = await countsBelow(state, by)
      const room = by.map(({ max }, at) => max - counts[at]!)
      const full = room.findIndex((many, at) => before[at]! >= many)
      if (full === -1) return
      if (!waits && state.waiting >= MOST_WAITING) throw tooMany(0)
      if (!waits) state.waiting += 1
      waits = true
      await ahead(lines[full]!, place).at(-room[full]!)?.left
    }
  } finally {
    if (waits) state.waiting -= 1
  }
}

/**
 * Resolves when all guesses at the same account that came before have left. The last of them may leave before the others:
 * one that is refused, or that there was no room to look at, waits for nobody's verdict.
 */
async function turn({ lines }: State, by: readonly Counted[], place: Place): Promise<void> {
  for (const { row, own } of by) {
    const next = () => (own ? ahead(lines.get(row)!, place).at(-1) : undefined)
    for (let before = next(); before; before = next()) await before.left
  }
}

/** Who came before. Kept by nobody: in a flood there are many of many. */
function ahead(line: Set<Place>, place: Place): Place[] {
  const before: Place[] = []
  for (const one of line) {
    if (one === place) break
    before.push(one)
  }
  return before
}

/**
 * Counts a wrong guess, and a right one where failures stand, which it then forgets. Throws `too_many_requests` where no
 * verdict may be told.
 */
async function settle(state: State, by: readonly Counted[], right: boolean): Promise<void> {
  const counts = await countsBelow(state, by)
  if (!right) return count(state, by)
  if (!by.some(({ own }, at) => own && counts[at]! > 0)) return
  const own = by.filter((one) => one.own)
  await count(state, own)
  await forget(
    state,
    own.map(({ row }) => row),
  )
}

async function count(state: State, by: readonly Counted[]): Promise<void> {
  const { store, clock, untold } = state
  const now = clock.now()
  const add = ({ row, window }: Counted) =>
    store.increment(counters, { key: row, count: 0, expires_at: now + window }, 'count', 1)
  const told = await Promise.allSettled(by.map(add))
  const isPast = by.map(({ row, max, window }, at) => {
    const one = told[at]!
    if (one.status === 'fulfilled') return one.value > max
    // Only where it was not counted: what one row cannot be told shall count no other twice.
    untold.take(row, max, window)
    return false
  })
  const failed = told.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  if (!isPast.includes(true)) return
  await countsBelow(state, by)
  // Somebody's success has made room since.
  throw tooMany(0)
}

async function forget({ store, untold }: State, rows: readonly string[]): Promise<void> {
  for (const row of rows) untold.forget(row)
  await store.remove(counters, { key: { in: rows } })
}

/**
 * How many failures are counted, in the order of what counts them. Throws `too_many_requests` where a limit is reached, until
 * the last such window ends. Asked for in one turn, the rows are one question to PostgreSQL, whoever else asks for some.
 */
async function countsBelow({ store, clock, untold }: State, by: readonly Counted[]): Promise<number[]> {
  const rows = await Promise.all(by.map(({ row }) => store.get(counters, { key: row })))
  const counts: number[] = []
  let end = 0
  for (const [at, { row, max }] of by.entries()) {
    const [kept, here] = [rows[at], untold.standing(row)]
    const sum = (kept?.count ?? 0) + (here?.count ?? 0)
    if (sum >= max) end = Math.max(end, kept?.expires_at ?? 0, here?.ends ?? 0)
    counts.push(sum)
  }
  if (end > 0) throw tooMany(end - clock.now())
  return counts
}
