// The composition root of the server: what compose.ts puts together, behind HTTP. What it hands to each room is all that
// room has. operator.ts is the same without HTTP, for the command line.
import { setTimeout } from 'node:timers/promises'
import { type Contract, operations as listed, type Operation } from '@sallyport/protocol'
import type { FastifyInstance } from 'fastify'
import type { Bus } from './bus/bus.js'
import { callOperation, createContext, handlers, rethrow, type ServerOptions } from './compose.js'
import { StartError } from './config/errors.js'
import { host, port, shutdownDelay, testingClock } from './config/settings.js'
import { chosenContracts, openedContracts, openHttp } from './contracts.js'
import { plainSettings } from './delivery/choose.js'
import { authenticate } from './domain/access.js'
import type { Context } from './domain/context.js'
import { createOutboxWorker } from './domain/outbox-worker.js'
import { addressKey } from './domain/throttle.js'
import { housekeeping, type Upkeep } from './domain/upkeep.js'
import { authenticateVisitor } from './domain/visitor.js'
import { type Door, endConnections, warm } from './http/http.js'
import { docsEnabled, origins, trustedProxies } from './http/settings.js'
import { type Node, openNode } from './nodes.js'
import { createMetrics, type Metrics } from './observability/metrics.js'
import { listenForMetrics, type MetricsServer } from './observability/metrics-server.js'
import { metricsHost, metricsPort } from './observability/settings.js'
import { findTracing } from './observability/tracing.js'
import { gateKeeping } from './pages/gate.js'
import { hostedPages, ownReturn, pagesEnabled } from './pages/pages.js'
import { bringUpToDate, openWhole, takePlaces } from './storage.js'
import type { Engine } from './store/store.js'
import type { Settings } from './util/setting.js'
import { version } from './util/version.js'

export { examineDelivery, type ServerOptions, settings } from './compose.js'
export { judgeContract } from './contracts.js'
export { migrations } from './domain/migrations/index.js'
export type { FirebaseProject } from './domain/passwords/foreign.js'
export type { Importer, Incoming, Outcome } from './domain/transfer/importer.js'
export { Refused } from './domain/transfer/refused.js'
export { readJsonFile } from './http/contracts.js'
export { Differs, isOff, type Moved, type MoveProgress, moveDatabase, reopenDatabase } from './mover.js'
export { type Operator, openOperator, operatorOn } from './operator.js'
export { relocate } from './relocator.js'
export { backUpDatabase, type Restored, restoreDatabase, settleDatabase } from './restorer.js'
export { examineBeside, openEngine, tables } from './storage.js'
export { type Planned, SchemaTooNew, StoreUnavailable } from './store/store.js'

export interface Server {
  listen(): Promise<{ url: string }>
  /** Says no to readiness, finishes what is under way, and lets go of everything; once, however often it is called. */
  close(): Promise<void>
  /** A request without a socket. */
  readonly inject: FastifyInstance['inject']
  /** What the timers do, now: revocation of other processes, keys, housekeeping. */
  upkeep(): Promise<void>
  readonly context: Context
  readonly engine: Engine
  readonly bus: Bus
  /** What answers where; for the banner. */
  readonly urls: readonly { label: string; url: string; note?: string }[]
}

/** A whole server, ready to listen. Throws StartError where something has to be mended first. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { settings, mode } = options
  checkMetricsPort(settings)
  if (mode === 'production') checkDelivery(settings)
  const contracts = await openedContracts(options)
  const node = await openNode(options, (clock) => openWhole(options, clock))
  let context: Context | undefined
  try {
    await bringUpToDate(node.engine, mode, settings)
    await takePlaces(node.engine, settings, node.clock)
    const state = { draining: false }
    context = await createContext(options, node, contracts, () => state.draining)
    attend(node, context)
    const metrics = createMetrics(context, version)
    const observe = await observer(metrics)
    const app = openHttp({ ...door(context, contracts, options, metrics), observe })
    return assemble(options, context, node, app, state, metrics)
  } catch (error) {
    // What stopped the start is what is said, not that the audit log lost its store.
    await context?.audit.settled().catch(() => {})
    await node.close()
    throw error
  }
}

/** Hears of what the other nodes ended. A reading that fails is made up for by the next look. */
function attend({ bus }: Node, { changes }: Context): void {
  bus.hear(() => void changes.catchUp().catch(() => {}))
}

/** The public port must not give the figures away. Throws StartError. */
function checkMetricsPort(settings: Settings): void {
  const own = settings.get(metricsPort)
  if (own !== 0 && own === settings.get(port))
    throw new StartError(
      `metrics.port is ${own}, which is the port of the server itself`,
      'Choose another one, such as --metrics.port 4464; in development the main port has /metrics anyway',
    )
}

/** In production nothing leaves in the clear. Throws StartError. */
function checkDelivery(settings: Settings): void {
  const plain = plainSettings(settings)
  if (plain.length === 0) return
  throw new StartError(
    `${plain.join(', ')} names plain http, by which codes and links can be read on the way`,
    'Name an https URL; plain http on this machine is for development',
  )
}

/** Said by a server that listens: one that cannot start has something worse to say. */
function warnOfDelivery({ delivery, log }: Context): void {
  if (delivery.ways.email) return
  log.warn(
    { next: 'Set smtp.host and smtp.from, or delivery.webhook.url: sallyport doctor' },
    'no mail can be sent: messages wait until they are over',
  )
}

/** What hears of every answer: the figures, and spans where somebody collects them. */
async function observer({ countRequest }: Metrics): Promise<NonNullable<Door['observe']>> {
  const recordSpan = await findTracing(version)
  return (seen) => {
    countRequest(seen.operation, seen.method, seen.status, seen.milliseconds)
    recordSpan?.(seen)
  }
}

function door(
  context: Context,
  contracts: readonly Contract[],
  options: ServerOptions,
  metrics: Metrics,
): Door {
  const { settings, mode, log } = options
  const secureCookies = !context.issuer.startsWith('http:')
  const pages = hostedPages(context, mode, () => urlsOf(context.issuer, options))
  return {
    contracts,
    operations: new Map(listed.filter(({ name }) => handlers.has(name)).map((one) => [one.name, one])),
    development: mode === 'development',
    issuer: context.issuer,
    origins: settings.get(origins),
    trustedProxies: settings.get(trustedProxies),
    secureCookies,
    authenticate: (operation, credentials, facts) => {
      const caller = authenticate(context, operation, credentials, facts)
      return caller instanceof Promise ? caller.catch((error) => rethrow(context, error)) : caller
    },
    limit: (operation, { ip }) => limitAddress(context, operation, ip),
    call: (operation, caller, input) => callOperation(context, operation, caller, input),
    now: () => context.clock.now(),
    log,
    ...(mode === 'development' && { metrics: metrics.print }),
    ...(pages && { pages, returnAddress: (ticket, cookie) => ownReturn(context, ticket, cookie) }),
    visit: (operation, token, facts) =>
      authenticateVisitor(context, operation, token, facts).catch((error) => rethrow(context, error)),
    gate: gateKeeping(context),
    docs: settings.get(docsEnabled),
  }
}

function limitAddress(context: Context, { limit }: Operation, ip: string): void | Promise<void> {
  if (limit === undefined) return
  const key = addressKey(ip)
  if (limit === 'refresh_address') return context.throttle.takeLocally(limit, key)
  return context.throttle.take(limit, key).catch((error) => rethrow(context, error))
}

function assemble(
  options: ServerOptions,
  context: Context,
  node: Node,
  app: FastifyInstance,
  state: { draining: boolean },
  metrics: Metrics,
): Server {
  const keeping = keep(context, node)
  let closing: Promise<void> | undefined
  let listening = false
  let metricsServer: MetricsServer | undefined
  const close = async () => {
    state.draining = true
    endConnections(app)
    if (listening && options.mode === 'production') await setTimeout(options.settings.get(shutdownDelay))
    await app.close()
    await metricsServer?.close()
    await letGo(context, node, keeping)
  }
  return {
    inject: app.inject.bind(app),
    context,
    engine: node.engine,
    bus: node.bus,
    upkeep: keeping.now,
    urls: urlsOf(context.issuer, options),
    listen: async () => {
      metricsServer = await serveMetrics(metrics, options)
      const url = await app.listen(addressOf(options.settings))
      listening = true
      begin(options, context, app, keeping)
      return { url }
    },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

/** What a server does once it listens. */
function begin({ mode }: ServerOptions, context: Context, app: FastifyInstance, keeping: Upkeep): void {
  keeping.start()
  warm(app)
  if (mode === 'production') warnOfDelivery(context)
}

/** The upkeep, and the worker of the outbox that `hurry` wakes between its rounds. */
function keep(context: Context, { engine, setClock }: Node): Upkeep {
  const worker = createOutboxWorker(context)
  context.outbox.attend(worker.wake)
  return housekeeping(context, { engine, worker, setClock })
}

/** The upkeep ends, what is still in memory reaches the store, and the store is closed last. */
async function letGo(context: Context, node: Node, keeping: Upkeep): Promise<void> {
  await keeping.stop()
  await context.notices.settled()
  context.delivery.close()
  await context.audit.settled()
  await context.stats.flush()
  await context.hasher.close()
  await node.close()
}

/** Throws StartError where a port that was chosen cannot be had. */
async function serveMetrics(metrics: Metrics, options: ServerOptions): Promise<MetricsServer | undefined> {
  const { settings, mode, log, origins: from } = options
  const chosen = from.get(metricsPort.name)?.source !== 'default'
  const own = chosen || mode === 'production' ? settings.get(metricsPort) : 0
  if (own === 0) return undefined
  const at = settings.get(metricsHost)
  try {
    return await listenForMetrics(metrics, at, own)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const what = `/metrics cannot listen on ${at} port ${own} (the settings metrics.host and metrics.port): ${code}`
    const next = 'Free the port, choose another one, or switch it off: --metrics.port 0'
    if (chosen) throw new StartError(what, next, { cause: error })
    // A second server on one machine is no reason not to start.
    log.warn({ next }, what)
    return undefined
  }
}

/** One address, not two: on `localhost` a second listener would answer broken requests in words that are not ours. */
function addressOf(settings: Settings): { host: string; port: number } {
  const name = settings.get(host)
  return { host: name === 'localhost' ? '127.0.0.1' : name, port: settings.get(port) }
}

function urlsOf(issuer: string, { settings, mode }: ServerOptions): Server['urls'] {
  const api = [
    ...chosenContracts(settings).map(({ title, routes }) => ({
      label: 'Contract',
      url: issuer,
      note: `${title}: ${routes
        .slice(0, 4)
        .map(({ on }) => on)
        .join(', ')}${routes.length > 4 ? ', …' : ''}`,
    })),
    ...(settings.get(pagesEnabled)
      ? [
          { label: 'Sign-in', url: `${issuer}/sign-in` },
          { label: 'Account', url: `${issuer}/account` },
        ]
      : []),
    {
      label: 'API',
      url: `${issuer}/v1`,
      note: 'POST /v1/signup, /v1/login, /v1/refresh, /v1/logout, GET /v1/me',
    },
    ...(settings.get(docsEnabled)
      ? [
          { label: 'Docs', url: `${issuer}/docs` },
          { label: 'OpenAPI', url: `${issuer}/openapi.json` },
        ]
      : []),
    { label: 'Keys', url: `${issuer}/.well-known/jwks.json` },
    { label: 'Metadata', url: `${issuer}/.well-known/oauth-authorization-server` },
    { label: 'Health', url: `${issuer}/readyz` },
    ...(mode === 'development' ? [{ label: 'Mail', url: `${issuer}/dev/mail.json` }] : []),
  ]
  const clock = { label: 'Clock', url: `${issuer}/dev/clock`, note: 'POST { "advance": "301s" }' }
  return settings.get(testingClock) ? [...api, clock] : api
}
