// The way back after signing in: a ticket that only this server can make, so that the sign-in page leads to no other
// host than those of `gate.hosts`, and no character of a query gets lost on the way.
import type { Question } from './gate.js'
import type { Asked } from './gate-asked.js'
import { hostAsked, isListed, isWithin } from './gate-hosts.js'

/** Characters: longer ones would not fit into the header in which a gateway is told of them. */
const longest = 2048

/**
 * The ticket to what was asked for; for what was sent, to the page it came from. Undefined, and said in the log, where
 * the host is not listed, or would not get to see the cookie and send the browser back for ever.
 */
export function wayBack(question: Question, asked: Asked, referer: string | undefined): string | undefined {
  const { gate, core, id } = question
  const url = parse(addressOf(asked))
  const trouble = url ? troubleOf(question, asked) : 'the address cannot be read'
  if (trouble !== undefined || !url) {
    core.door.log.warn({ requestId: id, host: asked.host }, `the gate knows no way back: ${trouble}`)
    return undefined
  }
  const isRead = asked.method === 'GET' || asked.method === 'HEAD'
  const target = isRead ? url.href : sameHost(referer, url)
  return gate.ticketTo(target.length <= longest ? target : `${url.origin}/`)
}

const addressOf = ({ proto, host, uri }: Asked) => `${proto}://${host}${uri}`
const parse = (text: string) => (URL.canParse(text) ? new URL(text) : null)

function sameHost(referer: string | undefined, { origin }: URL): string {
  const from = parse(referer ?? '')
  return from?.origin === origin ? from.href : `${origin}/`
}

function troubleOf({ gate, core: { door } }: Question, asked: Asked): string | undefined {
  const found = hostAsked(asked)
  if (!found || !isListed(gate.hosts, found.host)) return 'gate.hosts does not list it'
  if (door.secureCookies && asked.proto !== 'https') return 'cookies go over https alone'
  const { name } = found
  const domain = gate.cookieDomain
  const isSeen = name === new URL(door.issuer).hostname || (domain !== undefined && isWithin(name, domain))
  return isSeen ? undefined : 'it does not see the cookie of this server; set gate.cookie_domain'
}
