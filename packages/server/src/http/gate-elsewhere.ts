// Signing in on a host of another domain, which sees no cookie of ours. Its gateway routes `/.sallyport/` to us, so that we
// can leave one there; the way is drawn in domain/gate-hand-over.ts. What is asked for by another peer than a gateway, or
// for a host that is not listed, is not found.
import type { IncomingMessage } from 'node:http'
import { fail } from '@sallyport/protocol'
import type { FastifyInstance } from 'fastify'
import { plain } from './address.js'
import type { Speech } from './compile.js'
import { readCookies } from './cookies.js'
import type { GateKeeping } from './door.js'
import { openExchange } from './exchange.js'
import { parseFields, texts } from './form.js'
import { beginningCookie, hostCookie, hostCookieLine } from './gate-cookies.js'
import { type AskedHost, hostAsked, isListed } from './gate-hosts.js'
import { common } from './gate-pass.js'
import { START } from './gate-way-back.js'
import { type Answer, assertPlainSpelling, type Core, type Exchange } from './serve.js'
import { isLookedAt, pageCookieOf, readOwnCookie, writeFault } from './site.js'
import { write, writeFailure } from './write.js'

const ENTER = '/gate/enter'
const CALLBACK = '/.sallyport/callback'
/** Seconds that somebody may take to sign in. */
const BEGINNING = 3600

type Query = Readonly<Record<string, string | undefined>>
type Doing = (core: Core, gate: GateKeeping, exchange: Exchange, query: Query) => Promise<Answer> | Answer

/** Adds the three routes; `speech` has the cookie of the pages. */
export function addElsewhere(app: FastifyInstance, core: Core, speech: Speech): void {
  const { gate, pages } = core.door
  if (!gate || !pages) return
  const doings: readonly [path: string, doing: Doing][] = [
    [START, start],
    [ENTER, enter],
    [CALLBACK, callback],
  ]
  for (const [url, doing] of doings)
    app.route({
      method: 'GET',
      url,
      handler: ({ raw, id }, reply) => {
        const exchange = openExchange(core, raw, reply.raw, speech, id)
        void answer(core, gate, exchange, doing)
      },
    })
}

async function answer(core: Core, gate: GateKeeping, exchange: Exchange, doing: Doing): Promise<void> {
  try {
    const { url = '' } = exchange.request
    assertPlainSpelling(url)
    const at = url.indexOf('?')
    const query = at === -1 ? {} : texts(parseFields(url.slice(at + 1)))
    write(core, exchange, await doing(core, gate, exchange, query))
  } catch (error) {
    const { pages } = core.door
    // On the application's host none of our pages stands.
    if (doing === enter && pages && isLookedAt(exchange.request))
      await writeFault(core, exchange, pages, error)
    else writeFailure(core, exchange, error)
  }
}

/** On the application's host: leaves what this browser is known by, and leads to the sign-in page. */
function start(core: Core, gate: GateKeeping, { request }: Exchange, { rt, ended }: Query): Answer {
  const { door } = core
  const place = placeOf(core, gate, request)
  const asked = rt === undefined ? undefined : gate.elsewhere.openStart(rt)
  const address = asked !== undefined && new URL(asked).origin === place.origin ? asked : `${place.origin}/`
  const begun = gate.elsewhere.begin(beginningOf(core, request), address)
  const query = new URLSearchParams({ rt: begun.rt, ...(ended !== undefined && { ended: '1' }) })
  const secure = door.secureCookies
  return lead(`${door.issuer}/sign-in?${query}`, [
    hostCookieLine(beginningCookie(secure), begun.kept, BEGINNING, secure),
  ])
}

/** Here: a code for whoever is signed in, taken to the application's host. */
async function enter(core: Core, gate: GateKeeping, exchange: Exchange, { rt = '' }: Query): Promise<Answer> {
  const { request, speech } = exchange
  const [token, ...others] = readCookies(request.headers.cookie ?? '', pageCookieOf(speech).name)
  const known = others.length === 0 ? token || undefined : undefined
  const made = await gate.elsewhere.enter(rt, readOwnCookie(core, request, 'return'), known)
  if (made === 'refused' || made === undefined) return lead(`/sign-in?${new URLSearchParams({ rt })}`)
  return lead(`${made.origin}${CALLBACK}?${new URLSearchParams({ code: made.code, rt: made.rt })}`)
}

/** On the application's host: the code becomes a cookie, in the browser that began. */
async function callback(
  core: Core,
  gate: GateKeeping,
  { request }: Exchange,
  { code = '', rt = '' }: Query,
): Promise<Answer> {
  const place = placeOf(core, gate, request)
  // A code that was shown is gone, also where this browser is another one.
  const found = await gate.elsewhere.trade({ code, rt, kept: beginningOf(core, request) ?? '' }, place)
  if (!found) return notHere()
  const secure = core.door.secureCookies
  return lead(found.address, [hostCookieLine(hostCookie(secure), found.value, found.seconds, secure)])
}

/** What this browser began with; two of them are none. */
function beginningOf({ door }: Core, { headers }: IncomingMessage): string | undefined {
  const values = readCookies(headers.cookie ?? '', beginningCookie(door.secureCookies))
  return values.length === 1 ? values[0] : undefined
}

/** The application's host, as its gateway says it. Throws `not_found`. */
function placeOf({ door, proxies }: Core, gate: GateKeeping, request: IncomingMessage): AskedHost {
  const { headers, socket } = request
  const proto = headers['x-forwarded-proto']
  const host = headers['x-forwarded-host'] ?? headers.host ?? ''
  const peer = plain(socket.remoteAddress ?? '')
  const place =
    proxies.trusts(peer) && (proto === 'https' || proto === 'http') && typeof host === 'string'
      ? hostAsked({ proto, host })
      : undefined
  const isSafe = !door.secureCookies || proto === 'https'
  if (place && isSafe && isListed(gate.hosts, place.host)) return place
  door.log.warn({ peer, host: String(host).slice(0, 300) }, 'the gate: nobody can sign in on this host')
  throw fail('not_found', {
    detail: 'Sign-in begins here on hosts of gate.hosts alone, behind a gateway of trusted_proxies.',
  })
}

const lead = (location: string, cookies: readonly string[] = []): Answer => ({
  status: 303,
  body: undefined,
  headers: [...common, 'location', location, 'referrer-policy', 'no-referrer'],
  cookies,
  common: [],
})

/** Said on the application's host, where none of our pages is; trying again is harmless, and leads to no circle by itself. */
function notHere(): Answer {
  const body = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Not signed in</title>
<p>Signing in was not completed in this browser: it took too long, was begun in another one, or cookies are off.
<p><a href="${START}">Sign in again</a>
`
  const policy = "default-src 'none'; frame-ancestors 'none'"
  const headers = ['content-type', 'text/html; charset=utf-8', 'content-security-policy', policy]
  return { status: 400, body, headers: [...common, ...headers], common: [] }
}
