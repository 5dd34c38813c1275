// How far another clock is from this machine's, measured by asking it.

/** In milliseconds. */
export interface Offset {
  /** How far the other clock is ahead. */
  readonly offset: number
  /** By how much that can be wrong. */
  readonly error: number
}

const tries = 5
/** Round trips above this say nothing. Milliseconds. */
const slow = 500
/** A try as quick as this is good enough. Milliseconds. */
const quick = 10

/**
 * Asks a few times and takes the quickest answer, half of whose way is counted. Undefined where no answer was quick
 * enough to be believed.
 */
export async function measureOffset(ask: () => Promise<number>): Promise<Offset | undefined> {
  let best: Offset | undefined
  for (let i = 0; i < tries && (!best || best.error > quick / 2); i++) {
    const [here, began] = [Date.now(), performance.now()]
    const there = await ask()
    const way = performance.now() - began
    const error = way / 2
    if (way <= slow && (!best || error < best.error)) best = { offset: there - (here + error), error }
  }
  return best
}
