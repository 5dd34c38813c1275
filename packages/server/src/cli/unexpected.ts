// What becomes of the process when something fails that nobody waits for. A rejection has harmed nothing but the work
// it came from, so the server goes on. An exception has left some function half done, and who knows which: the process
// ends at once with 1, and whatever started it starts it anew. What was acknowledged is committed in both cases.
import type { Logger } from 'pino'

/** Puts either into the log, where nothing of an error but its kind, words and stack is kept; Node would print it all. */
export function watchUnexpected(log: Logger, flush: () => Promise<void>): void {
  process.on('unhandledRejection', (reason) => {
    log.error({ err: reason }, 'a rejection that nobody waited for')
  })
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'an exception that nobody caught: the process ends')
    void flush().finally(() => process.exit(1))
  })
}
