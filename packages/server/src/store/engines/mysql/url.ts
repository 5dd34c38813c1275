// What a `mysql://` or `mariadb://` URL says, for the driver.
import { isIP } from 'node:net'
import { decode, hostOf, parseUrl, readTls, type Tls, tlsParameters, wrong } from '../sql/url.js'

export interface Target {
  readonly host: string
  readonly port: number
  /** The path of a Unix socket; it stands in for host and port. */
  readonly socket: string | undefined
  readonly database: string
  readonly user: string | undefined
  readonly password: string | undefined
  readonly ssl: undefined | Ssl
  /** Host, port and database, for people. */
  readonly shown: string
}

/** As the driver takes it. */
interface Ssl {
  readonly rejectUnauthorized: boolean
  readonly verifyIdentity: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

const known = new Set([...tlsParameters, 'socket'])
const example = 'mysql://user:password@host:3306/database'

/** Reads the URL. Throws StoreUnavailable, which names what is wrong and what to write instead. */
export function readUrl(url: string): Target {
  const parsed = parseUrl(url, known, example)
  const { port, username, password, pathname, searchParams } = parsed
  const socket = searchParams.get('socket') ?? undefined
  if (socket !== undefined && !socket.startsWith('/'))
    throw wrong('names a socket by no whole path', 'write socket=/run/mysqld/mysqld.sock')
  const host = hostOf(parsed)
  const database = decode(pathname.slice(1))
  if (!/^[^/\0]{1,64}$/.test(database)) throw wrong('names no database', `write ${example}`)
  const tls = readTls(searchParams, socket ?? host)
  return {
    host,
    port: port === '' ? 3306 : Number(port),
    socket,
    database,
    user: decode(username) || undefined,
    password: decode(password) || undefined,
    ssl: tls ? toSsl(tls, host) : undefined,
    shown: `${socket ?? `${host}:${port || 3306}`}/${database}`,
  }
}

function toSsl({ mode, ca, cert, key }: Tls, host: string): Ssl {
  // The driver would hold the certificate against the name `localhost` instead.
  if (mode === 'verify-full' && isIP(host) !== 0)
    throw wrong('asks for verify-full at an address', 'write the name that stands in its certificate')
  return {
    rejectUnauthorized: mode !== 'require' || ca !== undefined,
    verifyIdentity: mode === 'verify-full',
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
}
