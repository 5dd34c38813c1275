// An issuer that a test can have misbehave: real sockets, keys of testTokens, a feed that says what it is told to.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestTokens, testTokens } from '../testing.js'

export type Say = (request: IncomingMessage, response: ServerResponse) => void

export interface Issuer {
  readonly url: string
  readonly tokens: TestTokens
  /** What was asked for, in its order: paths. */
  readonly asked: string[]
  /** `Last-Event-ID` of each connection of the feed. */
  readonly resumed: (string | undefined)[]
  /** What answers, by path; `beside` what it answers by itself. */
  readonly answers: Map<string, Say>
  /** The moment that tokens and verifiers take for now. */
  now: number
  /** Tells every follower; `data` is printed as JSON unless it is text. */
  say(event: string, data: unknown, id?: string): void
  /** Resolves when so many have followed the feed in all. */
  followed(count: number): Promise<void>
  /** Ends the connections of the feed. */
  cut(): void
  /** Takes no connections any more, and ends those that are open. */
  down(): Promise<void>
  /** At the same address again. */
  up(): Promise<void>
}

export const verifierKey = `vk_${'k'.repeat(32)}`
export const jwksPath = '/.well-known/jwks.json'

export async function openIssuer(): Promise<Issuer> {
  const server = createServer((request, response) => answer(request, response))
  const listen = (port: number) => new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  await listen(0)
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const { follow, ...feed } = openFeed()
  const issuer: Issuer = {
    url,
    tokens: testTokens({ issuer: url, audience: 'api', now: () => issuer.now }),
    asked: [],
    answers: new Map(),
    now: Date.UTC(2030, 0, 1),
    ...feed,
    down: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
    up: () => listen(port),
  }
  const answer: Say = (request, response) => {
    const path = request.url ?? ''
    issuer.asked.push(path)
    const own = issuer.answers.get(path)
    if (own) own(request, response)
    else if (path === jwksPath) response.end(JSON.stringify({ keys: issuer.tokens.settings.keys }))
    else if (path === '/v1/revocations') follow(request, response)
    else response.writeHead(404).end()
  }
  return issuer
}

function openFeed(): Pick<Issuer, 'resumed' | 'say' | 'followed' | 'cut'> & { follow: Say } {
  const feeds = new Set<ServerResponse>()
  const waiting: { count: number; done: () => void }[] = []
  const resumed: (string | undefined)[] = []
  return {
    resumed,
    say: (event, data, id) => {
      const text = typeof data === 'string' ? data : JSON.stringify(data)
      for (const feed of feeds) feed.write(`event: ${event}\n${id ? `id: ${id}\n` : ''}data: ${text}\n\n`)
    },
    followed: (count) =>
      new Promise((done) => {
        if (resumed.length >= count) done()
        else waiting.push({ count, done })
      }),
    cut: () => {
      for (const feed of feeds) feed.end()
    },
    follow: (request, response) => {
      if (request.headers.authorization !== `Bearer ${verifierKey}`) {
        response.writeHead(401).end()
        return
      }
      feeds.add(response)
      response.on('close', () => feeds.delete(response))
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': begins\n\n')
      resumed.push(request.headers['last-event-id'] as string | undefined)
      for (const { count, done } of waiting) if (resumed.length >= count) done()
    },
  }
}
