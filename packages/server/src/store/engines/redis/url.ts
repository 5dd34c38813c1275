// What a `redis://` or `rediss://` URL says, for the driver: only what is known here is taken. No text of this file ever
// holds the password.
import { readFileSync } from 'node:fs'
import { StoreUnavailable } from '../../store.js'
import { misplaced } from '../sql/url.js'

export interface Target {
  readonly socket: { host: string; port: number; tls?: true; ca?: string }
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
  /** Host and port, for people. */
  readonly shown: string
}

/** Reads the URL. Throws StoreUnavailable, which names what is wrong and what to write instead. */
export function readUrl(url: string): Target {
  const { protocol, hostname, port, username, password, pathname, searchParams } = parse(url)
  for (const name of searchParams.keys())
    if (name !== 'sslrootcert') throw wrong(`knows no ${name}`, 'leave it out; known is sslrootcert')
  const secure = protocol === 'rediss:'
  const ca = readCertificate(searchParams)
  if (ca !== undefined && !secure) throw wrong('has sslrootcert without TLS', 'write rediss://')
  const host = decode(hostname).replace(/^\[|\]$/g, '') || 'localhost'
  return {
    socket: {
      host,
      port: port === '' ? 6379 : Number(port),
      ...(secure && { tls: true }),
      ...(ca !== undefined && { ca }),
    },
    username: decode(username) || undefined,
    password: decode(password) || undefined,
    database: readDatabase(pathname.slice(1)),
    shown: `${host}:${port || 6379}`,
  }
}

function parse(url: string): URL {
  try {
    if (misplaced.test(url)) throw new TypeError('an @ behind the host')
    return new URL(url)
  } catch {
    throw wrong(
      'cannot be read',
      'write redis://user:password@host:6379/0, with %40 for an @, %2F for a / and %3F for a ? in the password',
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

function readDatabase(path: string): number {
  if (/^\d{0,5}$/.test(path)) return Number(path)
  throw wrong('names a database that is no number', 'write redis://host:6379/0')
}

function readCertificate(parameters: URLSearchParams): string | undefined {
  const path = parameters.get('sslrootcert')
  if (path === null) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw wrong(
      `names ${path} as sslrootcert: ${(error as Error).message}`,
      'name a PEM file that this user may read',
    )
  }
}

const wrong = (what: string, remedy: string) => new StoreUnavailable(`ephemeral_url ${what}: ${remedy}`)
