// The common half of the engine's threads: one message after another, an answer to each, and a clean end.
import { parentPort } from 'node:worker_threads'

/** Answers messages in their order until `'close'` comes, then runs `close` and lets the thread end. */
export function serve<Message, Answer>(
  answer: (message: Message) => Promise<Answer>,
  close: () => void,
): void {
  const port = parentPort!
  let last: Promise<void> = Promise.resolve()
  port.on('message', (message: Message | 'close') => {
    last = last.then(async () => {
      if (message !== 'close') return port.postMessage(await answer(message))
      close()
      port.close()
    })
  })
}
