// What the gate for gateways stands on: its settings, who may pass, and the way to the sign-in page and back.
import { assertionType } from '@sallyport/protocol'
import { rethrow } from '../compose.js'
import { StartError } from '../config/errors.js'
import type { Context } from '../domain/context.js'
import { createGate } from '../domain/gate.js'
import { createAssertions } from '../domain/gate-assertion.js'
import { gateTokenOf } from '../domain/gate-cookie.js'
import {
  bindingOf,
  codeFor,
  isBeginning,
  newBeginning,
  readHandOver,
  trade,
  writeHandOver,
} from '../domain/gate-hand-over.js'
import { openNote, sealNote } from '../domain/sealed-note.js'
import type { Door } from '../http/http.js'
import { gateAssertion, gateCookieDomain, gateHosts, gatePreflight } from '../http/settings.js'
import { openReturn, sealReturn } from './pages.js'

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
    elsewhere: elsewhere(context),
    ticketTo: (address) => sealReturn(context, address),
    cookieFor: (pageToken) => gateTokenOf(context, pageToken),
  }
}

/** Milliseconds that a browser may take from the gate to the start. */
const START_LIFETIME = 10 * 60_000

function elsewhere(context: Context): NonNullable<Door['gate']>['elsewhere'] {
  const purpose = 'gate start'
  return {
    startTicket: (address) => sealNote(context, purpose, address, START_LIFETIME, ''),
    openStart: (ticket) => openNote(context, purpose, ticket, ''),
    begin: (cookie, address) => {
      const kept = cookie !== undefined && isBeginning(cookie) ? cookie : newBeginning()
      return { kept, rt: sealReturn(context, writeHandOver({ binding: bindingOf(kept), address })) }
    },
    enter: async (rt, returnCookie, pageToken) => {
      const handOver = readHandOver(openReturn(context, rt, returnCookie) ?? '')
      if (!handOver) return 'refused'
      if (pageToken === undefined) return undefined
      const made = await codeFor(context, pageToken, handOver).catch((error) => rethrow(context, error))
      return made && { origin: new URL(handOver.address).origin, ...made }
    },
    trade: async ({ code, rt, kept }, place) => {
      const said = { code, rt, beginning: kept, ...place }
      const entered = await trade(context, said).catch((error) => rethrow(context, error))
      if (!entered) return undefined
      const { token, lifetime, address } = entered
      return { value: token, seconds: Math.floor(lifetime / 1000), address }
    },
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
