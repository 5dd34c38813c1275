// Where data is kept: the engines that the settings name, put together and brought up to date. What is kept there is
// declared beside what it is for, in domain/ and features/; compose.ts stands on this.
import { StartError } from './config/errors.js'
import { databasePool, ephemeralOf, isLoopback, type Mode, storeUrl } from './config/settings.js'
import { codes } from './domain/codes-table.js'
import type { Log } from './domain/context.js'
import { fenced, type Places, readHold, readHolds, refusalOf, strayOf } from './domain/holds.js'
import { migrations } from './domain/migrations/index.js'
import { lacking } from './domain/migrations/lacking.js'
import { claimPlaces, refusalOfPlace } from './domain/places.js'
import { sessions, sharedTables } from './domain/tables.js'
import { features } from './features/index.js'
import { besideEphemeral, examineEphemeral, openStore, placeOfRedis } from './store/engines/open.js'
import type { Engine } from './store/store.js'
import { type Clock, systemClock } from './util/clock.js'
import type { Settings } from './util/setting.js'

/** Every table there is. */
export const tables = [...sharedTables, ...features.flatMap((feature) => feature.tables ?? [])]

/** The engine that `database_url` names, not migrated yet; it honours holds. Throws StartError or StoreUnavailable. */
export async function openEngine(settings: Settings, clock: Clock = systemClock): Promise<Engine> {
  return fenced(await openUnfenced(settings, clock))
}

/** The same for those who hold the database themselves. */
export function openUnfenced(settings: Settings, clock: Clock = systemClock): Promise<Engine> {
  return openStore({ url: storeUrl(settings), pool: settings.get(databasePool), tables, clock })
}

interface Options {
  readonly settings: Settings
  readonly log: Log
}

/** The same with what lives beside the database. Throws as `openEngine` does; that Redis is away is no reason. */
export async function openWhole(options: Options, clock: Clock = systemClock): Promise<Engine> {
  const places = await placesOf(options.settings)
  return fenced(await withBeside(await openUnfenced(options.settings, clock), options, clock), places)
}

/** Where sessions and codes live by the settings. Throws StartError, and StoreUnavailable for a URL that cannot be used. */
export async function placesOf(settings: Settings): Promise<Places> {
  const ephemeral = ephemeralOf(settings)
  const beside = ephemeral && `at ${await placeOfRedis(ephemeral.url)} under ${ephemeral.prefix}`
  const place = (isBeside = false) => (isBeside && beside) || INSIDE
  return { [sessions.name]: place(ephemeral?.sessions), [codes.name]: place(ephemeral?.codes) }
}

/** The place of what is not beside the database. */
export const INSIDE = 'in the database'

/** An engine with what lives beside it by the settings. */
export async function withBeside(
  engine: Engine,
  { settings, log }: Options,
  clock: Clock = systemClock,
): Promise<Engine> {
  const ephemeral = ephemeralOf(settings)
  if (!ephemeral) return engine
  const also = [...(ephemeral.sessions ? [sessions.name] : []), ...(ephemeral.codes ? [codes.name] : [])]
  const tell = (reason: string | undefined) =>
    reason === undefined
      ? log.info({}, 'limits are shared again')
      : log.warn({ reason }, 'limits are counted by this process alone for now')
  return besideEphemeral(engine, { ...ephemeral, also, tables, clock, tell })
}

/** What lives beside the database and how it is there; undefined where nothing does. For `doctor` and `status`. */
export async function examineBeside(settings: Settings) {
  const ephemeral = ephemeralOf(settings)
  if (!ephemeral) return undefined
  const { url, prefix, sessions, codes } = ephemeral
  const examined = await examineEphemeral(url, prefix)
  const { protocol, host, hostname } = new URL(url)
  const isOpen = protocol === 'redis:' && !isLoopback(hostname)
  return { host, sessions, codes, isOpen, ...examined }
}

/**
 * Migrates in development; in production throws StartError where migrations are pending. Throws it too where the
 * database is not one to work with: half moved, moved away, a backup, or one whose sessions live elsewhere than by the
 * settings.
 */
export async function bringUpToDate(engine: Engine, mode: Mode, settings: Settings): Promise<void> {
  const pending = await engine.pending(migrations)
  if (pending.length > 0 && mode !== 'development')
    throw new StartError(`the database ${lacking(pending)}`, 'sallyport migrate')
  if (pending.length > 0) await engine.migrate(migrations)
  const refusal = refusalOf(await readHold(engine))
  if (refusal) throw new StartError(refusal.says, refusal.next)
  await requirePlaces(engine, await placesOf(settings))
}

/** For a server: has the database know where sessions and codes live. Throws StartError where others were faster with another place. */
export async function takePlaces(engine: Engine, settings: Settings, clock: Clock): Promise<void> {
  const places = await placesOf(settings)
  await claimPlaces(engine, places, clock.now())
  await requirePlaces(engine, places)
}

async function requirePlaces(engine: Engine, places: Places): Promise<void> {
  const stray = strayOf(await readHolds(engine), places)
  if (!stray) return
  const { says, next } = refusalOfPlace(stray, places)
  throw new StartError(says, next)
}
