// The worker thread that hashes: one job at a time, synchronously, below everybody else's priority. It is an entry of
// its own in the bundle, started by pool.ts. It decides nothing: what arrives here has been judged safe to run.
import { createRequire } from 'node:module'
import { getPriority, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { Argon2Cost } from './phc.js'
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

function run(job: Job, cost: Argon2Cost): string | boolean {
  if (job.hash !== undefined) return argon2.verifySync(job.hash, job.password)
  const { memory: memoryCost, passes: timeCost, parallelism } = cost
  return argon2.hashSync(job.password, { memoryCost, timeCost, parallelism })
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
