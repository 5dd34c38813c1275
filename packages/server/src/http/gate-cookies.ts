// The gate's own cookies. One for all hosts of a domain, where gateways on other hosts of it have to see who is signed in:
// set wherever the cookie of the pages is set, and cleared with it. And one for a single host of another domain, with the
// one by which the browser is known that began to sign in there; no other host can leave either in a browser
// (RFC 6265bis section 4.1.3.2).
import type { Contract } from '@sallyport/protocol'
import { type Cookie, cookiesOf } from './cookies.js'
import type { Door } from './door.js'

export const hostCookie = (secure: boolean): string => `${secure ? '__Host-' : ''}sallyport_gate`
export const beginningCookie = (secure: boolean): string => `${secure ? '__Host-' : ''}sallyport_start`

/** Set-Cookie for a cookie of this host alone; `seconds` that it is kept. */
export const hostCookieLine = (name: string, value: string, seconds: number, secure: boolean): string =>
  `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}; Max-Age=${seconds}`

/** A contract's cookies, the gate's among them where the contract has one for pages. */
export function withGateCookie(
  contract: Contract,
  { secureCookies, gate }: Pick<Door, 'secureCookies' | 'gate'>,
): Cookie[] {
  const own = [...cookiesOf(contract, secureCookies).values()]
  if (gate?.cookieDomain === undefined || !own.some(({ holds }) => holds === 'page')) return own
  const listed = 'sallyport_gate'
  const secure = secureCookies ? '; Secure' : ''
  const cookie: Cookie = {
    listed,
    name: secureCookies ? `__Secure-${listed}` : listed,
    holds: 'gate',
    attributes: `; Path=/; Domain=${gate.cookieDomain}; HttpOnly; SameSite=Lax${secure}`,
    follows: gate.cookieFor,
  }
  return [...own, cookie]
}
