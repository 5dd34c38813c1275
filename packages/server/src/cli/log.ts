// Where a server's log goes: JSON lines for machines in production, readable lines in development. Both to stdout.
import { type DestinationStream, destination, type Logger, pino } from 'pino'
import { logOptions } from '../observability/log.js'
import { eventLine, type Style } from './lines.js'

/** Characters that are written as soon as they are there; fewer wait, in milliseconds. */
const largePiece = 32_768
const longestWait = 250

/** Passes texts on in large pieces. A line costs an addition here, and half a microsecond more in any stream. */
export function gather(pass: (text: string) => void): { write(text: string): void; flush(): void } {
  let kept = ''
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const text = kept
    kept = ''
    if (text !== '') pass(text)
  }
  const write = (text: string) => {
    kept += text
    if (kept.length >= largePiece) flush()
    else timer ??= setTimeout(flush, longestWait).unref()
  }
  return { write, flush }
}

/**
 * JSON lines, gathered for at most a quarter of a second so that logging never waits for the pipe; `flush` writes what
 * is left and is called before the process ends.
 */
export function jsonLog(level: string): { log: Logger; flush(): void } {
  const stream = destination({ dest: 1, sync: false })
  // A reader that went away (EPIPE) is no reason to stop serving.
  stream.on('error', () => {})
  const { write, flush } = gather((text) => stream.write(text))
  const flushAll = () => {
    flush()
    stream.flushSync()
  }
  return { log: pino(logOptions(level), { write }), flush: flushAll }
}

/** One readable line for each entry. */
export function readableLog(level: string, style: Style, write: (line: string) => void): Logger {
  const stream: DestinationStream = { write: (entry) => write(eventLine(JSON.parse(entry), style)) }
  return pino(logOptions(level), stream)
}
