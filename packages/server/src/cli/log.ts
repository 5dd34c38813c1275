// Where a server's log goes: JSON lines for machines in production, readable lines in development. Both to stdout.
import { type DestinationStream, type Logger, pino } from 'pino'
import { logOptions } from '../observability/log.js'
import { eventLine, type Style } from './lines.js'
import { createOutlet, passTo } from './outlet.js'

/**
 * JSON lines, gathered for at most a quarter of a second so that logging never waits for the pipe; `flush` writes what
 * is left, for a second at most, and is called before the process ends.
 */
export function jsonLog(level: string): { log: Logger; flush(): Promise<void> } {
  const { write, flush } = createOutlet(passTo(1), (lines) => log.warn({ lines }, 'log lines were lost'))
  const log = pino(logOptions(level), { write })
  return { log, flush }
}

/** One readable line for each entry. */
export function readableLog(level: string, style: Style, write: (line: string) => void): Logger {
  const stream: DestinationStream = { write: (entry) => write(eventLine(JSON.parse(entry), style)) }
  return pino(logOptions(level), stream)
}
