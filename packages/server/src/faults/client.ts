// A client over real sockets that tells an answer from a lost one: `Lost` means that nobody can know whether the
// request was done. An answer that does not come at all is an error of its own, because a server must not hang.
import { Agent, type IncomingHttpHeaders, request } from 'node:http'

/** The connection ended before the answer was whole. */
export class Lost extends Error {}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The body's members; empty where it has none. */
  readonly json: Record<string, unknown>
}

export interface Client {
  get(path: string, bearer?: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body: object, bearer?: string, headers?: Record<string, string>): Promise<Answer>
  patch(path: string, body: object, bearer?: string): Promise<Answer>
  /** Lets go of connections that are kept open. */
  close(): void
}

/** Longer than anything may take here, on a machine with other work too. Milliseconds. */
const patience = 100_000

interface Asked {
  port: number
  agent: Agent
  method: string
  path: string
  body?: object
  bearer?: string | undefined
  more?: Record<string, string> | undefined
}

/** A client with connections of its own, as many as it has requests under way. */
export function createClient(port: number): Client {
  const agent = new Agent({ keepAlive: true })
  return {
    get: (path, bearer, more) => ask({ port, agent, method: 'GET', path, bearer, more }),
    post: (path, body, bearer, more) => ask({ port, agent, method: 'POST', path, body, bearer, more }),
    patch: (path, body, bearer) => ask({ port, agent, method: 'PATCH', path, body, bearer }),
    close: () => agent.destroy(),
  }
}

function ask({ port, agent, method, path, body, bearer, more }: Asked): Promise<Answer> {
  const text = body && JSON.stringify(body)
  const headers: Record<string, string> = {
    ...(text !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
    }),
    ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    ...more,
  }
  return new Promise((resolve, reject) => {
    const lose = (error: Error) => reject(new Lost(`${method} ${path}: ${error.message}`, { cause: error }))
    const sent = request({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', lose)
      response.on('end', () => {
        const json = chunks.length > 0 ? parsed(Buffer.concat(chunks).toString(), response.headers) : {}
        resolve({ status: response.statusCode!, headers: response.headers, json })
      })
    })
    sent.on('error', lose)
    sent.setTimeout(patience, () => {
      reject(new Error(`${method} ${path} had no answer after ${patience} ms`))
      sent.destroy()
    })
    sent.end(text)
  })
}

/** The gate answers in words. */
function parsed(text: string, headers: IncomingHttpHeaders): Record<string, unknown> {
  return /json/.test(headers['content-type'] ?? '') ? JSON.parse(text) : {}
}

/** Asks again until there is an answer, and says how often that was. */
export async function insist(attempt: () => Promise<Answer>): Promise<{ answer: Answer; lost: number }> {
  for (let lost = 0; ; lost++) {
    try {
      return { answer: await attempt(), lost }
    } catch (error) {
      if (!(error instanceof Lost) || lost === 50) throw error
    }
  }
}
