// Hosts behind gateways, as browsers spell them and as visitors may: one form for all spellings, on which everything that
// is decided by the host goes.
import type { Asked } from './gate-asked.js'

/** A host that was asked for. */
export interface AskedHost {
  /** Scheme, name and port, as a browser says it: `https://app.example.com:8443`. */
  readonly origin: string
  /** In lower case, without a dot at its end. */
  readonly name: string
  /** The name, with its port where it is not the usual one. */
  readonly host: string
}

/** A name or an address, with a port: what stands unquoted in addresses, policies and pages. */
export const hostForm = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

const most = 256
const known = new Map<string, AskedHost | undefined>()

/** The host of what was asked for; undefined where no browser could ask for it. On the path of each request. */
export function hostAsked({ proto, host }: Pick<Asked, 'proto' | 'host'>): AskedHost | undefined {
  const spelled = `${proto}://${host}`
  if (known.has(spelled)) return known.get(spelled)
  // An address has more parts than a host, and its host more spellings than any host has.
  const found = hostForm.test(host) ? read(spelled) : undefined
  // Whoever asks with a thousand spellings makes the others be read anew.
  if (known.size >= most) known.clear()
  known.set(spelled, found)
  return found
}

function read(spelled: string): AskedHost | undefined {
  if (!URL.canParse(spelled)) return undefined
  const { protocol, hostname, port } = new URL(spelled)
  const name = hostname.replace(/\.$/, '')
  const host = port === '' ? name : `${name}:${port}`
  return { origin: `${protocol}//${host}`, name, host }
}

/** Whether `gate.hosts` lists a host, on the boundaries of dots. */
export const isListed = (entries: readonly string[], host: string): boolean =>
  entries.some((entry) =>
    entry.startsWith('*.') ? host.endsWith(entry.slice(1)) && host.length >= entry.length : host === entry,
  )

/** Whether a host is a domain or in it, on the boundary of a dot. */
export const isWithin = (host: string, domain: string): boolean =>
  host === domain || host.endsWith(`.${domain}`)
