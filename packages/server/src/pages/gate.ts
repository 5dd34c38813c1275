// What the gate for gateways stands on: its settings, who may pass, and the way to the sign-in page and back.
import { assertionType } from '@sallyport/protocol'
import { rethrow } from '../compose.js'
import { StartError } from '../config/errors.js'
import type { Context } from '../domain/context.js'
import { createGate } from '../domain/gate.js'
import { createAssertions } from '../domain/gate-assertion.js'
import { gateTokenOf } from '../domain/gate-cookie.js'
import type { Door } from '../http/http.js'
import { gateAssertion, gateCookieDomain, gateHosts, gatePreflight } from '../http/settings.js'
import { sealReturn } from './pages.js'

/** Throws StartError where no browser would keep the gate's cookie. */
export function gateKeeping(context: Context): NonNullable<Door['gate']> {
  const { settings, issuer } = context
  const cookieDomain = settings.get(gateCookieDomain)
  const { hostname } = new URL(issuer)
  if (cookieDomain !== undefined && hostname !== cookieDomain && !hostname.endsWith(`.${cookieDomain}`))
    throw new StartError(
      `gate.cookie_domain is ${cookieDomain}, and the issuer’s host ${hostname} is no part of it: browsers would refuse the cookie`,
      'Name a domain that issuer and applications share, or serve this server on a host of it',
    )
  const { admit } = createGate(context)
  if (settings.get(gateAssertion)) assertPublished(context)
  return {
    hosts: settings.get(gateHosts),
    cookieDomain,
    preflight: settings.get(gatePreflight),
    admit: (credentials, rules) => {
      const found = admit(credentials, rules)
      return found instanceof Promise ? found.catch((error) => rethrow(context, error)) : found
    },
    assert: settings.get(gateAssertion) ? createAssertions(context) : undefined,
    ticketTo: (address) => sealReturn(context, address),
    cookieFor: (pageToken) => gateTokenOf(context, pageToken),
  }
}

/** Throws StartError where no application could verify what is signed. */
function assertPublished({ keys }: Context): void {
  const { alg } = keys.active({ type: assertionType })
  if (alg.startsWith('HS'))
    throw new StartError(
      `gate.assertion: what is signed with ${alg} can be verified with the secret alone, which no application may have`,
      'Choose ES256, EdDSA or RS256 as access_token.alg, or leave gate.assertion out',
    )
}
