// Time is always handed in, so that tests move it and no code sleeps for it.
import type { Offset } from './offset.js'

/** A source of wall-clock time in milliseconds since 1970-01-01 UTC. */
export interface Clock {
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** A clock that tests (and `testing.clock`) move by hand. It runs along with the real one from where it was put. */
export interface MovableClock extends Clock {
  /** Moves the clock; negative goes back. Milliseconds. */
  advance(milliseconds: number): void
}

/** A clock that stands still until it is advanced. */
export function stoppedClock(start = Date.UTC(2030, 0, 1)): MovableClock {
  let now = start
  return {
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds
    },
  }
}

/** A clock that runs with another one, shifted by what it was advanced. */
export function shiftedClock(base: Clock = systemClock): MovableClock {
  let shift = 0
  return {
    now: () => base.now() + shift,
    advance: (milliseconds) => {
      shift += milliseconds
    },
  }
}

/** A clock that runs with the system's and is set by a better one. */
export interface CorrectedClock extends Clock {
  /** Takes in what was measured; less than the measurement's own error changes nothing. */
  correct(measured: Offset): void
}

/** Milliseconds that are not worth a correction. */
const TRIFLE = 5

/** Milliseconds back that are made up for by running slower: for what is further, such as a machine's clock that was put an hour forward, that would take hours of wrong time. */
const FAR = 10_000

/**
 * The first correction counts at once, and so does every one forward. A later one that goes back does not jump: until it
 * is made up for, the clock runs at half its speed, so that what happens later keeps the later time. One that goes back
 * far counts at once too.
 */
export function correctedClock(base: Clock = systemClock): CorrectedClock {
  let set: { from: number; to: number; at: number } | undefined
  const offset = () => {
    if (!set) return 0
    const back = Math.max(0, base.now() - set.at) / 2
    return Math.max(set.to, set.from - back)
  }
  return {
    now: () => Math.round(base.now() + offset()),
    correct: ({ offset: to, error }) => {
      const now = offset()
      const from = set && now - to <= FAR ? now : to
      if (Math.abs(to - (set?.to ?? 0)) > Math.max(error, TRIFLE)) set = { from, to, at: base.now() }
      else set ??= { from: 0, to: 0, at: base.now() }
    },
  }
}
