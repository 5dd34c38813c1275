// Starts the engine's threads and speaks with them: one answer for each message, in the order they were sent. A
// thread that dies fails what it was asked and is started again at the next message.
import { Worker } from 'node:worker_threads'
import { StoreUnavailable } from '../../store.js'

export interface Thread<Message, Answer> {
  /** Sends a message. Throws StoreUnavailable where the thread dies before it answers. */
  ask(message: Message): Promise<Answer>
  /** Ends the thread after everything it was asked. */
  stop(): Promise<void>
}

// Flags of the process (`--import`, `--input-type`) are for its own entry, not for these.
export const startWriter = (path: string) =>
  new Worker(new URL('./sqlite-writer.js', import.meta.url), { workerData: { path }, execArgv: [] })

export const startReader = (path: string, wait: number) =>
  new Worker(new URL('./sqlite-reader.js', import.meta.url), { workerData: { path, wait }, execArgv: [] })

interface Waiting<Answer> {
  resolve(answer: Answer): void
  reject(error: Error): void
}

/** `ended` is called when a thread has ended, before what it was asked fails: the next one knows nothing. */
export function createThread<Message, Answer>(
  start: () => Worker,
  ended: () => void = () => {},
): Thread<Message, Answer> {
  let worker: Worker | undefined
  let waiting: Waiting<Answer>[] = []
  const launch = () => {
    const fresh = start()
    let cause: Error | undefined
    fresh.on('message', (answer: Answer) => waiting.shift()?.resolve(answer))
    fresh.on('error', (error) => {
      cause = error
    })
    fresh.on('exit', () => {
      worker = undefined
      ended()
      const lost = waiting
      waiting = []
      for (const one of lost) one.reject(new StoreUnavailable('a thread of the store died', { cause }))
    })
    return fresh
  }
  return {
    ask: (message) =>
      new Promise((resolve, reject) => {
        worker ??= launch()
        waiting.push({ resolve, reject })
        worker.postMessage(message)
      }),
    stop: () =>
      new Promise((resolve) => {
        if (!worker) return resolve()
        worker.once('exit', () => resolve())
        worker.postMessage('close')
      }),
  }
}
