// The worker thread that hashes: one job at a time, synchronously, below everybody else's priority. It is an entry of
// its own in the bundle, started by pool.ts. It decides nothing: what arrives here has been judged safe to run.
import { createRequire } from 'node:module'
import { getPriority, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { fitsForeign } from './foreign-work.js'
import { type Argon2Cost, readStoredHash } from './phc.js'
import type { Job, Reply } from './pool.js'

// Its package is CommonJS, and to import that would cost every thread a lexer: 30 ms of work before its first hash.
const argon2: typeof import('@node-rs/argon2') = createRequire(import.meta.url)('@node-rs/argon2')

const lowPriority = 15

/** On Linux priority belongs to the thread; elsewhere it would be the whole process's, which must stay as it is. */
function yieldToTheServer(): void {
  if (process.platform !== 'linux') return
  try {
    if (getPriority(0) < lowPriority) setPriority(0, lowPriority)
  } catch {
    // A sandbox may forbid the call. Hashing is then merely less polite.
  }
}

function run(job: Job, usual: Argon2Cost): string | boolean {
  if (job.hash !== undefined) return fits(job, job.hash)
  const { memory: memoryCost, passes: timeCost, parallelism } = job.cost ?? usual
  return argon2.hashSync(job.password, { memoryCost, timeCost, parallelism })
}

function fits({ password, typed = password }: Job, hash: string): boolean {
  const read = readStoredHash(hash)
  if (!read.usable) return false
  if (read.way.kind === 'argon2') return argon2.verifySync(read.way.phc, password)
  const { recipe } = read.way
  // Others hashed what was typed, without making one spelling of it.
  return fitsForeign(recipe, password) || (typed !== password && fitsForeign(recipe, typed))
}

function answer(job: Job): Reply {
  const start = performance.now()
  try {
    const value = run(job, workerData as Argon2Cost)
    return { value, took: performance.now() - start }
  } catch (error) {
    return { error: (error as Error).message, took: performance.now() - start }
  }
}

yieldToTheServer()
parentPort?.on('message', (job: Job) => parentPort?.postMessage(answer(job)))
