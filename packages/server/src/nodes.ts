// What makes the servers of one database one server: the database, the clock by which all of them go, and the bus by
// which they tell each other that something has ended. Below compose.ts, which puts everything else on top.
import type { Bus } from './bus/bus.js'
import { openBus } from './bus/engines/open.js'
import { databaseDirectUrl, ephemeralOf, storeUrl, testingClock } from './config/settings.js'
import type { Log } from './domain/context.js'
import { directConfig, redisConfig } from './store/engines/open.js'
import type { Engine } from './store/store.js'
import {
  type Clock,
  type CorrectedClock,
  correctedClock,
  type MovableClock,
  shiftedClock,
} from './util/clock.js'
import { measureOffset } from './util/offset.js'
import type { Settings } from './util/setting.js'

export interface Node {
  readonly engine: Engine
  readonly clock: Clock
  /** The clock again, where it can be moved by hand. */
  readonly movable: MovableClock | undefined
  readonly bus: Bus
  /** Looks again how far the database's clock is from this machine's. Throws as the store does. */
  setClock(): Promise<void>
  close(): Promise<void>
}

export interface NodeOptions {
  readonly settings: Settings
  readonly log: Log
  /** Tests move it, and nothing corrects it. */
  readonly clock?: MovableClock
}

/** Opens the database by `open`, and what belongs to it. Throws as that does. */
export async function openNode(
  { settings, log, clock: given }: NodeOptions,
  open: (clock: Clock) => Promise<Engine>,
): Promise<Node> {
  const corrected = correctedClock()
  const movable = given ?? (settings.get(testingClock) ? shiftedClock(corrected) : undefined)
  const clock = movable ?? corrected
  const engine = await open(clock)
  const setClock = given ? async () => {} : clockSetter(engine, corrected, log)
  try {
    await setClock()
    const bus = await openBus({ url: storeUrl(settings), log, ...(await direct(settings)) })
    const close = () => bus.close().then(() => engine.close())
    return { engine, clock, movable, bus, setClock, close }
  } catch (error) {
    await engine.close()
    throw error
  }
}

/** How the bus reaches a Redis, else a PostgreSQL server. Throws StoreUnavailable where the URL cannot be used. */
async function direct(settings: Settings) {
  const ephemeral = ephemeralOf(settings)
  if (ephemeral) return { redis: { config: await redisConfig(ephemeral.url), prefix: ephemeral.prefix } }
  const [url, way] = [storeUrl(settings), settings.get(databaseDirectUrl)]
  if (!/^postgres(ql)?:/.test(url)) return {}
  // Through a pooler in transaction mode LISTEN hears nothing.
  if (way === undefined && /[?&]pgbouncer=transaction(&|$)/.test(url)) return {}
  return { postgres: await directConfig(url, way) }
}

/** Milliseconds by which a machine's clock may be wrong before its log says so. */
const WRONG = 1000

/** Sets a clock by the store's, where the store has one that is not this machine's. */
function clockSetter({ time }: Engine, clock: CorrectedClock, log: Log): () => Promise<void> {
  if (!time) return async () => {}
  let isTold = false
  return async () => {
    const found = await measureOffset(time)
    if (!found) return
    clock.correct(found)
    const isWrong = Math.abs(found.offset) > WRONG
    if (isWrong && !isTold)
      log.warn(
        { behind: Math.round(found.offset) },
        'the clock of this machine differs from the database’s, by which the server goes: look after its NTP',
      )
    isTold = isWrong
  }
}
