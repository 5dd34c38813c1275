// How many rows a sweep removes at once: as many as were done in a short while last time, since whoever writes meanwhile
// waits for all of them. Time is measured by who removes them, not here.

const LEAST = 50
export const MOST = 500

/** How long a batch may take, in milliseconds. */
const GOAL = 10

/** The size of the batch after one of `size` rows that took so many milliseconds; it grows slower than it shrinks. */
export function nextSize(size: number, took: number): number {
  const factor = took > 0 ? Math.min(2, GOAL / took) : 2
  return Math.max(LEAST, Math.min(MOST, Math.round(size * factor)))
}
