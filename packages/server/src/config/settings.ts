// Configuration: what was asked for, from where, and whether it can be right. Settings are declared in the rooms they
// configure; those that belong to the process as a whole are declared here. load.ts reads the file, the environment
// and the flags; secret.ts finds the master secret; weak.ts judges it. Nothing here opens a database, listens or
// prints: problems are thrown as ConfigError or StartError and the command line says them.
import { join, resolve } from 'node:path'
import { boolean, choice, duration, integer, type Setting, type Settings, text } from '../util/setting.js'
import { StartError } from './errors.js'

export type Mode = 'development' | 'production'

export const issuer = text('issuer', undefined, {
  doc: 'The public URL of this server: the `iss` of every token and the start of every link.',
  shown: 'http://localhost:<port>',
  expected: 'an http or https URL without query, fragment or closing slash, such as https://auth.example.com',
  test: isIssuer,
})

export const port = integer('port', 4400, {
  doc: 'The TCP port to listen on; 0 takes any free one.',
  min: 0,
  max: 65535,
})

export const host = text('host', 'localhost', {
  doc: 'The address to listen on. Development stays on loopback; in a container use 0.0.0.0.',
  expected: 'a host name or an IP address',
  test: (value) => /^[A-Za-z0-9._:-]+$|^\[[0-9a-fA-F:.]+\]$/.test(value),
})

export const dataDir = text('data_dir', './.sallyport', {
  doc: 'The directory of what this server keeps by itself: the SQLite file and the master secret.',
  expected: 'a path, relative to the working directory or absolute',
  test: (value) => value !== '' && !value.includes('\0'),
})

export const databaseUrl = text('database_url', undefined, {
  doc: 'Where data is kept: `sqlite:` and a path, the URL of a PostgreSQL, MySQL or MariaDB database, or `memory:` for a server that forgets everything when it stops.',
  shown: 'sqlite:<data_dir>/sallyport.db',
  expected:
    'sqlite: and a path, postgres://user:password@host:5432/database?sslmode=verify-full, mysql://user:password@host:3306/database?sslmode=verify-full, or memory:',
  test: (value) =>
    value === 'memory:' ||
    /^sqlite:[^\0?#]+$/.test(value) ||
    /^(postgres(ql)?|mysql|mariadb):\/\/[^\s\0#]+$/.test(value),
})

export const databasePool = integer('database_pool', 10, {
  doc: 'The most connections that this server opens to a PostgreSQL, MySQL or MariaDB database; those of all servers together must stay below its `max_connections`.',
  min: 1,
  max: 500,
})

const ephemeralUrl = text('ephemeral_url', undefined, {
  doc: 'A Redis (or Valkey) for what may be lost and should be shared fast: the counters of limits. Without it they are in the database.',
  expected: 'redis://user:password@host:6379/0, or rediss:// for TLS',
  test: (value) => /^rediss?:\/\/[^\s\0#]+$/.test(value),
})

const ephemeralPrefix = text('ephemeral_prefix', 'sallyport:', {
  doc: 'Begins the name of every key at `ephemeral_url`, so that several installations can share a Redis.',
  expected: '1 to 64 printable ASCII characters without blanks or braces',
  test: (value) => /^[!-z|~]{1,64}$/.test(value),
})

const ephemeralSessions = boolean('ephemeral_sessions', false, {
  doc: 'Whether sessions live at `ephemeral_url` too. What Redis loses is logged out; see docs/redis.md.',
})

const ephemeralCodes = boolean('ephemeral_codes', false, {
  doc: 'Whether codes and links on their way to somebody live at `ephemeral_url` too. What Redis loses has to be asked for again; see docs/redis.md.',
})

export const databaseDirectUrl = text('database_direct_url', undefined, {
  doc: 'Where `database_url` leads to a pooler such as PgBouncer: the PostgreSQL URL without it, for the one connection by which servers tell each other at once what has ended. Without it they look every second.',
  shown: 'database_url',
  expected: 'postgres://user:password@host:5432/database?sslmode=verify-full',
  test: (value) => /^postgres(ql)?:\/\/[^\s\0#]+$/.test(value),
})

export const secret = text('secret', undefined, {
  doc: 'The master secret, from which every other key is derived: at least 32 random bytes as base64url or hex.',
  shown: 'the file `secret` in data_dir',
  expected: 'at least 32 random bytes as base64url or hex',
  secret: true,
})

export const secretAlso = text('secret_also', undefined, {
  doc: 'A second master secret that is accepted and never written with, while one is replaced by another.',
  expected: 'at least 32 random bytes as base64url or hex',
  secret: true,
})

export const logLevel = choice(
  'log.level',
  'info',
  ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
  { doc: 'The least severe log line that is written.' },
)

export const testingClock = boolean('testing.clock', false, {
  doc: 'Adds POST /dev/clock, which moves the server’s clock so that expiry can be tried.',
  developmentOnly: true,
})

export const shutdownDelay = duration('shutdown.delay', '3s', {
  doc: 'How long a production server that was told to stop goes on serving while /readyz already says no, so that a balancer has turned away before the door closes.',
  min: '0s',
  max: '8s',
})

/** The settings of the process itself; server.ts adds those of the rooms. */
export const processSettings: readonly Setting<unknown>[] = [
  issuer,
  port,
  host,
  dataDir,
  databaseUrl,
  databasePool,
  ephemeralUrl,
  ephemeralPrefix,
  ephemeralSessions,
  ephemeralCodes,
  databaseDirectUrl,
  secret,
  secretAlso,
  logLevel,
  shutdownDelay,
  testingClock,
]

/** The issuer, configured or that of a server on this machine. */
export function issuerOf(settings: Settings): string {
  return settings.get(issuer) ?? `http://localhost:${settings.get(port)}`
}

/** Whether data is kept by this process alone (SQLite, memory), so that a secret made here is seen by every reader. */
export function isEmbedded(settings: Settings): boolean {
  return /^(sqlite|memory):/.test(settings.get(databaseUrl) ?? 'sqlite:')
}

/** Where data is kept; the path of a file is absolute. */
export function storeUrl(settings: Settings): string {
  const url = settings.get(databaseUrl) ?? `sqlite:${join(settings.get(dataDir), 'sallyport.db')}`
  const file = url.startsWith('sqlite:') && url !== 'sqlite::memory:'
  return file ? `sqlite:${resolve(url.slice('sqlite:'.length))}` : url
}

/** The settings with another database. */
export const withDatabase = (settings: Settings, url: string): Settings => ({
  get: (setting) => (setting.name === databaseUrl.name ? setting.parse(url)! : settings.get(setting)),
})

/** Where data is kept, for people: without what lets anybody in. */
export function shownDatabase(settings: Settings): string {
  const url = storeUrl(settings)
  if (isEmbedded(settings)) return url
  // Installations in one database differ by the schema alone.
  const schema = /[?&](schema=[^&]*)/.exec(url)?.[1]
  return url.replace(/\/\/\S*@/, '//').replace(/\?.*$/, schema === undefined ? '' : `?${schema}`)
}

/** What lives beside the database. */
export interface Ephemeral {
  readonly url: string
  readonly prefix: string
  readonly sessions: boolean
  readonly codes: boolean
}

/** Undefined where everything is in the database. Throws StartError where something is to live nowhere. */
export function ephemeralOf(settings: Settings): Ephemeral | undefined {
  const url = settings.get(ephemeralUrl)
  const [sessions, codes] = [settings.get(ephemeralSessions), settings.get(ephemeralCodes)]
  if (url !== undefined) return { url, prefix: settings.get(ephemeralPrefix), sessions, codes }
  if (!sessions && !codes) return undefined
  throw new StartError(
    `${sessions ? 'ephemeral_sessions' : 'ephemeral_codes'} is on, but ephemeral_url names no Redis`,
    'Set SALLYPORT_EPHEMERAL_URL=redis://…, or leave it off: then the database keeps them',
  )
}

/** Whether a host name or address can be reached from this machine only. */
export function isLoopback(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '').toLowerCase()
  return (
    bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare)
  )
}

/** Whether production takes this URL as issuer: https, or a server that is reached from this machine only. */
export function isPublishable(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || isLoopback(hostname)
}

/** What only production refuses, beyond `developmentOnly` and the secret. Throws StartError. */
export function checkIssuer(settings: Settings): void {
  const url = new URL(issuerOf(settings))
  if (isPublishable(url.href)) return
  throw new StartError(
    `issuer is ${url.href}, but in production only https keeps tokens and cookies from being read on the way`,
    `Put a proxy with TLS in front and set SALLYPORT_ISSUER=https://${url.host}`,
  )
}

/** What development refuses. Throws StartError. */
export function checkLoopback(settings: Settings): void {
  const value = settings.get(host)
  if (isLoopback(value)) return
  throw new StartError(
    `host is ${value}, but the development server listens on this machine only`,
    'Leave host unset, or run the production server: sallyport serve',
  )
}

function isIssuer(value: string): boolean {
  if (!/^https?:\/\/[^\s?#@\\]+$/.test(value) || value.endsWith('/') || !URL.canParse(value)) return false
  const { origin, pathname } = new URL(value)
  return value === (pathname === '/' ? origin : origin + pathname)
}
