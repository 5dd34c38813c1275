// The gate: a gateway in front of applications asks it about every request, and what it answers goes on to the
// application, or to the visitor. One engine; what differs between gateways is data (protocol/gateways/). Who a visitor
// is, domain says. Whatever goes wrong here, nobody passes. Next: gate-asked.ts (what was asked for), gate-rules.ts (what
// the operator wants), gate-pass.ts (who passes), gate-refuse.ts (everybody else).
import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Contract, type Gateway, gateways, identityHeaders } from '@sallyport/protocol'
import type { FastifyInstance } from 'fastify'
import type { GateCredential } from '../domain/context.js'
import { plain } from './address.js'
import type { Speech } from './compile.js'
import { readCookie, readCookies } from './cookies.js'
import { readBearer } from './credentials.js'
import type { GateKeeping } from './door.js'
import { type Asked, AskingFault, readAsked } from './gate-asked.js'
import { hostCookie } from './gate-cookies.js'
import { hostAsked } from './gate-hosts.js'
import { pass } from './gate-pass.js'
import { refuse } from './gate-refuse.js'
import { noRules, parseRules, RuleFault, type Rules } from './gate-rules.js'
import type { Core } from './serve.js'

/** Which credentials are looked at, and in whose words those without are told so. */
interface Reading {
  readonly speech: Speech
  /** Everything is said by the contract, without a way to our pages. */
  readonly ownWords: boolean
  readonly bearer: readonly Contract[]
  readonly cookies: readonly (Omit<GateCredential, 'value' | 'from'> & { readonly name: string })[]
}

/** One gateway's questions. */
interface Post {
  readonly core: Core
  readonly gate: GateKeeping
  readonly gateway: Gateway
  readonly usual: Reading
  readonly byContract: ReadonlyMap<string, Reading>
  readonly rules: Map<string, Rules>
}

/** One question. What is known of it grows. */
export interface Question {
  readonly core: Core
  readonly gate: GateKeeping
  readonly gateway: Gateway
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly id: string
  readonly startedAt: number
  reading: Reading
  rules: Rules
  asked: Asked | undefined
}

const behind = '/gate/envoy'

/** The path by which a request finds its route: what the visitor asked for behind Envoy's is left out. */
export const gatePath = (url: string): string =>
  url.startsWith(behind) && (url[behind.length] === '/' || url[behind.length] === '?') ? behind : url

/** Adds the gate's routes, for every method there is. `newId` gives a request its id. */
export function addGates(
  app: FastifyInstance,
  core: Core,
  speeches: readonly Speech[],
  newId: (request: IncomingMessage) => string,
): void {
  const { gate } = core.door
  if (!gate) return
  const methods = METHODS.filter((method) => method !== 'CONNECT')
  for (const method of methods) app.addHttpMethod(method, { hasBody: false, overrideExisting: true })
  const own = hostCookie(core.door.secureCookies)
  const byContract = new Map(
    speeches.map((speech) => [
      speech.contract.name,
      readingOf([speech], speech.contract.name !== 'native', own),
    ]),
  )
  // Ours first: most tokens are.
  const usual = readingOf([...speeches].reverse(), false, own)
  const posts = gateways.map((gateway) => ({
    ...{ core, gate, gateway, usual, byContract, rules: new Map<string, Rules>() },
  }))
  for (const post of posts)
    app.route({
      method: methods,
      url: post.gateway.path,
      handler: ({ raw, id }, reply) => answer(post, raw, reply.raw, id),
    })
  goAhead(app, posts, newId)
}

/** The gate is asked about every request of every application: its questions take no way through Fastify's router. */
function goAhead(
  { server }: FastifyInstance,
  posts: readonly Post[],
  newId: (request: IncomingMessage) => string,
): void {
  type Listener = (request: IncomingMessage, response: ServerResponse) => void
  const [usual, ...others] = server.listeners('request') as Listener[]
  if (!usual) throw new Error('gate: the server has no listener to go ahead of')
  // In its place, and its alone: others look at every request too. One listener for all is called without a detour.
  server.removeAllListeners('request').on('request', (request, response) => {
    const { url = '' } = request
    const post = url.startsWith('/gate/') ? postAt(posts, url) : undefined
    if (post) answer(post, request, response, newId(request))
    else usual(request, response)
    for (const other of others) other(request, response)
  })
}

function postAt(posts: readonly Post[], url: string): Post | undefined {
  for (const post of posts) if (isAt(post.gateway.path, url)) return post
  return undefined
}

function isAt(path: string, url: string): boolean {
  if (!url.startsWith(path)) return false
  return (
    url.length === path.length || url[path.length] === '?' || (path === behind && url[path.length] === '/')
  )
}

function readingOf(speeches: readonly Speech[], ownWords: boolean, hostCookieName: string): Reading {
  const [first] = speeches as [Speech]
  const access = new Map<string, Contract[]>()
  for (const { cookies, contract } of speeches)
    for (const { name, holds } of cookies)
      if (holds === 'access') access.set(name, [...(access.get(name) ?? []), contract])
  const named = (wanted: string) =>
    speeches.flatMap(({ cookies }) => cookies.flatMap(({ holds, name }) => (holds === wanted ? [name] : [])))
  const page = named('page')
  // On plain-http localhost the two have one name.
  const gate = page.length === 0 ? [] : [...new Set([hostCookieName, ...named('gate')])]
  return {
    speech: first,
    ownWords,
    bearer: speeches.map(({ contract }) => contract),
    cookies: [
      ...[...access].map(([name, contracts]) => ({ name, kind: 'access' as const, contracts })),
      ...gate.map((name) => ({ name, kind: 'gate' as const, contracts: [] })),
      ...page.map((name) => ({ name, kind: 'page' as const, contracts: [] })),
    ],
  }
}

function answer(post: Post, request: IncomingMessage, response: ServerResponse, id: string): void {
  const { core, gate, gateway, usual: reading } = post
  const startedAt = performance.now()
  const question: Question = {
    core,
    gate,
    gateway,
    request,
    response,
    id,
    startedAt,
    reading,
    rules: noRules,
    asked: undefined,
  }
  try {
    const asked = look(post, question)
    if (gate.preflight === 'pass' && isPreflight(asked, request)) {
      pass(question, undefined)
      return
    }
    const found = gate.admit(credentialsOf(question.reading, request, asked), question.rules)
    if (found instanceof Promise)
      found.then((admitted) => pass(question, admitted)).catch((error) => refuse(question, error))
    else pass(question, found)
  } catch (error) {
    refuse(question, error)
  }
}

/** What was asked for and under which rules. Throws AskingFault, RuleFault. */
function look(post: Post, question: Question): Asked {
  const { request, gateway, core } = question
  if (!trusts(core, request.socket))
    throw new AskingFault(
      gateway.asking.by === 'url' ? gateway.asking.url : gateway.asking.proto,
      `trusted_proxies does not list ${plain(request.socket.remoteAddress ?? '')}, so its headers do not count`,
    )
  const url = (request as { originalUrl?: string }).originalUrl ?? (request.url as string)
  question.rules = rulesOf(post, question, rulesText(gateway, request, url))
  const { contract, headers } = question.rules
  if (contract !== undefined) {
    const reading = post.byContract.get(contract)
    if (!reading) throw new RuleFault(`the contract ${contract} is not open`)
    question.reading = reading
  }
  if (!Object.hasOwn(identityHeaders, headers))
    throw new RuleFault(`headers=${headers} is none of ${Object.keys(identityHeaders).join(', ')}`)
  question.asked = readAsked(gateway, request, url.slice(gateway.path.length))
  return question.asked
}

const most = 256

function rulesText({ rules }: Gateway, { headers }: IncomingMessage, url: string): string {
  if (rules !== 'query') return (headers[rules.header] as string | undefined) ?? ''
  const start = url.indexOf('?')
  return start === -1 ? '' : url.slice(start + 1)
}

/** Rules are read once for each spelling; an operator has a few. Wrong ones are refused in the words that they name. */
function rulesOf({ rules, byContract }: Post, question: Question, text: string): Rules {
  if (text === '') return noRules
  const known = rules.get(text)
  if (known) return known
  let parsed: Rules
  try {
    parsed = parseRules(text)
  } catch (error) {
    const named = new URLSearchParams(text).get('contract') ?? ''
    question.reading = byContract.get(named) ?? question.reading
    throw error
  }
  if (rules.size >= most) rules.clear()
  rules.set(text, parsed)
  return parsed
}

const trusted = Symbol('trusted')

/** Looked up once for each connection. */
function trusts({ proxies }: Core, socket: Socket & { [trusted]?: boolean }): boolean {
  socket[trusted] ??= proxies.trusts(plain(socket.remoteAddress ?? ''))
  return socket[trusted]
}

/** A question of CORS (Fetch standard): it never says who asks. */
const isPreflight = ({ method }: Asked, { headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined

/** Throws Failure for what is there twice. */
function credentialsOf(
  { bearer, cookies }: Reading,
  request: IncomingMessage,
  asked: Asked,
): GateCredential[] {
  const token = readBearer(request)
  if (token !== undefined) return [{ kind: 'access', from: 'bearer', value: token, contracts: bearer }]
  const header = request.headers.cookie
  const found: GateCredential[] = []
  if (header === undefined) return found
  for (const { name, kind, contracts } of cookies) {
    if (kind === 'gate') {
      const [value, ...others] = readCookies(header, name).filter(Boolean)
      const more = { host: hostAsked(asked)?.host ?? '', ...(others.length > 0 && { others }) }
      if (value !== undefined) found.push({ kind, from: 'cookie', value, contracts, ...more })
      continue
    }
    const value = readCookie(header, name)
    if (value !== undefined) found.push({ kind, from: 'cookie', value, contracts })
  }
  return found
}
