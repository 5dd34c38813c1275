// What a `postgres://` URL says, for the driver.
import { type Tls as Asked, decode, hostOf, parseUrl, readTls, tlsParameters, wrong } from '../sql/url.js'

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

const known = new Set([...tlsParameters, 'host', 'application_name', 'schema', 'pgbouncer'])
const example = 'postgres://user:password@host:5432/database'

/** Reads the URL. Throws StoreUnavailable, which names what is wrong and what to write instead. */
export function readUrl(url: string): Target {
  const parsed = parseUrl(url, known, example)
  const { port, username, password, pathname, searchParams } = parsed
  const host = hostOf(parsed, searchParams.get('host'))
  const database = decode(pathname.slice(1)) || undefined
  const schema = readSchema(searchParams.get('schema'))
  const asked = readTls(searchParams, host)
  return {
    host,
    port: port === '' ? 5432 : Number(port),
    database,
    user: decode(username) || undefined,
    password: decode(password) || undefined,
    schema,
    ssl: asked && toTls(asked),
    application: searchParams.get('application_name') ?? 'sallyport',
    pooled: readPooled(searchParams.get('pgbouncer'), schema),
    shown: `${host}:${port || 5432}${database === undefined ? '' : `/${database}`}`,
  }
}

const toTls = ({ mode, ca, cert, key }: Asked): Tls => ({
  rejectUnauthorized: mode !== 'require' || ca !== undefined,
  ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  ...(ca !== undefined && { ca }),
  ...(cert !== undefined && { cert }),
  ...(key !== undefined && { key }),
})

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
