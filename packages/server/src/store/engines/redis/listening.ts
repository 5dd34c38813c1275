// How long Redis has been silent, as this process can tell: what it may blame Redis for is time in which it listened itself.
// It measures that by how late its own timer is. One that was busy for long, or that a full machine did not let run, has not
// read what came meanwhile, so of such a time a single beat counts, and nobody is given up before the next chance to read.
// That others were answered meanwhile excuses nothing: who waits behind them waits no less.

/** How often the timer of a listener is to call `beat`. Milliseconds. */
export const BEAT = 10

/** Later than this, a beat is late, in milliseconds since the one before. */
const LATE = 2 * BEAT

/** What a process that is late all the time waits in time that it listened: so many times the limit, not for ever. */
const AT_MOST = 2

export interface Listening {
  /** Starts to measure, after a time in which nobody waited. */
  start(): void
  /** So long this process has listened, in milliseconds: what a call that begins now began at. */
  listened(): number
  /** To be called by the timer. */
  beat(): void
  /** Whether a call that began at `since` has had no answer for longer than the limit, as of the last beat. */
  isOver(since: number): boolean
}

/** A listener that waits for so many milliseconds; `now` is a clock that never goes back. */
export function createListening(limit: number, now: () => number): Listening {
  let counted = 0
  let last = now()
  let late = false
  return {
    start: () => {
      last = now()
      late = false
    },
    listened: () => counted + Math.min(now() - last, BEAT),
    beat: () => {
      const passed = now() - last
      last += passed
      late = passed > LATE
      counted += late ? BEAT : passed
    },
    isOver: (since) => counted - since >= limit * (late ? AT_MOST : 1),
  }
}
