// Requests as a transcript words them, sent as they are: no redirect is followed, no header is added that a server could
// judge by, and what comes back is handed on unread.
import http from 'node:http'
import https from 'node:https'
import type { Backend, WireAnswer } from '@sallyport/protocol'

/** Bytes of a body that are read at most. */
const MOST = 1024 * 1024

/** Sends to a backend below a URL; each request has a connection of its own. Rejects where no whole answer comes. */
export function wireTo(base: URL): Backend['send'] {
  const { request } = base.protocol === 'https:' ? https : http
  const prefix = base.pathname.replace(/\/$/, '')
  return ({ method, path, headers, body }, _place, signal) =>
    new Promise((done, failed) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
      const options = {
        method,
        path: prefix + path,
        headers: { ...headers, ...length },
        signal,
        agent: false,
      }
      const sent = request({ host: base.hostname.replace(/^\[|\]$/g, ''), port: base.port, ...options })
      sent.on('response', (message) => readAnswer(message).then(done, failed))
      sent.on('upgrade', (_message, socket) => {
        socket.destroy()
        failed(new Error('the backend changed the protocol'))
      })
      sent.on('error', failed)
      sent.end(body)
    })
}

async function readAnswer(message: http.IncomingMessage): Promise<WireAnswer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size > MOST) throw new Error(`an answer of more than ${MOST} bytes`)
  }
  const { rawHeaders } = message
  const headers = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name, rawHeaders[at + 1]!] as const] : [],
  )
  return { status: message.statusCode!, headers, body: Buffer.concat(chunks).toString('utf8') }
}
