// How a request begins: its id, and what is known of it before anybody has looked inside.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestFacts } from '../domain/context.js'
import { randomBytes } from '../util/ids.js'
import { clientAddress } from './address.js'
import type { Speech } from './compile.js'
import type { Core, Exchange } from './serve.js'
import { readTraceparent } from './traceparent.js'

/** Ids of requests: unique to the process and cheap. A trusted proxy's own is kept. */
export function requestIds({ proxies }: Core): (request: IncomingMessage | undefined) => string {
  // Six characters, for V8 joins what is longer than twelve only when somebody reads it, which is dearer.
  const prefix = `${randomBytes(4).toString('base64url')}-`
  let count = 0
  return (request) => {
    const given = request?.headers['x-request-id']
    if (given !== undefined && request !== undefined && proxies.trusts(request.socket.remoteAddress ?? ''))
      if (/^[A-Za-z0-9._-]{1,64}$/.test(String(given))) return String(given)
    count += 1
    return prefix + count.toString(36)
  }
}

/** An exchange that no route has taken yet. */
export function openExchange(
  core: Core,
  request: IncomingMessage,
  response: ServerResponse,
  speech: Speech,
  requestId: string,
  startedAt = performance.now(),
): Exchange {
  return {
    request,
    response,
    params: {},
    requestId,
    ip: clientAddress(request, core.proxies),
    trace: readTraceparent(request.headers.traceparent),
    startedAt,
    speech,
    served: undefined,
    input: {},
  }
}

/** What operations know of a browser that visits a page. */
export function factsOf({ speech, requestId, ip, request, trace }: Exchange): RequestFacts {
  const userAgent = request.headers['user-agent']?.slice(0, 512)
  return {
    contract: speech.contract,
    requestId,
    ip,
    ...(userAgent && { userAgent }),
    ...(trace && { trace }),
  }
}
