// What the gate for gateways stands on: its settings, who may pass, and the way to the sign-in page and back.
import { rethrow } from '../compose.js'
import { StartError } from '../config/errors.js'
import type { Context } from '../domain/context.js'
import { createGate } from '../domain/gate.js'
import { gateTokenOf } from '../domain/gate-cookie.js'
import type { Door } from '../http/http.js'
import { gateCookieDomain, gateHosts, gatePreflight } from '../http/settings.js'
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
  return {
    hosts: settings.get(gateHosts),
    cookieDomain,
    preflight: settings.get(gatePreflight),
    admit: (credentials, rules) => {
      const found = admit(credentials, rules)
      return found instanceof Promise ? found.catch((error) => rethrow(context, error)) : found
    },
    ticketTo: (address) => sealReturn(context, address),
    cookieFor: (pageToken) => gateTokenOf(context, pageToken),
  }
}
