// The wire. Contracts become routes here, once, at the start; a request then runs through serve.ts. Nothing in this
// room knows a feature, a store, or the name of any wire member: names come from contracts, doing from the Door.
// Fastify routes and keeps connections; its parsers, schemas, logger and error shapes are all switched off.
// Next: compile.ts (contract → routes), serve.ts (a request), problem.ts (failures), openapi.ts (self-description).
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Contract, type Failure, fail, type PageRoute, type Pages } from '@sallyport/protocol'
import Fastify, { type FastifyHttpOptions, type FastifyInstance } from 'fastify'
import { clientAddress, trustedProxies } from './address.js'
import { largestBody } from './body.js'
import { compileContracts, methodsOf, type Served, type Speech, type Spot } from './compile.js'
import { watchConnections } from './connections.js'
import type { Door } from './door.js'
import { openExchange, requestIds } from './exchange.js'
import { addGates, gatePath } from './gate.js'
import { addElsewhere } from './gate-elsewhere.js'
import { pushPreflight, trustedOrigins } from './origin.js'
import { type Own, ownPages } from './own.js'
import { assertFree, formerPages, leadTo, pagePlaces } from './places.js'
import { answerParserError, type ParserError } from './raw.js'
import { addRenewal } from './renewal-route.js'
import { type Core, type Exchange, serve } from './serve.js'
import { isLookedAt, serveFile, servePage, writeFault } from './site.js'
import { letGoOfStreams } from './stream.js'
import { buildTable, type Table } from './table.js'
import { readTraceparent } from './traceparent.js'
import { createValidators } from './validate.js'
import { commonHeaders, ownStyle, pathOf, write, writeFailure } from './write.js'

export type { Door } from './door.js'

/** Milliseconds: for a whole request, for its headers, between two on one connection, between two looks at these. */
const timeouts = { request: 30_000, headers: 10_000, keepAlive: 65_000, look: 5_000 }
const longestParameter = 256

const warmers = new WeakMap<FastifyInstance, () => Promise<void>>()
const cores = new WeakMap<FastifyInstance, Core>()

/** From now on every answer ends its connection, so that those who keep theirs open go elsewhere in time. */
export function endConnections(app: FastifyInstance): void {
  const core = cores.get(app)
  if (core) letGoOfStreams(core)
}

/** Compiles what is otherwise compiled on first use, a piece at a time. For after the server has begun to listen. */
export const warm = async (app: FastifyInstance): Promise<void> => warmers.get(app)?.()

/**
 * The HTTP server of a Door, not listening yet. Throws an Error that names contract, route and member where a
 * contract cannot be served.
 */
export function createHttp(door: Door): FastifyInstance {
  const contracts = door.contracts.map((contract) => JSON.parse(JSON.stringify(contract)) as Contract)
  const { speeches, spots } = compileContracts(contracts, door)
  const [fallback] = speeches
  if (!fallback) throw new Error('http: there is no contract to serve')
  const own = ownPages(speeches, spots, door)
  assertFree(spots, own)
  const places = pagePlaces(spots, door.pages)
  const table = buildTable(speeches, spots, [...own, ...places])
  const core: Core = {
    door,
    trustedOrigins: trustedOrigins(door.issuer, door.origins),
    proxies: trustedProxies(door.trustedProxies),
    validators: createValidators(),
    commonHeaders: commonHeaders(door.issuer),
    pageHeaders: commonHeaders(door.issuer, ownStyle),
    streams: new Set(),
    closing: false,
  }
  const newId = requestIds(core)
  const app = createApp(core, fallback, table, newId)
  const former = formerPages(contracts, door.pages)
  for (const spot of spots)
    addSpot(app, core, spot, spot.method === 'GET' ? former.get(spot.path) : undefined)
  for (const [path, target] of former)
    if (!spots.some((spot) => spot.method === 'GET' && spot.path === path))
      addFormerPage(app, core, table, path, target)
  // Pages and their session are the native contract's, whichever stands first.
  const host = speeches.find(({ cookies }) => cookies.some(({ holds }) => holds === 'page')) ?? fallback
  for (const page of own) addOwn(app, core, host, page)
  for (const place of places) addPage(app, core, host, place)
  addGates(app, core, speeches, newId)
  addElsewhere(app, core, host)
  addRenewal(app, core, host)
  cores.set(app, core)
  warmers.set(app, () => warmAll(core, spots))
  return app
}

/** Schemas are none of Fastify's business; with these it loads neither Ajv nor a serializer at the start. */
const noCompilers = {
  compilersFactory: {
    buildValidator: (() => () => () => true) as never,
    buildSerializer: () => () => JSON.stringify,
  },
}

type NewId = ReturnType<typeof requestIds>

function fastifyOptions(
  core: Core,
  fallback: Speech,
  table: Table,
  newId: NewId,
): FastifyHttpOptions<Server> {
  return {
    logger: false,
    genReqId: newId,
    exposeHeadRoutes: false,
    bodyLimit: largestBody,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.keepAlive,
    return503OnClosing: false,
    http: {
      headersTimeout: timeouts.headers,
      connectionsCheckingInterval: timeouts.look,
      // Asked in serve.ts: Node's own refusal is not in the contract's words.
      requireHostHeader: false,
    },
    schemaController: noCompilers,
    // What Envoy asks about stands behind our path: it is no path of ours, and may be longer than those.
    rewriteUrl: ({ url = '' }) => gatePath(url),
    routerOptions: { maxParamLength: longestParameter, querystringParser: () => ({}) },
    frameworkErrors: (error, { raw }, reply) => {
      const exchange = openExchange(core, raw, reply.raw, table.nearest(pathOf(raw.url ?? '')), newId(raw))
      if (error.code === 'FST_ERR_MAX_PARAM_LENGTH')
        writeFailure(core, exchange, fail('payload_too_large', { detail: 'The path is too long.' }), {
          status: 414,
        })
      else writeFailure(core, exchange, fail('invalid_request', { detail: 'The path is not valid.' }))
    },
    clientErrorHandler: (error, socket) =>
      answerParserError(core, fallback, newId(undefined), error as unknown as ParserError, socket as Socket),
  }
}

function createApp(core: Core, fallback: Speech, table: Table, newId: NewId): FastifyInstance {
  const app = Fastify(fastifyOptions(core, fallback, table, newId))
  const letGo = watchConnections(app.server)
  app.addHook('preClose', (done) => {
    letGoOfStreams(core)
    letGo()
    done()
  })
  app.removeAllContentTypeParsers()
  for (const method of ['DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY'])
    if (app.supportedMethods.includes(method))
      app.addHttpMethod(method, { hasBody: false, overrideExisting: true })
  app.setNotFoundHandler(({ raw, id }, reply) => lose(core, table, raw, reply.raw, id))
  app.setErrorHandler((error, { raw, id }, reply) =>
    writeFailure(core, openExchange(core, raw, reply.raw, table.nearest(pathOf(raw.url ?? '')), id), error),
  )
  app.server.on('checkExpectation', (request, response) => app.routing(request, response))
  return app
}

function addSpot(app: FastifyInstance, core: Core, spot: Spot, former: string | undefined): void {
  const first = spot.routes[0] as Served
  const sole = spot.routes.length === 1 && first.route.when === undefined ? first : undefined
  const handler = async (exchange: Exchange) => {
    try {
      if (former !== undefined && isLookedAt(exchange.request))
        write(core, exchange, leadTo(former, exchange.request.url as string))
      else write(core, exchange, await serve(core, spot, exchange))
    } catch (error) {
      writeFailure(core, exchange, error)
    }
  }
  for (const method of methodsOf(spot))
    app.route({
      method,
      url: spot.path,
      handler: ({ raw, id, params }, reply) => {
        void handler({
          request: raw,
          response: reply.raw,
          params: params as Exchange['params'],
          requestId: id,
          ip: clientAddress(raw, core.proxies),
          trace: readTraceparent(raw.headers.traceparent),
          startedAt: performance.now(),
          speech: first.speech,
          served: sole,
          input: {},
        })
      },
    })
}

function addFormerPage(app: FastifyInstance, core: Core, table: Table, path: string, target: string): void {
  for (const method of ['GET', 'HEAD'])
    app.route({
      method,
      url: path,
      handler: ({ raw, id }, reply) => {
        if (isLookedAt(raw)) {
          const exchange = openExchange(core, raw, reply.raw, table.nearest(path), id)
          write(core, exchange, leadTo(target, raw.url as string))
        } else lose(core, table, raw, reply.raw, id)
      },
    })
}

function addOwn(app: FastifyInstance, core: Core, speech: Speech, page: Own): void {
  for (const method of ['GET', 'HEAD'])
    app.route({
      method,
      url: page.path,
      handler: ({ raw, id, params }, reply) => {
        const exchange = openExchange(core, raw, reply.raw, speech, id)
        void answerOwn(core, exchange, page, params as Record<string, string>)
      },
    })
}

function addPage(app: FastifyInstance, core: Core, speech: Speech, { method, path }: PageRoute): void {
  const pages = core.door.pages as Pages
  for (const one of method === 'GET' ? ['GET', 'HEAD'] : [method])
    app.route({
      method: one,
      url: path,
      handler: ({ raw, id, params }, reply) => {
        const exchange = {
          ...openExchange(core, raw, reply.raw, speech, id),
          params: params as Exchange['params'],
        }
        if (path === pages.filesAt) void serveFile(core, exchange, pages)
        else void servePage(core, exchange, pages, { method, path })
      },
    })
}

async function answerOwn(
  core: Core,
  exchange: Exchange,
  page: Own,
  params: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    write(core, exchange, await page.answer(params, exchange.request))
  } catch (error) {
    writeFailure(core, exchange, error)
  }
}

/** No route took it: a preflight, a method that the path does not know, or nothing at all. */
function lose(
  core: Core,
  table: Table,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): void {
  const path = pathOf(request.url ?? '')
  const exchange = openExchange(core, request, response, table.nearest(path), id)
  const methods = table.methods(path)
  const refuse = (failure: Failure, headers: string[] = []) =>
    core.door.pages && isLookedAt(request)
      ? void writeFault(core, exchange, core.door.pages, failure, [], headers)
      : writeFailure(core, exchange, failure)
  if (methods === undefined) {
    refuse(fail('not_found'))
    return
  }
  const allow = [...methods, 'OPTIONS']
  if (request.method !== 'OPTIONS') {
    refuse(fail('method_not_allowed', { allow }), ['allow', allow.join(', ')])
    return
  }
  const headers = ['allow', allow.join(', ')]
  pushPreflight(headers, request.headers, exchange.speech, methods.join(', '))
  write(core, exchange, { status: 204, body: undefined, headers })
}

async function warmAll(core: Core, spots: readonly Spot[]): Promise<void> {
  const operations = new Set(spots.flatMap((spot) => spot.routes.map((route) => route.operation)))
  for (const operation of operations) {
    if (Object.keys(operation.input.properties ?? {}).length === 0) continue
    await core.validators.of(operation)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
