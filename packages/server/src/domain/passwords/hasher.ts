// Password hashes: made and verified with argon2id by threads of our own, so that the event loop never waits for one.
// Here: what is refused before it costs anything (a full queue, a stored hash over the caps) and the equal work for
// accounts without a hash. The threads are in pool.ts and password-hasher.ts, the form of a stored hash in phc.ts,
// whether a password is good enough in policy.ts. Nothing here knows users or HTTP.
import { availableParallelism } from 'node:os'
import { createAdmission } from './admission.js'
import { createEqualWork } from './equal-work.js'
import { type Argon2Cost, costInPlaceOf, type HashRefusal, readStoredHash, unmatchableHash } from './phc.js'
import type { PreparedPassword } from './policy.js'
import { createPool, type Job, NoThread, type Pool } from './pool.js'

/** Too many hashes are pending, or no thread is to be had; nothing was done. Becomes the code `overloaded`. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded'
  /** Whole seconds after which to try again. */
  readonly retryAfter: number

  constructor(retryAfter: number, options?: ErrorOptions) {
    super(`more password hashes are pending than can be served; retry after ${retryAfter} s`, options)
    this.retryAfter = retryAfter
  }
}

export interface HasherOptions {
  argon2: Argon2Cost
  /** Threads at most; the default is one for each core, and one fewer where threads cannot be given a low priority. */
  workers?: number
  /** Threads for this cost, closed with the hasher; otherwise it starts its own. */
  pool?: Pool
  /** Milliseconds within which everything accepted has to be served; 2,000 by default. */
  maxWait?: number
}

interface Verdict {
  readonly ok: boolean
  /** The password is right and its hash is weaker than one made now: store a new one. */
  readonly rehash: boolean
  /** The stored hash was not tried; worth a line in the log. */
  readonly refused?: HashRefusal
}

interface HasherStats {
  readonly threads: number
  readonly running: number
  readonly waiting: number
  /** Hashes computed since the start, made and verified alike. */
  readonly done: number
  /** Calls turned away with `Overloaded`. */
  readonly turnedAway: number
  /** Moving average of one hash, in milliseconds. */
  readonly average: number
}

export interface Hasher {
  /**
   * An argon2id PHC string, at a cost no lower than that of the hash it is made in the place of. Throws `Overloaded`, or
   * an Error where the thread failed.
   */
  hash(password: PreparedPassword, inPlaceOf?: string): Promise<string>
  /**
   * Whether the password fits. Where it does not, or there is no stored hash, or one that must not be tried, the answer
   * comes after the same work for everybody: a hash of every kind that was met. `typed` is the password before it was
   * prepared: hashes that others made may be of that. Throws as `hash` does.
   */
  verify(password: PreparedPassword, stored: string | undefined, typed?: string): Promise<Verdict>
  /** Lets what was accepted finish and ends the threads; calls after it are rejected. */
  close(): Promise<void>
  stats(): HasherStats
}

/** No thread is started before the first call. */
export function createHasher(options: HasherOptions): Hasher {
  const { argon2, workers = usualWorkers(), maxWait = 2000 } = options
  const admission = createAdmission(workers, maxWait, argon2.memory * argon2.passes)
  const standIn = unmatchableHash(argon2)
  let closing: Promise<void> | undefined
  let done = 0
  let turnedAway = 0
  const workFor = createEqualWork(standIn)
  const pool = options.pool ?? createPool(workers, argon2)
  async function run(job: Job): Promise<string | boolean> {
    if (closing) throw new Error('the password hasher is closed')
    const pending = pool.running() + pool.waiting()
    turnedAway += admission.admits(pending) ? 0 : 1
    if (!admission.admits(pending)) throw new Overloaded(admission.retryAfter(pending))
    const reply = await pool.run(job).catch(asOverloaded)
    done += reply.hashes
    admission.note(reply.took)
    if ('error' in reply) throw new Error(`hashing failed: ${reply.error}`)
    return reply.value
  }

  return {
    hash: async (password, inPlaceOf) => {
      const cost = inPlaceOf === undefined ? undefined : costInPlaceOf(inPlaceOf, argon2)
      return (await run({ password, ...(cost && { cost }) })) as string
    },
    verify: async (password, stored, typed = password) => {
      const read = stored === undefined ? undefined : readStoredHash(stored)
      const fits = await run({ password, typed, ...workFor(stored) })
      if (!read?.usable) return { ok: false, rehash: false, refused: read?.refused }
      return { ok: fits === true, rehash: fits === true && read.weaker(argon2) }
    },
    close: () => {
      closing ??= pool.close()
      return closing
    },
    stats: () => ({ ...poolStats(pool), done, turnedAway, average: admission.average() }),
  }
}

function asOverloaded(error: unknown): never {
  throw error instanceof NoThread ? new Overloaded(1, { cause: error }) : error
}

function poolStats(pool: Pool) {
  return { threads: pool.threads(), running: pool.running(), waiting: pool.waiting() }
}

function usualWorkers(): number {
  const cores = availableParallelism()
  return process.platform === 'linux' ? cores : Math.max(1, cores - 1)
}
