// One request to a server that the operator named: https, or plain http on this machine; no redirects, three seconds for
// everything, an answer that is read to 64 KiB. Connections are not kept, so that a stale one is never written to: then
// whether a request was taken is known more often.
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Outcome } from './delivery.js'

/** For everything, from the look-up of the name to the end of the answer. Milliseconds. */
export const PATIENCE = 3_000
const LONGEST = 65_536

export interface Outgoing {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export type Answer =
  | { readonly status: number; readonly text: string; readonly retryAfter?: number }
  /** `begun`: the request may have arrived. */
  | { readonly failed: string; readonly begun: boolean }

const loopback = /^(localhost|.+\.localhost|127(\.\d+){3}|\[?::1\]?)$/

/** Whether a host name or address is this machine. */
export const isLoopback = (host: string): boolean => loopback.test(host)

/** Whether we ask there: by https, or by http on this machine; no user or password in the URL. */
export function isOutgoingUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  return (protocol === 'https:' || isPlain(text)) && hostname !== '' && username + password === ''
}

/** Plain http on this machine, which is for development. */
export function isPlain(text: string): boolean {
  const { protocol, hostname } = new URL(text)
  return protocol === 'http:' && isLoopback(hostname)
}

/** Asks once. Never throws. */
export function send({ url, method, headers, body = '' }: Outgoing, signal: AbortSignal): Promise<Answer> {
  return new Promise((done) => {
    let begun = false
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])
    const fails = (error: Error) => done({ failed: reasonOf(error, limit), begun })
    const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
    const secure = url.startsWith('https:')
    const options = { method, headers: { ...headers, ...length }, agent: false, signal: limit } as const
    const request = (secure ? requestHttps : requestHttp)(url, options, (answer) => {
      const { statusCode = 0, headers: told } = answer
      const chunks: Buffer[] = []
      let read = 0
      const finish = () => {
        const text = Buffer.concat(chunks).subarray(0, LONGEST).toString('utf8')
        const after = Number(told['retry-after'])
        done({ status: statusCode, text, ...(after > 0 && { retryAfter: after * 1000 }) })
        request.destroy()
      }
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        read += chunk.length
        if (read >= LONGEST) finish()
      })
      // Whoever has sent a status has decided; how its explanation ends does not matter.
      answer.on('end', finish).on('error', finish).on('aborted', finish)
    })
    request.on('error', fails)
    // Headers leave with the connection; before it nothing can have arrived.
    request.on('socket', (socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        begun = true
      })
    })
    request.end(body)
  })
}

function reasonOf(error: Error, limit: AbortSignal): string {
  if (limit.aborted) return limit.reason?.name === 'TimeoutError' ? 'no answer within 3 s' : 'it was stopped'
  return (error as NodeJS.ErrnoException).code ?? error.message
}

/** Refused for what was in the message. Anything else may be mended by whoever runs the two servers. */
const final = new Set([400, 413, 414, 415, 422])

/** What an answer means for the message. A gateway that lost its own server (502, 504) may have passed it on. */
export function outcomeOf(answer: Answer): Outcome {
  if ('failed' in answer) return { result: answer.begun ? 'unclear' : 'again', why: answer.failed }
  const { status, retryAfter } = answer
  if (status >= 200 && status < 300) return { result: 'sent' }
  const why = status >= 300 && status < 400 ? `it redirects (${status})` : `it answered ${status}`
  if (final.has(status)) return { result: 'never', why }
  if (status === 502 || status === 504) return { result: 'unclear', why }
  return { result: 'again', why, ...(retryAfter !== undefined && { after: retryAfter }) }
}
