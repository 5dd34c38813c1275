// Several servers on one database, each a process of its own.
import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, type Client, createClient } from './client.js'
import { type Running, type StartOptions, startServer, stopServer } from './process.js'
import type { Home } from './seed.js'

export interface Node {
  readonly server: Running
  readonly client: Client
}

/** Starts a server for each of the options, all at once. */
export function startNodes(home: Home, options: readonly StartOptions[]): Promise<Node[]> {
  return Promise.all(
    options.map(async (one) => {
      const server = await startServer(home, one)
      return { server, client: createClient(server.port) }
    }),
  )
}

/** Ends the servers the polite way; answers how. */
export function stopNodes(nodes: readonly Node[]): Promise<(number | null)[]> {
  return Promise.all(
    nodes.map(async ({ server, client }) => {
      client.close()
      return (await stopServer(server)).code
    }),
  )
}

/** So many requests are under way at once where the test is not about how many can be. */
const width = 100

/** Does the work for each of the items, a hundred at once, and answers in their order. */
export async function abreast<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const done: R[] = []
  let next = 0
  const lane = async () => {
    while (next < items.length) {
      const index = next++
      done[index] = await work(items[index]!, index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane))
  return done
}

/** A refresh with each of the tokens, all under way at once, at the nodes by turns; none is asked again. */
export const refreshesAtOnce = (nodes: readonly Node[], tokens: readonly string[]): Promise<Answer[]> =>
  Promise.all(
    tokens.map((refresh_token, index) =>
      nodes[index % nodes.length]!.client.post('/v1/refresh', { refresh_token }),
    ),
  )

/** How many answers there are of each kind: `200`, `401 session_ended`. */
export function statuses(answers: readonly Answer[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const { status, json } of answers) {
    const key = typeof json.code === 'string' ? `${status} ${json.code}` : String(status)
    found[key] = (found[key] ?? 0) + 1
  }
  return found
}

export const refresh = ({ client }: Node, token: string) =>
  patiently(() => client.post('/v1/refresh', { refresh_token: token }))
export const logOut = ({ client }: Node, token: string) =>
  patiently(() => client.post('/v1/logout', { refresh_token: token }))
export const me = ({ client }: Node, access: string) => patiently(() => client.get('/v1/me', access))

/**
 * Asks again as a client does that is told to: a machine with other work too may keep a request waiting for a connection
 * for longer than the 2 s after which a server says so.
 */
export async function patiently(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask()
    if (answer.status !== 503) return answer
    if (answer.headers['retry-after'] === undefined) throw new Error('503 without Retry-After')
    await pause(100 + Math.random() * 200)
  }
}

export const successorOf = ({ json }: Answer) => json.refresh_token as string
export const accessOf = ({ json }: Answer) => json.access_token as string
