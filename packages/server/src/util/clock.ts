// Time is always handed in, so that tests move it and no code sleeps for it.

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

/** A clock that runs with the system's, shifted by what it was advanced. */
export function shiftedClock(): MovableClock {
  let shift = 0
  return {
    now: () => Date.now() + shift,
    advance: (milliseconds) => {
      shift += milliseconds
    },
  }
}
