// The threads that hash, and the line before them. First come, first served; each thread runs one job; a thread that
// dies takes only its own job with it. Nothing here knows what a password or a hash means.
import { Worker } from 'node:worker_threads'
import type { Argon2Cost } from './phc.js'

/** With `hash`: verify against it, the answer is a boolean. Without: make a hash, the answer is its text. */
export interface Job {
  readonly password: string
  readonly hash?: string
}

/** What a worker sends back; `took` is in milliseconds. */
export type Reply = { took: number } & ({ value: string | boolean } | { error: string })

interface Pending {
  readonly job: Job
  readonly resolve: (value: string | boolean) => void
  readonly reject: (error: Error) => void
}

interface Thread {
  readonly worker: Worker
  pending: Pending | undefined
}

interface Pool {
  /** Rejects where the worker failed or died. */
  run(job: Job): Promise<string | boolean>
  /** Resolves when everything accepted has been answered and the threads are gone. */
  close(): Promise<void>
  threads(): number
  running(): number
  waiting(): number
}

/** A pool of at most `size` threads, each started when there is a job for it and none of the others is free. */
export function createPool(size: number, cost: Argon2Cost, note: (duration: number) => void): Pool {
  const threads = new Set<Thread>()
  const idle: Thread[] = []
  const queue: Pending[] = []
  let drained: (() => void) | undefined

  const running = () => threads.size - idle.length

  function assign(): void {
    while (queue.length > 0) {
      if (idle.length === 0 && threads.size === size) return
      const pending = queue.shift()!
      try {
        give(idle.pop() ?? start(), pending)
      } catch (error) {
        pending.reject(new Error('no hashing thread could be started', { cause: error }))
      }
    }
    if (running() === 0) drained?.()
  }

  function give(thread: Thread, pending: Pending): void {
    thread.pending = pending
    // A thread holds the process open only while somebody waits for its answer.
    thread.worker.ref()
    thread.worker.postMessage(pending.job)
  }

  function start(): Thread {
    // Flags of the process, such as those of `node -e`, may be wrong for a thread.
    const options = { workerData: cost, execArgv: [] }
    const worker = new Worker(new URL('./password-hasher.js', import.meta.url), options)
    const thread: Thread = { worker, pending: undefined }
    let cause: unknown
    threads.add(thread)
    worker.on('message', (reply: Reply) => finish(thread, reply))
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', () => bury(thread, cause))
    return thread
  }

  function finish(thread: Thread, reply: Reply): void {
    const { resolve, reject } = thread.pending!
    thread.pending = undefined
    thread.worker.unref()
    idle.push(thread)
    note(reply.took)
    assign()
    if ('value' in reply) resolve(reply.value)
    else reject(new Error(`hashing failed: ${reply.error}`))
  }

  /** A successor is started only for a job that waits, so a thread that cannot start at all makes no endless loop. */
  function bury(thread: Thread, cause: unknown): void {
    threads.delete(thread)
    if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1)
    thread.pending?.reject(new Error('a hashing thread died', { cause }))
    assign()
  }

  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        queue.push({ job, resolve, reject })
        assign()
      }),
    close: async () => {
      if (running() > 0)
        await new Promise<void>((resolve) => {
          drained = resolve
        })
      await Promise.all([...threads].map(({ worker }) => worker.terminate()))
    },
    threads: () => threads.size,
    running,
    waiting: () => queue.length,
  }
}
