// Where a server's log goes: JSON lines for machines in production, readable lines in development. Both to stdout.
import { type DestinationStream, destination, type Logger, pino } from 'pino'
import { logOptions } from '../observability/log.js'
import { eventLine, type Style } from './lines.js'

/**
 * JSON lines, gathered for at most a quarter of a second so that logging never waits for the pipe; `flush` writes what
 * is left and is called before the process ends.
 */
export function jsonLog(level: string): { log: Logger; flush(): void } {
  const stream = destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 250 })
  // A reader that went away (EPIPE) is no reason to stop serving.
  stream.on('error', () => {})
  return { log: pino(logOptions(level), stream), flush: () => stream.flushSync() }
}

/** One readable line for each entry. */
export function readableLog(level: string, style: Style, write: (line: string) => void): Logger {
  const stream: DestinationStream = { write: (entry) => write(eventLine(JSON.parse(entry), style)) }
  return pino(logOptions(level), stream)
}
