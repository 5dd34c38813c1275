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

interface Ran {
  readonly value: string | boolean
  readonly hashes: number
}

function run(job: Job, usual: Argon2Cost): Ran {
  if (job.hash !== undefined) return tried(job, job.hash)
  const { memory: memoryCost, passes: timeCost, parallelism } = job.cost ?? usual
  return { value: argon2.hashSync(job.password, { memoryCost, timeCost, parallelism }), hashes: 1 }
}

function tried(job: Job, hash: string): Ran {
  if (fits(job, hash)) return { value: true, hashes: 1 }
  const { others = [] } = job
  for (const other of others) fits(job, other)
  return { value: false, hashes: 1 + others.length }
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
    const ran = run(job, workerData as Argon2Cost)
    return { ...ran, took: performance.now() - start }
  } catch (error) {
    return { error: (error as Error).message, hashes: 1, took: performance.now() - start }
  }
}

yieldToTheServer()
parentPort?.on('message', (job: Job) => parentPort?.postMessage(answer(job)))
