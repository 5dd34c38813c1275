// The gate: a gateway in front of applications asks it about every request, and what it answers goes on to the
// application, or to the visitor. One engine; what differs between gateways is data (protocol/gateways/). Who a visitor
// is, domain says. Whatever goes wrong here, nobody passes. Next: gate-asked.ts (what was asked for), gate-rules.ts (what
// the operator wants), gate-refuse.ts (everybody who does not pass).
import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  type Contract,
  type Gateway,
  gateways,
  type IdentityFact,
  identityHeaders,
} from '@sallyport/protocol'
import type { FastifyInstance } from 'fastify'
import type { Admitted, GateCredential, Person } from '../domain/context.js'
import { plain } from './address.js'
import type { Speech } from './compile.js'
import { readCookie } from './cookies.js'
import { readBearer } from './credentials.js'
import type { GateKeeping } from './door.js'
import { type Asked, AskingFault, readAsked } from './gate-asked.js'
import { refuse } from './gate-refuse.js'
import { noRules, parseRules, RuleFault, type Rules } from './gate-rules.js'
import type { Core } from './serve.js'
import { readTraceparent } from './traceparent.js'

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
  const byContract = new Map(
    speeches.map((speech) => [speech.contract.name, readingOf([speech], speech.contract.name !== 'native')]),
  )
  // Ours first: most tokens are.
  const usual = readingOf([...speeches].reverse(), false)
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
  const [usual] = server.listeners('request') as ((
    request: IncomingMessage,
    response: ServerResponse,
  ) => void)[]
  if (!usual) throw new Error('gate: the server has no listener to go ahead of')
  // In its place, and its alone: others look at every request too.
  server.off('request', usual).prependListener('request', (request, response) => {
    const { url = '' } = request
    const post = url.startsWith('/gate/') ? posts.find(({ gateway }) => isAt(gateway.path, url)) : undefined
    if (post) answer(post, request, response, newId(request))
    else usual(request, response)
  })
}

function isAt(path: string, url: string): boolean {
  if (!url.startsWith(path)) return false
  return (
    url.length === path.length || url[path.length] === '?' || (path === behind && url[path.length] === '/')
  )
}

function readingOf(speeches: readonly Speech[], ownWords: boolean): Reading {
  const [first] = speeches as [Speech]
  const access = new Map<string, Contract[]>()
  for (const { cookies, contract } of speeches)
    for (const { name, holds } of cookies)
      if (holds === 'access') access.set(name, [...(access.get(name) ?? []), contract])
  const pages = speeches
    .flatMap(({ cookies }) => cookies)
    .filter(({ holds }) => holds === 'page' || holds === 'gate')
  return {
    speech: first,
    ownWords,
    bearer: speeches.map(({ contract }) => contract),
    cookies: [
      ...[...access].map(([name, contracts]) => ({ name, kind: 'access' as const, contracts })),
      ...pages
        .map(({ name, holds }) => ({ name, kind: holds as 'page' | 'gate', contracts: [] }))
        .sort((a, b) => a.kind.localeCompare(b.kind)),
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
    const found = gate.admit(credentialsOf(question.reading, request), question.rules)
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
  question.rules = rulesOf(post, request, url)
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

/** Rules are read once for each spelling; an operator has a few. */
function rulesOf({ gateway, rules }: Post, { headers }: IncomingMessage, url: string): Rules {
  const start = url.indexOf('?')
  const text =
    gateway.rules === 'query'
      ? start === -1
        ? ''
        : url.slice(start + 1)
      : ((headers[gateway.rules.header] as string | undefined) ?? '')
  if (text === '') return noRules
  const known = rules.get(text)
  if (known) return known
  const parsed = parseRules(text)
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
function credentialsOf({ bearer, cookies }: Reading, request: IncomingMessage): GateCredential[] {
  const token = readBearer(request)
  if (token !== undefined) return [{ kind: 'access', from: 'bearer', value: token, contracts: bearer }]
  const header = request.headers.cookie
  const found: GateCredential[] = []
  if (header === undefined) return found
  for (const { name, kind, contracts } of cookies) {
    const value = readCookie(header, name)
    if (value !== undefined) found.push({ kind, from: 'cookie', value, contracts })
  }
  return found
}

/** Headers of every answer of the gate. An upstream's answers are its own: nothing is said for it here. */
export const common: readonly string[] = [
  ...['cache-control', 'no-store'],
  ...['vary', 'cookie, authorization, accept, sec-fetch-mode'],
  ...['x-content-type-options', 'nosniff'],
]

const printed = new Map(
  Object.entries(identityHeaders).map(([name, headers]) => [
    name,
    { names: Object.entries(headers), byPerson: new WeakMap<Person, readonly string[]>() },
  ]),
)

/** Lets somebody pass: every header that says who it is, the empty ones too, or a visitor could bring their own. */
function pass(
  { core, request, response, rules, id, startedAt }: Question,
  admitted: Admitted | undefined,
): void {
  const { names, byPerson } = printed.get(rules.headers)!
  const person = admitted?.person
  let known = person && byPerson.get(person)
  if (!known) {
    known = print(names, person)
    if (person) byPerson.set(person, known)
  }
  const headers = [...known, 'x-session-id', admitted?.sessionId ?? '', 'x-request-id', id]
  if (core.closing) headers.push('connection', 'close')
  response.writeHead(200, headers)
  // With a text for a body Node would write the headers as UTF-8, bytes of UTF-8 that they are.
  response.end()
  const trace = readTraceparent(request.headers.traceparent)
  const milliseconds = performance.now() - startedAt
  const { method = '' } = request
  core.door.observe?.({ operation: 'gate', method, status: 200, milliseconds, requestId: id, trace })
}

function print(names: readonly [string, IdentityFact][], person: Person | undefined): string[] {
  const facts: Record<Exclude<IdentityFact, 'session'>, string> = {
    id: person?.id ?? '',
    // Anybody can sign up with an address that is not theirs, and applications take it for who somebody is.
    email: (person?.isProven && person.email) || '',
    name: person?.name ?? '',
    username: person?.username ?? '',
    groups: person?.roles.join(',') ?? '',
  }
  const told = names.flatMap(([name, fact]) => (fact === 'session' ? [] : [name, asHeader(facts[fact])]))
  return [...common, 'content-length', '0', ...told]
}

/** UTF-8, one byte a character, as Node writes headers; what would end a header is a blank. */
const asHeader = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  Buffer.from(text.replace(/[\u0000-\u001f\u007f]/g, ' '), 'utf8').toString('latin1')
