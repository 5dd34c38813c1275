// The threads that hash, and the line before them. First come, first served; each thread runs one job and, where there
// is a line, has the next one at hand, so that it never waits for this thread; one that dies takes only the job it ran
// with it. Nothing here knows what a password or a hash means.
import { Worker } from 'node:worker_threads'
import type { Argon2Cost } from './phc.js'

/** With `hash`: verify against it, the answer is a boolean. Without: make a hash, the answer is its text. */
export interface Job {
  readonly password: string
  /** The password before it was prepared, where that is another text. */
  readonly typed?: string
  readonly hash?: string
  /** Hashes to be computed as well where it does not fit, for nothing but the work. */
  readonly others?: readonly string[]
  /** Of the hash that is made, where it is not the usual one. */
  readonly cost?: Argon2Cost
}

/** What a worker sends back: how long it took in milliseconds, and how many hashes that were. */
export type Reply = { took: number; hashes: number } & ({ value: string | boolean } | { error: string })

/** There is no thread and none could be started, for want of memory or file descriptors. */
export class NoThread extends Error {}

interface Pending {
  readonly job: Job
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

interface Thread {
  readonly worker: Worker
  /** The one that runs, and what it was given besides. */
  readonly jobs: Pending[]
}

/** Jobs that a thread is given at most: more would wait behind it while another thread has nothing to do. */
const AT_HAND = 2

export interface Pool {
  /** What became of it. Rejects where the worker died, with NoThread where there is none. */
  run(job: Job): Promise<Reply>
  /** Resolves when everything accepted has been answered and the threads are gone. */
  close(): Promise<void>
  threads(): number
  running(): number
  waiting(): number
}

interface State {
  readonly size: number
  readonly cost: Argon2Cost
  readonly threads: Set<Thread>
  readonly idle: Thread[]
  readonly queue: Pending[]
  /** No other thread could be started lately: those that run have to do. */
  short: boolean
  drained: (() => void) | undefined
}

/** A pool of at most `size` threads, each started when there is a job for it and none of the others is free. */
export function createPool(size: number, cost: Argon2Cost): Pool {
  const none = { threads: new Set<Thread>(), idle: [], queue: [], short: false, drained: undefined }
  const state: State = { size, cost, ...none }
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        state.queue.push({ job, resolve, reject })
        assign(state)
      }),
    close: async () => {
      if (running(state) > 0)
        await new Promise<void>((resolve) => {
          state.drained = resolve
        })
      await Promise.all([...state.threads].map(({ worker }) => worker.terminate()))
    },
    threads: () => state.threads.size,
    running: () => running(state),
    waiting: () => waiting(state),
  }
}

const running = ({ threads, idle }: State) => threads.size - idle.length

function waiting({ threads, queue }: State): number {
  let given = 0
  for (const { jobs } of threads) given += Math.max(0, jobs.length - 1)
  return queue.length + given
}

function assign(state: State): void {
  const { threads, idle, queue, size } = state
  while (queue.length > 0) {
    if (idle.length === 0 && threads.size >= (state.short ? 1 : size)) {
      giveAhead(state)
      return
    }
    const pending = queue.shift()!
    try {
      give(idle.pop() ?? start(state), pending)
    } catch (error) {
      pending.reject(new NoThread('no hashing thread could be started', { cause: error }))
    }
  }
  if (running(state) === 0) state.drained?.()
}

/** Every thread runs. Where the line is so long that none will lack work, the next jobs go to them already. */
function giveAhead({ threads, queue, size }: State): void {
  for (const thread of threads)
    if (queue.length >= size && thread.jobs.length < AT_HAND) give(thread, queue.shift()!)
}

function give(thread: Thread, pending: Pending): void {
  thread.jobs.push(pending)
  // A thread holds the process open only while somebody waits for its answer.
  thread.worker.ref()
  thread.worker.postMessage(pending.job)
}

function start(state: State): Thread {
  // Flags of the process, such as those of `node -e`, may be wrong for a thread.
  const options = { workerData: state.cost, execArgv: [] }
  const worker = new Worker(new URL('./password-hasher.js', import.meta.url), options)
  const thread: Thread = { worker, jobs: [] }
  let cause: unknown
  state.threads.add(thread)
  worker.on('message', (reply: Reply) => finish(state, thread, reply))
  worker.on('error', (error) => {
    cause = error
  })
  worker.on('exit', () => bury(state, thread, cause))
  return thread
}

function finish(state: State, thread: Thread, reply: Reply): void {
  const { resolve } = thread.jobs.shift()!
  state.short = false
  if (thread.jobs.length === 0) {
    thread.worker.unref()
    state.idle.push(thread)
  }
  assign(state)
  resolve(reply)
}

/** A successor is started only for a job that waits, so a thread that cannot start at all makes no endless loop. */
function bury(state: State, thread: Thread, cause: unknown): void {
  const { threads, idle, queue } = state
  threads.delete(thread)
  if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1)
  const [ran, ...others] = thread.jobs
  queue.unshift(...others)
  if (!hasStarted(cause) && threads.size > 0) {
    state.short = true
    if (ran) queue.unshift(ran)
  } else if (hasStarted(cause)) ran?.reject(new Error('a hashing thread died', { cause }))
  else ran?.reject(new NoThread('no hashing thread could be started', { cause }))
  assign(state)
}

const hasStarted = (cause: unknown): boolean =>
  (cause as NodeJS.ErrnoException | undefined)?.code !== 'ERR_WORKER_INIT_FAILED'
