// A bus over a connection that may break: it is made anew with growing pauses, looked after while nothing is said, and
// whoever hears is told after each cut that something may have been missed. An engine says how one connection is made.
import { coalesced } from '../util/coalesce.js'
import type { Bus, BusLog } from './bus.js'

/** One connection. */
export interface Line {
  /** Sends an announcement to the other nodes. Throws where that cannot be. */
  announce(): Promise<void>
  /** Throws where nothing comes back from the other end. */
  check(): Promise<void>
  /** Lets go, at once where the other end is silent. */
  close(): Promise<void>
}

/** What a connection tells. */
export interface Ends {
  /** Another node announced. */
  heard(): void
  /** The connection is over. */
  lost(reason: string): void
}

/** Makes a connection that hears already. Throws where it cannot. */
export type OpenLine = (ends: Ends) => Promise<Line>

/** In milliseconds. */
export interface Patience {
  /** The longest pause before the first new try; it doubles with each one. */
  readonly first: number
  readonly most: number
  /** Between two looks whether the other end still answers. */
  readonly beat: number
}

const usual: Patience = { first: 100, most: 10_000, beat: 15_000 }

interface Kept {
  readonly name: string
  readonly openLine: OpenLine
  readonly log: BusLog
  readonly patience: Patience
  readonly hearers: (() => void)[]
  line: Line | undefined
  connecting: Promise<void> | undefined
  retry: NodeJS.Timeout | undefined
  beat: NodeJS.Timeout | undefined
  /** Tries since the last success. */
  failures: number
  isAnnounced: boolean
  isClosed: boolean
  /** Sends what was announced, one at a time. */
  send(): Promise<void>
}

/** A bus that connects at its first use. */
export function keptBus(
  name: string,
  openLine: OpenLine,
  options: { log: BusLog; patience?: Patience | undefined },
): Bus {
  const kept: Kept = {
    name,
    openLine,
    log: options.log,
    patience: options.patience ?? usual,
    hearers: [],
    line: undefined,
    connecting: undefined,
    retry: undefined,
    beat: undefined,
    failures: 0,
    isAnnounced: false,
    isClosed: false,
    send: coalesced(() => sendAnnounced(kept)),
  }
  return {
    name,
    announce: () => {
      if (kept.isClosed) return
      kept.isAnnounced = true
      connect(kept)
      void kept.send()
    },
    hear: (hearer) => {
      kept.hearers.push(hearer)
      if (kept.line) queueMicrotask(() => kept.isClosed || hearer())
      connect(kept)
    },
    isConnected: () => kept.line !== undefined,
    close: () => close(kept),
  }
}

function connect(kept: Kept): void {
  if (kept.line || kept.connecting || kept.retry || kept.isClosed) return
  kept.connecting = attempt(kept).finally(() => {
    kept.connecting = undefined
  })
}

async function attempt(kept: Kept): Promise<void> {
  let line: Line | undefined
  let over: string | undefined
  const lost = (reason: string) => {
    over = reason
    if (line) lose(kept, line, reason)
  }
  try {
    const made = await kept.openLine({ heard: () => tell(kept), lost })
    if (over !== undefined) throw new Error(over)
    line = made
  } catch (error) {
    return again(kept, (error as Error).message)
  }
  begin(kept, line)
}

function begin(kept: Kept, line: Line): void {
  kept.line = line
  if (kept.failures > 0) kept.log.info({ bus: kept.name }, 'the bus is connected again')
  kept.failures = 0
  let isLooking = false
  const look = async () => {
    if (isLooking) return
    isLooking = true
    await line.check().catch((error: Error) => lose(kept, line, error.message))
    isLooking = false
  }
  kept.beat = setInterval(look, kept.patience.beat).unref()
  // Nobody knows what was announced before.
  tell(kept)
  void kept.send()
}

/** A connection is over: it is let go, and another one is made. */
function lose(kept: Kept, line: Line, reason: string): void {
  if (kept.line !== line) return
  kept.line = undefined
  clearInterval(kept.beat)
  void line.close()
  again(kept, reason)
}

/** Half of the pause is by chance, so that servers that were cut off together do not come back together. */
function again(kept: Kept, reason: string): void {
  if (kept.isClosed) return
  if (kept.failures === 0)
    kept.log.warn(
      { bus: kept.name, reason },
      'the bus is cut off: what other servers change is found by a look every second',
    )
  const { first, most } = kept.patience
  const pause = Math.min(most, first * 2 ** kept.failures)
  kept.failures = Math.min(kept.failures + 1, 20)
  kept.retry = setTimeout(
    () => {
      kept.retry = undefined
      connect(kept)
    },
    pause * (0.5 + Math.random() / 2),
  ).unref()
}

function tell({ hearers, isClosed }: Kept): void {
  if (!isClosed) for (const hearer of hearers) hearer()
}

/** What cannot be sent is sent with the next connection. */
async function sendAnnounced(kept: Kept): Promise<void> {
  const { line } = kept
  if (!line || !kept.isAnnounced) return
  kept.isAnnounced = false
  try {
    await line.announce()
  } catch (error) {
    kept.isAnnounced = true
    lose(kept, line, (error as Error).message)
  }
}

async function close(kept: Kept): Promise<void> {
  if (kept.isClosed) return
  kept.isClosed = true
  clearTimeout(kept.retry)
  await kept.connecting
  await kept.send()
  clearInterval(kept.beat)
  const { line } = kept
  kept.line = undefined
  await line?.close()
}
