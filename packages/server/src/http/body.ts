// Reading a request's body into memory, up to 64 KiB. Fastify's own parsers are not used at all.
import type { IncomingMessage } from 'node:http'
import { fail } from '@sallyport/protocol'

/** Bytes a body may have. */
export const largestBody = 65_536

/** The client went away before its request was whole; there is nobody to answer. */
export class Aborted extends Error {}

/** Whether a body follows the header at all (RFC 9112 section 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined
}

/** The whole body. Throws `payload_too_large` as soon as it is known to be, and `Aborted`. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length']) > largestBody) {
      reject(fail('payload_too_large'))
      return
    }
    const chunks: Buffer[] = []
    let size = 0
    // Listeners are told that it is over rather than taken off: that is cheaper, and they go with the request.
    let over = false
    const onData = (chunk: Buffer) => {
      if (over) return
      size += chunk.length
      if (size <= largestBody) {
        chunks.push(chunk)
        return
      }
      over = true
      reject(fail('payload_too_large'))
    }
    const onEnd = () => {
      if (over) return
      over = true
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size))
    }
    const onLost = () => {
      if (over) return
      over = true
      reject(new Aborted())
    }
    request.on('data', onData).on('end', onEnd).on('close', onLost).on('error', onLost)
  })
}
