// Double-submit: a page reads a random value from a cookie and sends it back in a header, which another origin cannot.
// Clients that were made for it find it; the origin rule protects whether it is asked for or not.
import type { IncomingMessage } from 'node:http'
import { equalBytes } from '../util/hash.js'
import { randomBytes } from '../util/ids.js'
import type { Speech } from './compile.js'
import { readCookie } from './cookies.js'

/** The Set-Cookie value of a new token. A page has to read it, so it is not HttpOnly. */
export function csrfCookie({ contract, secure }: Speech): string {
  const { cookie = 'csrf' } = contract.csrf ?? {}
  const token = randomBytes(24).toString('base64url')
  return `${cookie}=${token}; Path=/; SameSite=Lax${secure ? '; Secure' : ''}`
}

/** Whether the header carries the cookie's value, where the contract insists on it. */
export function hasCsrf({ contract: { csrf } }: Speech, { headers }: IncomingMessage): boolean {
  if (!csrf?.strict) return true
  const kept = readCookie(headers.cookie ?? '', csrf.cookie)
  const sent = headers[csrf.header.toLowerCase()]
  return kept !== undefined && typeof sent === 'string' && equalBytes(Buffer.from(kept), Buffer.from(sent))
}
