// Whether the store works, as a balancer asks: often, and it wants to know soon. A statement may wait for many seconds on a
// network that swallows everything; this question may not, and however many ask it is one statement.
import { StoreUnavailable } from '../store/store.js'

/** How long the store has to answer. Whoever counts it notices up to an eighth later: it is 2 s at most. Milliseconds. */
const LIMIT = 1750

/** Calls back after so many milliseconds of a running process. Answers what calls it off. */
type After = (patience: number, act: () => void) => () => void

/**
 * Answers a function that resolves where `ping` does, and throws what it throws, or StoreUnavailable where it takes too long.
 * Whoever asks while one is under way shares it; one that took too long is left to itself, and the next to ask begins anew.
 */
export function createReadiness(ping: () => Promise<void>, after: After): () => Promise<void> {
  let asking: Promise<void> | undefined
  const ask = async () => {
    let callOff = () => {}
    const late = new Promise<never>((_, reject) => {
      callOff = after(LIMIT, () => reject(new StoreUnavailable('it was silent for too long')))
    })
    try {
      await Promise.race([ping(), late])
    } finally {
      callOff()
      asking = undefined
    }
  }
  return () => {
    asking ??= ask()
    return asking
  }
}
