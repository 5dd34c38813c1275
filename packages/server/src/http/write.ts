// Putting an answer on the wire, a refusal where something failed, and the one line of log each request gets. Answers
// go to Node's response directly; Fastify only routed the request.
import type { IncomingMessage } from 'node:http'
import { type ErrorCode, Failure, fail } from '@sallyport/protocol'
import { Aborted } from './body.js'
import type { Speech } from './compile.js'
import { cookiesToClear, cookiesToClearOf } from './cookies.js'
import { pushCors } from './origin.js'
import type { Refusal } from './problem.js'
import type { Answer, Core, Exchange } from './serve.js'
import { writeEvents } from './stream.js'

/** Milliseconds that a client may go on sending what nobody reads, before it is cut off: it would miss the answer. */
const patience = 1000

/** What an answer that is no page may load. */
const nothing = "default-src 'none'; frame-ancestors 'none'"
/** What a page of ours may load: its style, from us. */
export const ownStyle =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The headers that every answer carries (OWASP's list for APIs). */
export function commonHeaders(issuer: string, policy = nothing): string[] {
  const headers = [
    ...['x-content-type-options', 'nosniff'],
    ...['referrer-policy', 'no-referrer'],
    ...['content-security-policy', policy],
    ...['vary', 'origin'],
  ]
  if (issuer.startsWith('https:')) headers.push('strict-transport-security', 'max-age=31536000')
  return headers
}

/** Sends an answer and logs it. `code` is the failure's, where it is one. */
export function write(core: Core, exchange: Exchange, answer: Answer, code?: ErrorCode): void {
  const { request, response } = exchange
  const { status, body } = answer
  const common = answer.common ?? (answer.isPage ? core.pageHeaders : core.commonHeaders)
  const headers: (string | string[])[] = common.concat(answer.headers)
  headers.push('x-request-id', exchange.requestId)
  if (answer.cookies?.length) headers.push('set-cookie', [...answer.cookies])
  if (!answer.common) pushCors(headers, request.headers.origin, exchange.speech)
  if (answer.events) {
    void writeEvents(core, exchange, status, headers, answer.events)
    logRequest(core, exchange, status)
    return
  }
  if (body !== undefined) headers.push('content-length', String(Buffer.byteLength(body)))
  else if (status !== 204) headers.push('content-length', '0')
  if (core.closing || code === 'payload_too_large') headers.push('connection', 'close')
  if (code === 'payload_too_large') linger(exchange, status, headers, body ?? '')
  else {
    response.writeHead(status, headers)
    response.end(request.method === 'HEAD' ? undefined : body)
  }
  logRequest(core, exchange, status, code)
}

/** Answers while the client is still sending, and lets it notice before the connection is closed. */
function linger(
  { request, response }: Exchange,
  status: number,
  headers: (string | string[])[],
  body: string | Uint8Array,
): void {
  response.writeHead(status, headers)
  response.write(body)
  const close = () => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(close, patience)
  request.once('end', close).once('close', close).resume()
}

/** Answers a failure in the words of the route or its contract; what is no `Failure` becomes `internal`. */
export function writeFailure(
  core: Core,
  exchange: Exchange,
  error: unknown,
  { status, path = pathOf(exchange.request.url ?? '') }: { status?: number | undefined; path?: string } = {},
): void {
  if (error instanceof Aborted) {
    logRequest(core, exchange, 499)
    return
  }
  const failure = error instanceof Failure ? error : fail('internal')
  logFailure(core, exchange, failure, error)
  const refuse = exchange.served?.refuse ?? exchange.speech.refusals.refuse
  const refusal = refuse(failure, {
    requestId: exchange.requestId,
    path,
    input: exchange.input,
    now: core.door.now(),
    ...(status !== undefined && { status }),
  })
  const { speech, request } = exchange
  const cookies = clearedBy(refusal.cookies, speech, request)
  const headers = ['cache-control', 'no-store', ...refusal.headers]
  write(core, exchange, { status: refusal.status, body: refusal.body, headers, cookies }, failure.code)
}

function clearedBy(
  said: Refusal['cookies'],
  { cookies, contract }: Speech,
  request: IncomingMessage,
): string[] {
  if (said === 'clear') return cookiesToClear(cookies, contract, request.headers.cookie ?? '')
  return said === undefined ? [] : cookiesToClearOf(cookies, said)
}

function logFailure(
  core: Core,
  { requestId, served, trace }: Exchange,
  failure: Failure,
  error: unknown,
): void {
  const err = failure === error ? failure.details.cause : error
  if (err === undefined) return
  const facts = {
    requestId,
    traceId: trace?.traceId,
    operation: served?.operation.name,
    code: failure.code,
    err,
  }
  if (failure.code === 'internal') core.door.log.error(facts, 'request failed')
  else core.door.log.warn(facts, 'request failed')
}

function logRequest({ door }: Core, exchange: Exchange, status: number, code?: ErrorCode): void {
  const { request, requestId, ip, served, startedAt, trace } = exchange
  const { method = '' } = request
  const milliseconds = performance.now() - startedAt
  const operation = served?.operation.name
  door.observe?.({ operation, method, status, milliseconds, requestId, trace })
  door.log.info(
    {
      method,
      path: pathOf(request.url ?? '').slice(0, 256),
      status,
      code,
      ms: Math.round(milliseconds * 100) / 100,
      requestId,
      traceId: trace?.traceId,
      operation,
      ip,
    },
    'request',
  )
}

/** The path of a request target, without its query. */
export function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}
