// A Door for tests of the wire alone: every operation exists and gives what the test says, any credential is somebody,
// and everything that HTTP handed over is kept. Nothing here stands in for the server's own code; there is none.
import net from 'node:net'
import { type Contract, fail, native, type Operation, operations } from '@sallyport/protocol'
import type { FastifyInstance } from 'fastify'
import type { Caller, Credential, RequestFacts } from '../domain/context.js'
import type { Door } from '../http/door.js'
import { createHttp } from '../http/http.js'

export const someone = {
  id: '0190a000-0000-7000-8000-000000000000',
  email: 'somebody@example.org',
  email_verified: true,
  phone_number_verified: false,
  roles: ['user'],
  status: 'active',
  created_at: 1_700_000_000_000,
  updated_at: 1_700_000_000_500,
  metadata: { theme: 'dark' },
}

export const tokens = (transport: unknown) => ({
  access_token: 'access-1',
  access_expires_in: 300_900,
  refresh_token: 'refresh-1',
  refresh_expires_in: 1_209_600_000,
  session_id: someone.id,
  transport,
  user: someone,
})

export interface Wire {
  readonly app: FastifyInstance
  /** What operations were called with. */
  readonly calls: { operation: string; caller: Caller; input: unknown }[]
  /** What was found on each request. */
  readonly found: { credentials: readonly Credential[]; facts: RequestFacts }[]
  readonly limited: string[]
  readonly logged: { level: string; facts: Record<string, unknown>; message: string }[]
}

interface Given extends Partial<Omit<Door, 'contracts' | 'log'>> {
  contracts?: readonly Contract[]
  /** What operations give or throw, by name; without an entry, nothing. */
  gives?: Record<string, (input: never, caller: Caller) => unknown>
}

/** HTTP over a Door of the test's making. */
export function createWire(given: Given = {}): Wire {
  const { gives = {}, ...overrides } = given
  const wire: Omit<Wire, 'app'> = { calls: [], found: [], limited: [], logged: [] }
  const keep = (level: string) => (facts: Record<string, unknown>, message: string) => {
    wire.logged.push({ level, facts, message })
  }
  const door: Door = {
    contracts: [native],
    operations: new Map(operations.map((operation) => [operation.name, operation])),
    development: true,
    issuer: 'https://id.example',
    origins: ['https://app.example'],
    trustedProxies: [],
    secureCookies: true,
    now: () => 1_700_000_000_000,
    authenticate: ({ caller: rule }, credentials, facts) => {
      wire.found.push({ credentials, facts })
      if (rule !== 'anyone' && credentials.length === 0) throw fail('token_missing')
      const { contract, requestId, ip, transport } = facts
      return { contract, requestId, ip, ...(transport && { transport }) }
    },
    limit: (operation) => {
      wire.limited.push(operation.name)
    },
    call: async (operation: Operation, caller, input) => {
      wire.calls.push({ operation: operation.name, caller, input })
      return gives[operation.name]?.(input as never, caller) ?? (operation.streams ? noItems() : {})
    },
    log: { info: keep('info'), warn: keep('warn'), error: keep('error') },
    docs: true,
    ...overrides,
  }
  return { ...wire, app: createHttp(door) }
}

async function* noItems(): AsyncGenerator<never> {}

/** Sends bytes as they are and answers everything that came back until the server closed, or 5 s have passed. */
export function sendRaw(port: number, ...pieces: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = net.connect(port, '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece)
    })
    const finish = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(Buffer.concat(chunks).toString('utf8'))
    }
    const timer = setTimeout(finish, 5_000)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', finish).on('close', finish).on('error', finish)
  })
}

/** The port of an app that begins to listen on the loopback address. */
export async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as net.AddressInfo).port
}
