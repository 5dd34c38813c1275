// Who may speak through a browser: the origin rule against forged requests, and CORS. Both know exact origins only;
// `null` and look-alikes are strangers.
import type { IncomingHttpHeaders } from 'node:http'
import type { Contract } from '@sallyport/protocol'

/** The origins that are trusted: the issuer's own and the configured ones. */
export function trustedOrigins(issuer: string, listed: readonly string[]): ReadonlySet<string> {
  return new Set([new URL(issuer).origin, ...listed])
}

/**
 * Whether a browser's request may act with what the browser adds by itself.
 * A listed Origin may; else Sec-Fetch-Site must say same-origin or none; `silence` decides where neither is sent
 * (W3C Fetch Metadata; RFC 6454). An opaque origin never may.
 */
export function mayAct(
  headers: IncomingHttpHeaders,
  trusted: ReadonlySet<string>,
  silence: boolean,
): boolean {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  if (origin !== undefined && trusted.has(origin)) return true
  if (origin === 'null') return false
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin === undefined && silence
}

const exposed = 'retry-after, x-request-id, www-authenticate'

/** What CORS needs to know of a contract. */
interface Readers {
  readonly origins: ReadonlySet<string>
  readonly cors: 'listed' | 'any' | 'none'
}

/** Adds the CORS headers of an answer; none for an origin that may not read it. */
export function pushCors(target: unknown[], origin: string | undefined, { origins, cors }: Readers): void {
  if (!mayRead(origin, { origins, cors })) return
  if (cors === 'any') target.push('access-control-allow-origin', '*')
  else target.push('access-control-allow-origin', origin, 'access-control-allow-credentials', 'true')
  target.push('access-control-expose-headers', exposed)
}

const mayRead = (origin: string | undefined, { origins, cors }: Readers) =>
  origin !== undefined && (cors === 'any' || (cors === 'listed' && origins.has(origin)))

/** Adds what a preflight wants to know besides. Seconds it may be kept: ten minutes. */
export function pushPreflight(
  target: string[],
  headers: IncomingHttpHeaders,
  readers: Readers & { readonly contract: Pick<Contract, 'cors'> },
  methods: string,
): void {
  if (!mayRead(headers.origin, readers) || headers['access-control-request-method'] === undefined) return
  const allowed = ['authorization', 'content-type', ...(readers.contract.cors?.headers ?? [])]
  target.push(
    'access-control-allow-methods',
    methods,
    'access-control-allow-headers',
    allowed.join(', '),
    'access-control-max-age',
    '600',
  )
}
