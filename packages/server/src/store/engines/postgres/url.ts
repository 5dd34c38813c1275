// What a `postgres://` URL says, for the driver: only what is known here is taken, since a parameter that is passed over
// in silence might have been the one that keeps strangers out. No text of this file ever holds the password.
import { readFileSync } from 'node:fs'
import { StoreUnavailable } from '../../store.js'

export interface Target {
  readonly host: string
  readonly port: number
  readonly database: string | undefined
  readonly user: string | undefined
  readonly password: string | undefined
  readonly schema: string | undefined
  readonly ssl: false | Tls
  readonly application: string
  /** Whether a pooler hands on each transaction to another connection, so that nothing may be left on one. */
  readonly pooled: boolean
  /** Host, port and database, for people. */
  readonly shown: string
}

interface Tls {
  readonly rejectUnauthorized: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly checkServerIdentity?: () => undefined
}

const known = new Set([
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'host',
  'application_name',
  'schema',
  'pgbouncer',
])

/** Reads the URL. Throws StoreUnavailable, which names what is wrong and what to write instead. */
export function readUrl(url: string): Target {
  const { hostname, port, username, password, pathname, searchParams } = parse(url)
  for (const name of searchParams.keys())
    if (!known.has(name)) throw wrong(`knows no ${name}`, `leave it out; known are ${[...known].join(', ')}`)
  const host = searchParams.get('host') ?? (decode(hostname).replace(/^\[|\]$/g, '') || 'localhost')
  if (host.includes(','))
    throw wrong('names several hosts', 'name one, or an address that moves with the primary')
  const database = decode(pathname.slice(1)) || undefined
  const schema = readSchema(searchParams.get('schema'))
  return {
    host,
    port: port === '' ? 5432 : Number(port),
    database,
    user: decode(username) || undefined,
    password: decode(password) || undefined,
    schema,
    ssl: readTls(searchParams, host),
    application: searchParams.get('application_name') ?? 'sallyport',
    pooled: readPooled(searchParams.get('pgbouncer'), schema),
    shown: `${host}:${port || 5432}${database === undefined ? '' : `/${database}`}`,
  }
}

function parse(url: string): URL {
  try {
    // A user and no host, which stands behind the question mark then.
    return new URL(url.replace(/^([^:]+:\/\/[^/?]*@)\//, '$1localhost/'))
  } catch {
    throw wrong(
      'cannot be read',
      'write postgres://user:password@host:5432/database, with %40 for an @ in the password',
    )
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw wrong('holds a % that stands for nothing', 'write %25 for a % in the password')
  }
}

function readSchema(schema: string | null): string | undefined {
  if (schema === null) return undefined
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(schema) && !schema.startsWith('pg_')) return schema
  throw wrong(
    'has a schema that is no plain name',
    'use small letters, digits and _, such as schema=sallyport',
  )
}

/** A pooler in session mode is as good as none. */
function readPooled(mode: string | null, schema: string | undefined): boolean {
  if (mode === null || mode === 'session') return false
  if (mode !== 'transaction')
    throw wrong('has an unknown pgbouncer', "use the pooler's pool_mode, transaction or session")
  if (schema === undefined) return true
  throw wrong(
    'names a schema, which a pooler in transaction mode forgets',
    'leave it out, and say ALTER ROLE <user> SET search_path = <schema>',
  )
}

const modes = ['disable', 'require', 'verify-ca', 'verify-full']

/** TLS as libpq reads `sslmode`, without its modes that take whatever they get. */
function readTls(parameters: URLSearchParams, host: string): false | Tls {
  const mode = parameters.get('sslmode') ?? (isHere(host) ? 'disable' : undefined)
  if (mode === undefined)
    throw wrong(
      `says nothing of TLS, and ${host} is another machine`,
      'add ?sslmode=verify-full (with sslrootcert=<file> for an authority of your own), or ?sslmode=disable on a network that only you can read',
    )
  if (!modes.includes(mode)) throw wrong('has an unknown sslmode', `use one of ${modes.join(', ')}`)
  if (mode === 'disable') return false
  const ca = readFile(parameters, 'sslrootcert')
  const cert = readFile(parameters, 'sslcert')
  const key = readFile(parameters, 'sslkey')
  return {
    rejectUnauthorized: mode !== 'require' || ca !== undefined,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
}

function isHere(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function readFile(parameters: URLSearchParams, name: string): string | undefined {
  const path = parameters.get(name)
  if (path === null) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw wrong(
      `names ${path} as ${name}: ${(error as Error).message}`,
      'name a PEM file that this user may read',
    )
  }
}

const wrong = (what: string, remedy: string) => new StoreUnavailable(`database_url ${what}: ${remedy}`)
