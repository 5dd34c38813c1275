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
    const stop = () => {
      request.off('data', onData).off('end', onEnd).off('close', onLost).off('error', onLost)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size <= largestBody) {
        chunks.push(chunk)
        return
      }
      stop()
      reject(fail('payload_too_large'))
    }
    const onEnd = () => {
      stop()
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size))
    }
    const onLost = () => {
      stop()
      request.on('error', () => {})
      reject(new Aborted())
    }
    request.on('data', onData).on('end', onEnd).on('close', onLost).on('error', onLost)
  })
}
