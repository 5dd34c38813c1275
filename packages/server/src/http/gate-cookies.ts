// The gate's own cookie, where gateways on other hosts of one domain have to see who is signed in: set wherever the cookie
// of the pages is set, and cleared with it.
import type { Contract } from '@sallyport/protocol'
import { type Cookie, cookiesOf } from './cookies.js'
import type { Door } from './door.js'

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
