// One request, from its first byte to its answer, in this order: size, credentials in header and cookies, content type,
// syntax, credentials in the body, caller, origin, refused and wrong members, address limit, the operation, the answer. The first failure answers. A route that takes no credential from the body knows its caller before it
// looks at the body at all.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Data } from '@sallyport/protocol'
import { errors, Failure, fail, type Transport } from '@sallyport/protocol'
import type { AllFacts, Caller, Credential, RequestFacts, Trace } from '../domain/context.js'
import type { Proxies } from './address.js'
import { hasBody, readBody } from './body.js'
import type { Served, Speech, Spot } from './compile.js'
import { cookiesToClear, cookiesToSet } from './cookies.js'
import { findCredentials } from './credentials.js'
import { csrfCookie, hasCsrf } from './csrf.js'
import { assertNothingRefused, decodeBody, type Members, readInput } from './decode.js'
import type { Door } from './door.js'
import { parseFields } from './form.js'
import { mayAct } from './origin.js'
import type { Reply } from './reply.js'
import { findRoute } from './selector.js'
import { type Events, eventsOf, resumed } from './stream.js'
import type { Validate, Validators } from './validate.js'

/** A request on its way. `served` is unknown while a selector has not been asked. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly params: Members
  readonly requestId: string
  readonly ip: string
  readonly trace: Trace | undefined
  /** For the log. */
  readonly startedAt: number
  speech: Speech
  served: Served | undefined
  input: Data
}

/** What every request needs. */
export interface Core {
  readonly door: Door
  readonly trustedOrigins: ReadonlySet<string>
  readonly proxies: Proxies
  readonly validators: Validators
  /** Headers of every answer: name, value, name, value. */
  readonly commonHeaders: readonly string[]
  /** The same for pages. */
  readonly pageHeaders: readonly string[]
  /** The answers that go on, each with what ends it. */
  readonly streams: Set<() => void>
  /** Once true, every answer ends its connection. */
  closing: boolean
}

/** What is to be written. */
export interface Answer {
  readonly status: number
  readonly body: string | Uint8Array | undefined
  /** Name, value, name, value. */
  readonly headers: readonly string[]
  /** Set-Cookie values. */
  readonly cookies?: readonly string[]
  /** In place of a body: what goes on for as long as the client listens. */
  readonly events?: Events
  /** HTML of ours, which may load its style from us and nothing else. */
  readonly isPage?: true
  /** Headers of every answer, where this one's are others; no other origin may read it then. */
  readonly common?: readonly string[]
}

const none: Members = {}

/** Serves a request of a spot. Throws `Failure` for what is expected, anything else for what is not. */
export async function serve(core: Core, spot: Spot, exchange: Exchange): Promise<Answer> {
  const { request } = exchange
  assertPlainSpelling(request.url as string)
  if (request.headers.host === undefined && request.httpVersion === '1.1')
    throw fail('invalid_request', { detail: 'A request names its Host (RFC 9112 section 3.2).' })
  const sole = exchange.served
  const bytes = hasBody(request) ? await readBody(request) : undefined
  let body: Members | undefined
  let served = sole
  if (served === undefined) {
    const accept = [...new Set(spot.routes.flatMap((route) => route.accept))]
    body = await decodeBody(accept, request.headers, bytes)
    served = findRoute(spot.routes, body)
    exchange.served = served
  }
  // Most of what follows is known at once, and only what is not is waited for.
  let caller: Caller | undefined | Promise<Caller | undefined>
  const isEarly = !served.bodyCredentials && served.transportMember === undefined
  if (isEarly) caller = findCaller(core, served, exchange, undefined)
  else if (body === undefined) findCredentials(served.sources, request, undefined)
  if (caller instanceof Promise) caller = await caller
  if (body === undefined) {
    const members = served.readsBody ? readMembers(served, request, bytes) : none
    body = members instanceof Promise ? await members : members
  }
  if (!isEarly) caller = findCaller(core, served, exchange, body)
  if (caller instanceof Promise) caller = await caller
  if (caller === undefined) return answer(served, exchange, none)
  const read = takeInput(core, served, exchange, body)
  const taken = read instanceof Promise ? await read : read
  const input = served.operation.streams ? resumed(taken, request.headers) : taken
  const counted = limitAddress(core, served, exchange)
  if (counted) await counted
  const output = (await core.door.call(served.operation, caller, input)) as Data
  return answer(served, exchange, output)
}

function readMembers({ speech, accept }: Served, { headers }: IncomingMessage, bytes: Buffer | undefined) {
  const isNone = bytes === undefined && headers['content-type'] === undefined
  if (isNone && speech.contract.bodiless === 'refused') throw fail('unsupported_media_type')
  return decodeBody(accept, headers, bytes)
}

/** One resource has one spelling: no octet of a plain letter in disguise, no fragment (RFC 3986 section 6.2.2.2). */
const disguised = /#|^[^?]*%(?:2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])/

/** Throws `not_found` for another spelling of a path. */
export function assertPlainSpelling(url: string): void {
  if ((url.includes('%') || url.includes('#')) && disguised.test(url)) throw fail('not_found')
}

/** What is not even a try does not count: a form that is filled in wrong closes nothing. */
function limitAddress({ door }: Core, served: Served, exchange: Exchange): void | Promise<void> {
  if (served.operation.limit === undefined) return
  return door.limit(served.operation, exchange)
}

function factsOf(served: Served, exchange: Exchange, transport: Transport | undefined): AllFacts {
  const { requestId, ip, request, trace } = exchange
  const { contract } = served.speech
  const userAgent = request.headers['user-agent']?.slice(0, 512) || undefined
  // What is not there is said too: a shape that is always the same costs a fraction of members that are spread in.
  return { contract, requestId, ip, userAgent, trace, transport, strict: served.route.strict }
}

/** Who is calling, if their browser may speak for them; nobody where the route can do without. */
function findCaller(
  core: Core,
  served: Served,
  exchange: Exchange,
  body: Members | undefined,
): Caller | undefined | Promise<Caller | undefined> {
  const credentials = findCredentials(served.sources, exchange.request, body)
  const transport = chosenTransport(served, body)
  const facts = factsOf(served, exchange, transport)
  // Before anything that the route's own answer would hide: it may clear cookies.
  if (served.route.optional) assertOrigin(served, exchange, credentials, transport)
  const found = served.route.optional
    ? tolerated(core, served, credentials, facts)
    : core.door.authenticate(served.operation, credentials, facts)
  const fromThere = (caller: Caller | undefined) => {
    assertOrigin(served, exchange, credentials, transport)
    return caller
  }
  return found instanceof Promise ? found.then(fromThere) : fromThere(found)
}

/** Nobody, where the token is not good: the route can do without. */
async function tolerated(
  { door }: Core,
  { operation }: Served,
  credentials: readonly Credential[],
  facts: RequestFacts,
): Promise<Caller | undefined> {
  try {
    return await door.authenticate(operation, credentials, facts)
  } catch (error) {
    if (error instanceof Failure && errors[error.code].status === 401) return undefined
    throw error
  }
}

/** How a way in shall hand out its tokens; a value that is not taken is named with the other fields, later. */
function chosenTransport(served: Served, body: Members | undefined): Transport | undefined {
  if (!served.operation.wayIn) return undefined
  const { transport } = served.speech.contract
  const sent = served.transportMember === undefined ? undefined : body?.[served.transportMember]
  return transport.allow.find((way) => way === sent) ?? transport.default
}

/**
 * A change that a cookie vouches for must come from an origin that may act; so must a way in that leaves cookies, or
 * somebody else's site could sign its visitor into a stranger's account.
 */
function assertOrigin(
  served: Served,
  { request }: Exchange,
  credentials: readonly Credential[],
  transport: Transport | undefined,
): void {
  if (served.operation.effect !== 'write') return
  const byCookie = credentials[0]?.from === 'cookie'
  const leavesCookies = transport !== undefined && transport !== 'body'
  if (!byCookie && !leavesCookies) return
  const { speech } = served
  const silence = !byCookie || speech.contract.origin === 'lenient'
  if (!mayAct(request.headers, speech.origins, silence) || !hasCsrf(speech, request))
    throw fail('origin_not_allowed')
}

function takeInput(core: Core, served: Served, exchange: Exchange, body: Members): Data | Promise<Data> {
  if (served.fields.length === 0 && served.refused.length === 0) {
    exchange.input = served.fixed ?? none
    return exchange.input
  }
  assertNothingRefused(served, body)
  const query = served.readsQuery ? readQuery(exchange.request.url as string) : none
  const cookies = exchange.request.headers.cookie ?? ''
  const { input, problems } = readInput(served, body, query, exchange.params, cookies)
  exchange.input = input
  const judge = (validate: Validate) => {
    const wrong = validate(input)
    if (wrong !== undefined) {
      const told = new Set(problems.map((problem) => problem.path[0]))
      problems.push(...wrong.filter((problem) => !told.has(problem.path[0] as string)))
    }
    if (problems.length > 0) throw new Failure('invalid_request', { fields: problems })
    return input
  }
  const found = core.validators.of(served.operation)
  return found instanceof Promise ? found.then(judge) : judge(found)
}

function readQuery(url: string): Members {
  const start = url.indexOf('?')
  return start === -1 ? none : parseFields(url.slice(start + 1))
}

/** The reply for the shape that the output has. */
function replyTo({ reply, instead }: Served, output: Data): Reply {
  for (const other of instead) if (output[other.when] !== undefined) return other.reply
  return reply
}

function answer(served: Served, exchange: Exchange, output: Data): Answer {
  const { status, headers, print, cookies } = replyTo(served, output)
  if (served.operation.streams) return { status, body: undefined, headers, events: eventsOf(output, print) }
  const body = print?.(output, exchange.input)
  if (cookies === undefined) return { status, body, headers }
  const { speech } = served
  const lines =
    cookies === 'csrf'
      ? [csrfCookie(speech)]
      : cookies === 'set'
        ? cookiesToSet(speech.cookies, output)
        : cookiesToClear(speech.cookies, speech.contract, exchange.request.headers.cookie ?? '')
  return { status, body, headers, cookies: lines }
}
