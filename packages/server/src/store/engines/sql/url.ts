// What the URL of a database server says, for the engines that have one: only what is known is taken, since a parameter that
// is passed over in silence might have been the one that keeps strangers out. No text of this file ever holds the password.
import { readFileSync } from 'node:fs'
import { StoreUnavailable } from '../../store.js'

/** What is asked of the server's certificate, and files of PEM. */
export interface Tls {
  readonly mode: 'require' | 'verify-ca' | 'verify-full'
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

/** The names of the parameters that `readTls` reads. */
export const tlsParameters = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey']

/** The parts of a URL as they stand; `example` is what to write instead of one that cannot be read. */
export function parseUrl(url: string, known: ReadonlySet<string>, example: string): URL {
  const parsed = parse(url, example)
  const { searchParams } = parsed
  for (const name of searchParams.keys()) {
    if (!known.has(name)) throw wrong(`knows no ${name}`, `leave it out; known are ${[...known].join(', ')}`)
    if (searchParams.getAll(name).length > 1) throw wrong(`says ${name} more than once`, 'say it once')
  }
  return parsed
}

/** An @ behind the host: what stands before it is part of a password, of which nothing may be told or sent to a host. */
export const misplaced = /^[^:]+:\/\/[^/?#]*[/?#].*@/

function parse(url: string, example: string): URL {
  try {
    if (misplaced.test(url)) throw new TypeError('an @ behind the host')
    // A user and no host, which stands behind the question mark then.
    return new URL(url.replace(/^([^:]+:\/\/[^/?]*@)\//, '$1localhost/'))
  } catch {
    throw wrong(
      'cannot be read',
      `write ${example}, with %40 for an @, %2F for a / and %3F for a ? in the password`,
    )
  }
}

/** The host of a URL, `otherwise` where it names none. */
export function hostOf({ hostname }: URL, otherwise?: string | null): string {
  const host = otherwise ?? (decode(hostname).replace(/^\[|\]$/g, '') || 'localhost')
  if (host.includes(','))
    throw wrong('names several hosts', 'name one, or an address that moves with the primary')
  return host
}

/** A part of the URL without its percent signs. */
export function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw wrong('holds a % that stands for nothing', 'write %25 for a % in the password')
  }
}

const modes = ['disable', 'require', 'verify-ca', 'verify-full'] as const

/** TLS as libpq reads `sslmode`, without its modes that take whatever they get. */
export function readTls(parameters: URLSearchParams, host: string): false | Tls {
  const mode = parameters.get('sslmode') ?? (isHere(host) ? 'disable' : undefined)
  if (mode === undefined)
    throw wrong(
      `says nothing of TLS, and ${host} is another machine`,
      'add ?sslmode=verify-full (with sslrootcert=<file> for an authority of your own), or ?sslmode=disable on a network that only you can read',
    )
  const known = modes.find((one) => one === mode)
  if (known === undefined) throw wrong('has an unknown sslmode', `use one of ${modes.join(', ')}`)
  if (known === 'disable') {
    const vain = tlsParameters.find((name) => name !== 'sslmode' && parameters.has(name))
    if (vain) throw wrong(`has ${vain} without TLS`, 'say sslmode=verify-full, or leave it out')
    return false
  }
  const file = (name: string) => readFile(parameters, name)
  return { mode: known, ca: file('sslrootcert'), cert: file('sslcert'), key: file('sslkey') }
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

/** The refusal of a URL. */
export const wrong = (what: string, remedy: string) => new StoreUnavailable(`database_url ${what}: ${remedy}`)
