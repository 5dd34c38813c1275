// A whole server in one call: in-memory SQLite (or with STORE=postgres or STORE=mysql a database of its own, and with
// EPHEMERAL=redis its sessions, codes and limits in Redis), a clock that is moved by hand, hashing as it is in production,
// a client that keeps cookies. Nothing in the product imports this room.
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Contract } from '@sallyport/protocol'
import { pino } from 'pino'
import { loadSettings } from '../config/load.js'
import type { Log } from '../domain/context.js'
import type { EventName } from '../domain/events.js'
import type { Message } from '../domain/outbox.js'
import { createPool, type Job, type Pool } from '../domain/passwords/pool.js'
import { argon2Setting } from '../domain/passwords/settings.js'
import { outbox } from '../domain/tables.js'
import { logOptions } from '../observability/log.js'
import { createServer, settings as declared, type Server } from '../server.js'
import { type MovableClock, stoppedClock } from '../util/clock.js'
import type { Settings } from '../util/setting.js'
import { type Browser, createBrowser } from './browser.js'

export interface Sallyport {
  readonly server: Server
  readonly clock: MovableClock
  /** Every event since the start, by name. */
  readonly events: EventName[]
  /** Everything that was logged, as JSON lines. */
  readonly logged: string[]
  /** What was posted to people, the newest first, with its codes and links; `to` leaves out what others got. */
  mail(to?: string): Promise<Message[]>
  /** A client without a past. */
  browser(): Browser
  /** A client that sends this access token. */
  as(tokens: { readonly access_token: string }): Browser
  /** Signs up a new user and answers the tokens answer, with the password. */
  signUp(fields?: Record<string, unknown>): Promise<SignedUp>
  close(): Promise<void>
}

export interface SignedUp {
  readonly email: string
  readonly password: string
  readonly access_token: string
  readonly refresh_token: string
  readonly session_id: string
  readonly user: { readonly id: string } & Record<string, unknown>
}

export interface Options {
  /** Setting names and values, as flags would say them. */
  settings?: Record<string, string>
  /** The environment: secrets are not taken from flags. */
  env?: Record<string, string>
  contracts?: readonly Contract[]
  clock?: MovableClock
  secret?: { current: Uint8Array; also?: Uint8Array }
  mode?: 'development' | 'production'
  /** Hashing threads that no other server of this process uses. */
  ownThreads?: boolean
}

/** In memory; all clients of a test share one address, so its limits are out of the way unless a test sets them. */
const usual = {
  'database-url': 'sqlite::memory:',
  'limits.signup_address.max': '100000',
  'limits.login_address.max': '100000',
  'limits.refresh_refused.max': '100000',
  'limits.refresh_session.max': '100000',
  'limits.refresh_address.max': '100000',
  'limits.message_ip.max': '100000',
}
let users = 0

export async function openSallyport(options: Options = {}): Promise<Sallyport> {
  const { mode = 'development', clock = stoppedClock(), contracts, env = {}, ownThreads } = options
  const { places, drop } = await ownPlaces(options)
  const flags = Object.entries({ ...usual, ...places, ...options.settings }).map(
    ([name, value]) => `--${name}=${value}`,
  )
  const loaded = await loadSettings({ declared, mode, env, flags })
  const logged: string[] = []
  const secret = options.secret ?? { current: randomBytes(32) }
  const server = await createServer({
    ...loaded,
    mode,
    secret,
    log: recorder(logged),
    clock,
    ...(contracts && { contracts }),
    ...(!ownThreads && { threads: sharedThreads(loaded.settings) }),
  }).catch((error) => drop().then(() => Promise.reject(error)))
  const events: EventName[] = []
  server.context.events.hear((name) => {
    events.push(name)
  })
  const browser = () => createBrowser(server)
  return {
    server,
    clock,
    events,
    logged,
    mail: (to) => posted(server, to),
    browser,
    as: ({ access_token }) => Object.assign(browser(), { bearer: access_token }),
    signUp: (fields) => signUp(browser(), fields),
    close: async () => {
      await server.close()
      await drop()
    },
  }
}

/** Where one server keeps what it keeps, as settings, and how that goes afterwards. */
async function ownPlaces(options: Options) {
  const { database, drop } = await ownDatabase(options)
  const { ephemeral, drop: dropEphemeral } = await ownEphemeral(options)
  return { places: { ...database, ...ephemeral }, drop: () => drop().then(dropEphemeral) }
}

/** What a variable asks suites to run on. Throws an Error for a word that it does not know: mistyped, it would be green on the usual. */
function asked(name: 'STORE' | 'EPHEMERAL', known: readonly string[]): string {
  const value = process.env[name] ?? ''
  if (value === '' || known.includes(value)) return value
  throw new Error(`${name}=${value}: known are ${known.join(', ')}`)
}
const askedStore = () => asked('STORE', ['sqlite', ...Object.keys(databases)])
const isInRedis = () => asked('EPHEMERAL', ['redis']) === 'redis'

/** The database of one server that names none. Suites run on another engine with STORE=postgres or STORE=mysql. */
async function ownDatabase({ settings = {} }: Options) {
  const own = databases[askedStore()]
  if (own === undefined || 'database-url' in settings) return { database: {}, drop: async () => {} }
  const { url, drop } = await own()
  return { database: { 'database-url': url, database_pool: '8' }, drop }
}

/**
 * Redis for sessions, codes and limits where EPHEMERAL=redis asks for it, under a prefix of the server's own; servers
 * with one database share it, until withDatabaseFile removes it.
 */
async function ownEphemeral({ settings = {} }: Options) {
  if (!isInRedis() || 'ephemeral-url' in settings) return { ephemeral: {}, drop: async () => {} }
  const { sharedRedis, removeKeys } = await import('./redis.js')
  const database = settings['database-url']
  const prefix = database ? prefixOf(database) : prefixOf(randomBytes(9).toString('hex'))
  const ephemeral = {
    'ephemeral-url': sharedRedis,
    'ephemeral-prefix': prefix,
    'ephemeral-sessions': 'true',
    'ephemeral-codes': 'true',
  }
  return { ephemeral, drop: async () => (database ? undefined : removeKeys(prefix)) }
}

const prefixOf = (of: string) =>
  `sallyport-test-${createHash('sha256').update(of).digest('hex').slice(0, 16)}:`

const databases: Record<string, () => Promise<{ url: string; drop(): Promise<void> }>> = {
  postgres: async () => (await import('./postgres.js')).testSchema(),
  mysql: async () => (await import('./mysql.js')).testDatabase(),
}

const pools = new Map<string, Pool>()

/**
 * Threads for all servers of this process, which end with it: to start them anew for each would be more work than the
 * hashes. What a server counts, and how many it takes on, stays its own; to that end they tell of no hash that took longer
 * than on a machine with nothing else to do, lest a full one turn away what a test sends at once.
 */
function sharedThreads(settings: Settings): Pool {
  const argon2 = settings.get(argon2Setting)
  const cost = JSON.stringify(argon2)
  const pool = pools.get(cost) ?? createPool(availableParallelism(), argon2)
  pools.set(cost, pool)
  const usualTime = async (job: Job) => {
    const reply = await pool.run(job)
    return { ...reply, took: Math.min(reply.took, 20) }
  }
  return { ...pool, run: usualTime, close: async () => {} }
}

/** Runs work with the setting of a database file that outlives the servers it is given to; the file goes afterwards. */
export async function withDatabaseFile(
  work: (settings: Record<string, string>, path: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-'))
  const path = join(folder, 'sallyport.db')
  try {
    await work({ 'database-url': `sqlite:${path}` }, path)
  } finally {
    await rm(folder, { recursive: true })
    if (isInRedis()) await (await import('./redis.js')).removeKeys(prefixOf(`sqlite:${path}`))
  }
}

/** The log as production writes it, of every level, into a list. */
function recorder(lines: string[]): Log {
  return pino(logOptions('trace'), { write: (line) => void lines.push(line.trimEnd()) })
}

async function posted({ context }: Server, to?: string): Promise<Message[]> {
  const order = { by: ['created_at'] as const, direction: 'descending' as const }
  const rows = await context.store.list(outbox, { order, limit: 1000 })
  const messages = rows.map(
    ({ id, sealed }) => JSON.parse(String(context.secrets.open(sealed, id))) as Message,
  )
  return messages.filter((message) => to === undefined || message.to === to)
}

async function signUp(browser: Browser, fields: Record<string, unknown> = {}): Promise<SignedUp> {
  users += 1
  const email = `user${users}@example.com`
  const password = `correct horse ${users}`
  const answer = await browser.post('/v1/signup', { email, password, ...fields })
  if (answer.status !== 201) throw new Error(`sign-up answered ${answer.status}: ${answer.text}`)
  return {
    ...(answer.json as SignedUp),
    email: (fields.email as string) ?? email,
    password: (fields.password as string) ?? password,
  }
}
