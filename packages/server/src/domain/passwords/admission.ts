// How many hashes may be pending at once: as many as can be served within the longest wait. Pure arithmetic over the
// durations that the workers measured; no clock is read here.

/** A hash at the default cost on one core of a small machine, in milliseconds: the guess before the first one ran. */
const usualDuration = 12
const usualWork = 19_456 * 2
/** Below this a run of cheap hashes would stretch the queue beyond use. Milliseconds. */
const shortest = 2
const weight = 0.1

interface Admission {
  /** Whether one more may join `pending` others (running and waiting). */
  admits(pending: number): boolean
  /** Takes in how long a hash ran, in milliseconds. */
  note(duration: number): void
  /** How long one hash takes on average, in milliseconds. */
  average(): number
  /** Whole seconds after which `pending` will have been served; at least 1. */
  retryAfter(pending: number): number
}

/**
 * @param work memory in KiB times passes, for the guess that stands until hashes were measured
 * @param maxWait milliseconds within which everything admitted has to be served
 */
export function createAdmission(workers: number, maxWait: number, work: number): Admission {
  const clamp = (duration: number) => Math.min(Math.max(duration, shortest), Math.max(maxWait, shortest))
  let average = clamp((usualDuration * work) / usualWork)
  return {
    // A free worker always gets a job: it does not wait.
    admits: (pending) => pending < Math.max(workers, Math.floor((maxWait * workers) / average)),
    note: (duration) => {
      average += weight * (clamp(duration) - average)
    },
    average: () => average,
    retryAfter: (pending) => Math.max(1, Math.ceil((pending * average) / workers / 1000)),
  }
}
