// The composition root: settings → engine → domain → features → http. The only file that knows an engine, and the only
// one that knows everything. What it hands to each room is all that room has.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Contract, fail, operations as listed, native, type Operation } from '@sallyport/protocol'
import type { FastifyInstance } from 'fastify'
import { StartError } from './config/errors.js'
import {
  databaseUrl,
  dataDir,
  host,
  issuerOf,
  type Mode,
  port,
  processSettings,
  testingClock,
} from './config/settings.js'
import { accessSettings, authenticate } from './domain/access.js'
import { createChanges } from './domain/changes.js'
import type { Context, Log } from './domain/context.js'
import { createEvents, type Events } from './domain/events.js'
import { createKeyring } from './domain/keys/keyring.js'
import { keySettings, keysFile } from './domain/keys/settings.js'
import { migrations } from './domain/migrations/index.js'
import { createHasher } from './domain/passwords/hasher.js'
import { argon2Setting, passwordSettings } from './domain/passwords/settings.js'
import { createSecrets } from './domain/secrets.js'
import { sessionSettings } from './domain/sessions.js'
import { sharedTables } from './domain/tables.js'
import { addressKey, createThrottle, throttleSettings } from './domain/throttle.js'
import { type KeyFile, readKeysFile } from './domain/tokens/keyfile.js'
import { housekeeping } from './domain/upkeep.js'
import { features } from './features/index.js'
import { createHttp, type Door, warm } from './http/http.js'
import { httpSettings, origins, trustedProxies } from './http/settings.js'
import { type Engine, StoreUnavailable } from './store/store.js'
import { type Clock, type MovableClock, shiftedClock, systemClock } from './util/clock.js'
import type { Setting, Settings } from './util/setting.js'

export { SchemaTooNew, StoreUnavailable } from './store/store.js'
export { migrations }

/** Every setting there is. */
export const settings: readonly Setting<unknown>[] = [
  ...processSettings,
  ...httpSettings,
  ...accessSettings,
  ...sessionSettings,
  ...keySettings,
  ...passwordSettings,
  ...features.flatMap((feature) => feature.settings ?? []),
  ...throttleSettings,
] as readonly Setting<unknown>[]

const tables = [...sharedTables, ...features.flatMap((feature) => feature.tables ?? [])]
const handlers = new Map(
  features.flatMap(({ operations }) => operations).map((served) => [served.operation.name, served]),
)

export interface ServerOptions {
  settings: Settings
  mode: Mode
  secret: { current: Uint8Array; also?: Uint8Array }
  log: Log
  /** Tests move it; otherwise the system's, or a shifted one with `testing.clock`. */
  clock?: MovableClock
  /** Wire contracts besides the native one. */
  contracts?: readonly Contract[]
}

export interface Server {
  listen(): Promise<{ url: string }>
  /** Says no to readiness, finishes what is under way, and lets go of everything; once, however often it is called. */
  close(): Promise<void>
  /** A request without a socket. */
  readonly inject: FastifyInstance['inject']
  /** What the timers do, now: revocation of other processes, keys, housekeeping. */
  upkeep(): Promise<void>
  readonly context: Context
  readonly engine: Engine
  /** What answers where; for the banner. */
  readonly urls: readonly { label: string; url: string; note?: string }[]
}

/** The engine that `database_url` names, not migrated yet. Throws StartError or StoreUnavailable. */
export async function openEngine(settings: Settings, clock: Clock = systemClock): Promise<Engine> {
  const url = settings.get(databaseUrl)
  if (url === 'memory:') return (await import('./store/engines/memory.js')).openMemory({ tables, clock })
  const { openSqlite } = await import('./store/engines/sqlite/sqlite.js')
  const path = url?.slice('sqlite:'.length) ?? join(settings.get(dataDir), 'sallyport.db')
  return openSqlite({ path: path === ':memory:' ? path : resolve(path), tables, clock })
}

/** A whole server, ready to listen. Throws StartError where something has to be mended first. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { settings, mode } = options
  const movable = options.clock ?? (settings.get(testingClock) ? shiftedClock() : undefined)
  const engine = await openEngine(settings, movable ?? systemClock)
  try {
    await bringUpToDate(engine, mode)
    const contracts = [native, ...(options.contracts ?? [])]
    const state = { draining: false }
    const context = await createContext(options, engine, contracts, movable, () => state.draining)
    const app = createHttp(door(context, contracts, options))
    return assemble(options, context, engine, app, state)
  } catch (error) {
    await engine.close()
    throw error
  }
}

async function bringUpToDate(engine: Engine, mode: Mode): Promise<void> {
  const pending = await engine.pending(migrations)
  if (pending.length === 0) return
  if (mode === 'development') await engine.migrate(migrations)
  else
    throw new StartError(
      `the database lacks ${pending.length === 1 ? 'a migration' : `${pending.length} migrations`}: ${pending.map(({ name }) => name).join(', ')}`,
      'sallyport migrate',
    )
}

async function createContext(
  { settings, secret, log }: ServerOptions,
  store: Engine,
  contracts: readonly Contract[],
  movable: MovableClock | undefined,
  draining: () => boolean,
): Promise<Context> {
  const clock = movable ?? systemClock
  const secrets = createSecrets(secret.current, secret.also)
  const events = loggedEvents(log)
  const longest = Math.max(...contracts.map(({ longestAccess }) => longestAccess)) * 1000
  const changes = createChanges(store, clock, longest)
  await changes.catchUp()
  const issuer = issuerOf(settings)
  const configured = configuredKeys(settings)
  const keys = await createKeyring({ store, clock, settings, secrets, events, issuer, contracts, configured })
  const throttle = createThrottle(store, clock, settings, secrets.key('limits'))
  const hasher = createHasher({ argon2: settings.get(argon2Setting) })
  const base = {
    store,
    clock,
    settings,
    log,
    secrets,
    keys,
    changes,
    hasher,
    throttle,
    events,
    issuer,
    draining,
  }
  const context = { ...base, ready: () => store.ping() }
  if (!settings.get(testingClock) || !movable) return context
  const advanceClock = (milliseconds: number) => {
    movable.advance(milliseconds)
    return movable.now()
  }
  return { ...context, advanceClock }
}

/** Events, of which the log hears every one. */
function loggedEvents(log: Log): Events {
  const events = createEvents()
  events.hear((name, facts, origin) => {
    const { requestId, ip } = origin ?? {}
    log.info({ event: name, ...facts, ...(origin && { requestId, ip }) }, name)
  })
  return events
}

function configuredKeys(settings: Settings): KeyFile | undefined {
  const path = settings.get(keysFile)
  if (path === undefined) return undefined
  try {
    return readKeysFile(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new StartError(
      `keys.file ${path}: ${why}`,
      'name a file with a private key (PEM or JWK) in keys.file',
    )
  }
}

function door(
  context: Context,
  contracts: readonly Contract[],
  { settings, mode, log }: ServerOptions,
): Door {
  const secureCookies = !context.issuer.startsWith('http:')
  return {
    contracts,
    operations: new Map(listed.filter(({ name }) => handlers.has(name)).map((one) => [one.name, one])),
    development: mode === 'development',
    issuer: context.issuer,
    origins: settings.get(origins),
    trustedProxies: settings.get(trustedProxies),
    secureCookies,
    authenticate: (rule, credentials, facts) => {
      const caller = authenticate(context, rule, credentials, facts)
      return caller instanceof Promise ? caller.catch((error) => rethrow(context, error)) : caller
    },
    limit: (operation, { ip }) => limitAddress(context, operation, ip),
    call: async (operation, caller, input) => {
      try {
        return await handlers.get(operation.name)!.handler(context, caller, input)
      } catch (error) {
        return rethrow(context, error)
      }
    },
    log,
  }
}

function limitAddress(context: Context, { limit }: Operation, ip: string): void | Promise<void> {
  if (limit === undefined) return
  const key = addressKey(ip)
  if (limit === 'refresh_address') return context.throttle.takeLocally(limit, key)
  return context.throttle.take(limit, key).catch((error) => rethrow(context, error))
}

/** A store that cannot work is said in the catalogue's words; its reason goes to the log. */
function rethrow({ log }: Context, error: unknown): never {
  if (!(error instanceof StoreUnavailable)) throw error
  log.warn({ reason: error.reason }, 'the store is unavailable')
  throw fail('store_unavailable', { retryAfter: 1, cause: error })
}

function assemble(
  { settings }: ServerOptions,
  context: Context,
  engine: Engine,
  app: FastifyInstance,
  state: { draining: boolean },
): Server {
  const keeping = housekeeping(context, engine)
  let closing: Promise<void> | undefined
  const close = async () => {
    state.draining = true
    await app.close()
    await keeping.stop()
    await context.hasher.close()
    await engine.close()
  }
  return {
    inject: app.inject.bind(app),
    context,
    engine,
    upkeep: keeping.now,
    urls: urlsOf(context.issuer, settings),
    listen: async () => {
      const url = await app.listen({ host: addressOf(settings.get(host)), port: settings.get(port) })
      keeping.start()
      warm(app)
      return { url }
    },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

/** One address, not two: on `localhost` a second listener would answer broken requests in words that are not ours. */
function addressOf(name: string): string {
  return name === 'localhost' ? '127.0.0.1' : name
}

function urlsOf(issuer: string, settings: Settings): Server['urls'] {
  const api = [
    {
      label: 'API',
      url: `${issuer}/v1`,
      note: 'POST /v1/signup, /v1/login, /v1/refresh, /v1/logout, GET /v1/me',
    },
    { label: 'OpenAPI', url: `${issuer}/openapi.json` },
    { label: 'Keys', url: `${issuer}/.well-known/jwks.json` },
    { label: 'Metadata', url: `${issuer}/.well-known/oauth-authorization-server` },
    { label: 'Health', url: `${issuer}/readyz` },
  ]
  const clock = { label: 'Clock', url: `${issuer}/dev/clock`, note: 'POST { "advance": "301s" }' }
  return settings.get(testingClock) ? [...api, clock] : api
}
