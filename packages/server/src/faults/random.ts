// Random choices that a seed repeats, so that a failure can be told: FAULTS_SEED=<number> takes the seed of a failed
// run. The order in which the system serves several clients stays its own.

export interface Random {
  readonly seed: number
  /** At least 0, less than 1. */
  next(): number
  /** A whole number of at least 0 and less than `end`. */
  below(end: number): number
}

/** Numbers from the seed of the environment, else from a new one that is printed. Mulberry32. */
export function createRandom(what: string): Random {
  const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 2 ** 32))
  process.stdout.write(`${what}: FAULTS_SEED=${seed}\n`)
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { seed, next, below: (end) => Math.floor(next() * end) }
}
