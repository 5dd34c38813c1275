// What leaves the memory engine without being asked for: rows past their end, and the oldest of too many. Two hands go
// round the rows of a table, each going on where it stopped, so that a call costs what it is told to look at however much
// is kept. A Map holds its rows in the order in which they were last written, and a hand is an iterator of it, which lives
// through every change.
import type { Row } from '../matching.js'
import { alive, type Memory, put, type Space } from './memory-rows.js'

interface Hands {
  /** Where to look for rows past their end. */
  over: Iterator<[string, Row]>
  /** The oldest. Nothing is left behind it: what it points at goes. */
  oldest: Iterator<[string, Row]>
}

const handsOf = new WeakMap<Space, Hands>()

function hands(space: Space): Hands {
  const there = handsOf.get(space) ?? { over: space.rows.entries(), oldest: space.rows.entries() }
  handsOf.set(space, there)
  return there
}

/** The next row of a hand, which begins anew at the end. */
function next(space: Space, hand: keyof Hands): [string, Row] | undefined {
  const both = hands(space)
  const found = both[hand].next()
  if (!found.done) return found.value
  both[hand] = space.rows.entries()
  return undefined
}

/** Looks at so many rows and removes those past their end; answers how many. Stops where the rows end. */
export function sweepSpace(memory: Memory, space: Space, looks: number): number {
  let removed = 0
  for (let look = 0; look < looks; look++) {
    const found = next(space, 'over')
    if (found === undefined) break
    const [key, row] = found
    if (alive(memory, space.table, row)) continue
    put(memory, space, key, undefined)
    removed++
  }
  return removed
}

/** Looks at four rows for their end, and removes the oldest where there are more than `most`, four at a time. */
export function trimSpace(memory: Memory, space: Space, most: number): void {
  const few = 4
  sweepSpace(memory, space, few)
  for (let gone = 0; gone < few && space.rows.size > most; ) {
    const found = next(space, 'oldest')
    if (found === undefined) continue
    put(memory, space, found[0], undefined)
    gone++
  }
}
