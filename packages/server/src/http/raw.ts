// Requests that Node's parser refuses before there is a request: broken or contradictory framing, headers too large
// or too slow, methods that do not exist. They get a whole answer in the default contract's words, and the connection
// ends.
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type ErrorCode, fail } from '@sallyport/protocol'
import type { Speech } from './compile.js'
import type { Core } from './serve.js'

/** What Node says of a request it could not read. */
export interface ParserError extends Error {
  readonly code?: string
  readonly rawPacket?: Buffer
}

/** What an HTTP socket is while a response on it has begun. */
interface Busy {
  readonly _httpMessage?: { readonly headersSent: boolean }
}

const answered = new WeakSet<Socket>()
/** Milliseconds for the client to read the answer. */
const patience = 1000

/** Answers a parser error on its socket. */
export function answerParserError(
  core: Core,
  speech: Speech,
  requestId: string,
  error: ParserError,
  socket: Socket,
): void {
  if (answered.has(socket)) return
  const busy = (socket as Socket & Busy)._httpMessage?.headersSent === true
  if (error.code === 'ECONNRESET' || !socket.writable || busy) {
    socket.destroy()
    return
  }
  answered.add(socket)
  const [status, code, detail] = judge(error)
  const request = { requestId, path: '', input: {}, now: core.door.now(), status }
  const refusal = speech.refusals.refuse(fail(code, { detail }), request)
  const headers = [
    ...core.commonHeaders,
    ...['cache-control', 'no-store'],
    ...refusal.headers,
    ...['x-request-id', requestId],
    ...['content-length', String(Buffer.byteLength(refusal.body))],
    ...['connection', 'close'],
  ]
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`
  for (let index = 0; index < headers.length; index += 2)
    head += `${headers[index]}: ${headers[index + 1]}\r\n`
  socket.end(`${head}\r\n${refusal.body}`)
  const timer = setTimeout(() => socket.destroy(), patience)
  socket.once('close', () => clearTimeout(timer))
  core.door.log.info(
    { status, code, reason: error.code, requestId, ip: socket.remoteAddress },
    'request refused',
  )
}

function judge({ code, rawPacket }: ParserError): [status: number, code: ErrorCode, detail: string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'payload_too_large', 'The request line and headers are at most 16 KiB.']
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, 'payload_too_large', 'The chunk extensions are too large.']
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'invalid_request', 'The request took too long to arrive.']
    case 'HPE_INVALID_METHOD':
      return /^[A-Z-]{1,32} \S/.test(rawPacket?.toString('latin1', 0, 64) ?? '')
        ? [400, 'invalid_request', 'This method is not known.']
        : [400, 'invalid_request', 'This is not an HTTP request.']
    default:
      return [400, 'invalid_request', 'The request is not valid HTTP.']
  }
}
