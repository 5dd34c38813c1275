// A balancer as people put one in front: it asks each server whether it is ready, ten times a second, sends requests to
// those that said yes, keeps connections to them open, and never tries a request again.
import { Agent, createServer, get, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Balancer {
  readonly port: number
  /** Requests that a server did not answer. */
  failed(): readonly string[]
  /** Whether requests go to the server at this port. */
  sendsTo(port: number): boolean
  close(): Promise<void>
}

interface Backend {
  readonly port: number
  readonly agent: Agent
  ready: boolean
}

const lookEvery = 100

/** Starts a balancer before the servers at these ports, none of which it knows to be ready. */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const backends = ports.map(
    (port): Backend => ({ port, agent: new Agent({ keepAlive: true }), ready: false }),
  )
  const failed: string[] = []
  let turn = 0
  const server = createServer((incoming, outgoing) => {
    const ready = backends.filter((backend) => backend.ready)
    turn += 1
    const backend = ready[turn % ready.length]
    if (backend) forward(backend, incoming, outgoing, failed)
    else refuse(outgoing, failed, `${incoming.method} ${incoming.url}: nobody is ready`)
  })
  const timer = setInterval(() => {
    for (const backend of backends) look(backend)
  }, lookEvery)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    failed: () => failed,
    sendsTo: (port) => backends.some((backend) => backend.port === port && backend.ready),
    close: () => {
      clearInterval(timer)
      for (const { agent } of backends) agent.destroy()
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function look(backend: Backend): void {
  const asked = get({ host: '127.0.0.1', port: backend.port, path: '/readyz', agent: false }, (response) => {
    response.resume()
    backend.ready = response.statusCode === 200
  })
  asked.on('error', () => {
    backend.ready = false
  })
}

function forward(backend: Backend, from: IncomingMessage, to: ServerResponse, failed: string[]): void {
  const { method, url, headers } = from
  const told = { host: '127.0.0.1', port: backend.port, agent: backend.agent, method, path: url, headers }
  const upstream = request(told, (response) => {
    to.writeHead(response.statusCode!, { ...response.headers, connection: 'keep-alive' })
    response.on('error', () => to.destroy())
    response.pipe(to)
  })
  upstream.on('error', (error) => refuse(to, failed, `${method} ${url} at ${backend.port}: ${error.message}`))
  from.pipe(upstream)
}

function refuse(outgoing: ServerResponse, failed: string[], why: string): void {
  failed.push(why)
  if (outgoing.headersSent) outgoing.destroy()
  else outgoing.writeHead(502, { 'content-type': 'application/json' }).end('{}')
}
