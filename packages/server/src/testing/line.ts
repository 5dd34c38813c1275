// The line between a client and a server, as bad as a test wants it: answers that get lost on the way, that somebody else
// gives, that take their time, and no line at all. Requests always reach the server, unless the line is cut.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Line {
  readonly url: string
  /** `POST /v1/refresh 200` for each answer that the server gave, in their order. */
  readonly seen: string[]
  /** How many answers to this path the server gave. */
  count(path: string): number
  /** What becomes of the next answer to this path. `hold` waits until the promise is settled. */
  next(path: string, fate: Fate): void
  /** From now on every connection is torn, until it is mended. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

export type Fate =
  /** The server has acted, its answer never arrives. */
  | { readonly lose: true }
  | { readonly hold: Promise<unknown> }
  /** Somebody between answers instead, and the server hears nothing. */
  | { readonly instead: { status: number; type: string; body: string; headers?: Record<string, string> } }

/** A line that leads to a server which is not listening yet: its port is told with `to`. */
export async function openLine(to: () => number): Promise<Line> {
  const seen: string[] = []
  const fates = new Map<string, Fate[]>()
  let torn = false
  const proxy = createServer((incoming, answer) => {
    const path = new URL(incoming.url ?? '/', 'http://localhost').pathname
    if (torn) return void incoming.socket.destroy()
    // What a browser asks before it asks is not the request.
    const fate = incoming.method === 'OPTIONS' ? undefined : fates.get(path)?.shift()
    if (fate && 'instead' in fate) return instead(fate.instead, incoming, answer)
    forward(incoming, answer, to(), async (status) => {
      seen.push(`${incoming.method} ${path} ${status}`)
      if (fate && 'hold' in fate) await fate.hold
      return !torn && !(fate && 'lose' in fate)
    })
  })
  await new Promise<void>((done) => proxy.listen(0, 'localhost', done))
  const { port } = proxy.address() as AddressInfo
  return {
    url: `http://localhost:${port}`,
    seen,
    count: (path) => seen.filter((line) => line.split(' ')[1] === path && !line.startsWith('OPTIONS')).length,
    next: (path, fate) => void fates.set(path, [...(fates.get(path) ?? []), fate]),
    cut: () => {
      torn = true
      proxy.closeAllConnections()
    },
    mend: () => {
      torn = false
    },
    close: () => {
      proxy.closeAllConnections()
      return new Promise((done) => proxy.close(() => done()))
    },
  }
}

// A browser repeats by itself what a connection that it had used before did not answer.
const once = { connection: 'close' }

type Instead = Extract<Fate, { instead: unknown }>['instead']

function instead(
  { status, type, body, headers }: Instead,
  { headers: asked }: IncomingMessage,
  answer: ServerResponse,
) {
  const cors = asked.origin && {
    'access-control-allow-origin': asked.origin,
    'access-control-allow-credentials': 'true',
  }
  answer.writeHead(status, { 'content-type': type, ...cors, ...headers, ...once }).end(body)
}

function forward(
  incoming: IncomingMessage,
  answer: ServerResponse,
  port: number,
  delivered: (status: number) => Promise<boolean>,
): void {
  const { method, url, headers } = incoming
  const onward = request({ host: 'localhost', port, method, path: url, headers }, async (response) => {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    if (!(await delivered(response.statusCode ?? 0))) return void incoming.socket.destroy()
    answer.writeHead(response.statusCode ?? 502, { ...response.headers, ...once }).end(Buffer.concat(chunks))
  })
  onward.on('error', () => incoming.socket.destroy())
  incoming.pipe(onward)
}
