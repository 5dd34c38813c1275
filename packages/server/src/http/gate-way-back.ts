// The way back after signing in: a ticket that only this server can make, so that the sign-in page leads to no other
// host than those of `gate.hosts`, and no character of a query gets lost on the way.
import type { Door, GateKeeping } from './door.js'
import type { Question } from './gate.js'
import type { Asked } from './gate-asked.js'
import { hostAsked, isListed, isWithin } from './gate-hosts.js'

/** Where the sign-in begins on a host that sees no cookie of ours. */
export const START = '/.sallyport/start'

/** Characters: longer ones would not fit into the header in which a gateway is told of them. */
const longest = 2048

/** Where the sign-in begins, with the ticket that leads back. */
export interface Way {
  readonly at: string
  readonly rt: string
}

/**
 * The way to what was asked for; for what was sent, to the page it came from. Where the host sees no cookie of ours it
 * begins there (gate-elsewhere.ts). Undefined, and said in the log, where the host is not listed, or a browser would be
 * sent back for ever.
 */
export function wayBack(question: Question, asked: Asked, referer: string | undefined): Way | undefined {
  const { gate, core, id } = question
  const url = parse(addressOf(asked))
  const trouble = url ? troubleOf(question, asked) : 'the address cannot be read'
  if (trouble !== undefined || !url) {
    core.door.log.warn({ requestId: id, host: asked.host }, `the gate knows no way back: ${trouble}`)
    return undefined
  }
  const isRead = asked.method === 'GET' || asked.method === 'HEAD'
  const target = isRead ? url.href : sameHost(referer, url)
  const address = target.length <= longest ? target : `${url.origin}/`
  if (isSeen(question.core.door, gate, asked))
    return { at: `${core.door.issuer}/sign-in`, rt: gate.ticketTo(address) }
  return { at: `${url.origin}${START}`, rt: gate.elsewhere.startTicket(address) }
}

/** On the host as it is listed: with a dot at its end it would be another one to cookies. */
const addressOf = (asked: Asked) => (hostAsked(asked)?.origin ?? '') + asked.uri
const parse = (text: string) => (URL.canParse(text) ? new URL(text) : null)

function sameHost(referer: string | undefined, { origin }: URL): string {
  const from = parse(referer ?? '')
  return from?.origin === origin ? from.href : `${origin}/`
}

function troubleOf({ gate, core: { door } }: Question, asked: Asked): string | undefined {
  const found = hostAsked(asked)
  if (!found || !isListed(gate.hosts, found.host)) return 'gate.hosts does not list it'
  if (door.secureCookies && asked.proto !== 'https') return 'cookies go over https alone'
  const isOurs = /^\/\.sallyport(?:[/?]|$)/i.test(asked.uri)
  return isOurs && !isSeen(door, gate, asked)
    ? `its gateway asks about ${asked.uri.split('?')[0]} and has to route /.sallyport/ to this server; or set gate.cookie_domain`
    : undefined
}

/** Whether a host that was asked for gets to see the cookies of this server. */
function isSeen({ issuer }: Pick<Door, 'issuer'>, gate: GateKeeping, asked: Asked): boolean {
  const name = hostAsked(asked)?.name ?? ''
  const domain = gate.cookieDomain
  return name === new URL(issuer).hostname || (domain !== undefined && isWithin(name, domain))
}
