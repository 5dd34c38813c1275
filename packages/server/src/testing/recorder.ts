// A real HTTP server that keeps every request as it came and answers what a test tells it to.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Recorded {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Recorder {
  readonly url: string
  readonly requests: Recorded[]
  /** From now on: a status with a body and headers, no answer, an end of the connection, or a body without end. */
  answer(how: Answering): void
  close(): Promise<void>
}
type Answering =
  | { status: number; body?: string; headers?: Record<string, string> }
  | 'hangs'
  | 'breaks'
  | 'floods'

export async function openRecorder(): Promise<Recorder> {
  const requests: Recorded[] = []
  let how: Answering = { status: 200 }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    requests.push({ method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') })
    if (how === 'hangs') return
    if (how === 'breaks') return void request.socket.destroy()
    if (how === 'floods') {
      response.writeHead(200)
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      return more()
    }
    response.writeHead(how.status, how.headers).end(how.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: (next) => {
      how = next
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
