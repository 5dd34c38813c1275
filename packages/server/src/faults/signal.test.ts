import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeEach, expect, it } from 'vitest'
import { type Client, createClient, Lost } from './client.js'
import { crowdOf, live } from './crowd.js'
import { settle, tryEverything } from './customer.js'
import { readDatabase } from './database.js'
import { createGate } from './gate.js'
import { differences, openLedger } from './ledger.js'
import { startServer, stopServer, unlimited, watchServers } from './process.js'
import { createRandom } from './random.js'
import { type Home, makeHome, type Seeded } from './seed.js'

watchServers()

const flags = { ...unlimited, 'refresh-token.grace': '60s' }
/** So slow that a log-in is still under way when the signal comes. */
const slow = { memory: 65_536, passes: 3, parallelism: 1 }

let home: Home
beforeEach(() => () => home.remove())

const logIn = (client: Client, { email, password }: Seeded) =>
  client.post('/v1/login', { identifier: email, password })

it.each(['SIGINT', 'SIGTERM'] as const)(
  '%s lets what is under way finish, and ends with 0',
  async (signal) => {
    home = await makeHome({ people: 2, argon2: slow })
    const server = await startServer(home, { flags })
    const client = createClient(server.port)
    let told = false
    const under = home.people.map(async (person) => {
      const answer = await logIn(client, person)
      return { ...answer, late: told }
    })
    // Two answers on another connection: by then the server has read what was sent before.
    const other = createClient(server.port)
    for (let count = 0; count < 2; count++) await other.get('/healthz')
    told = true
    server.signal(signal)
    const answers = await Promise.all(under)
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    const late = answers.filter((answer) => answer.late)
    expect(late).not.toEqual([])
    for (const { headers } of late) expect(headers.connection ?? 'close').toBe('close')
    expect(await server.ended).toMatchObject({ code: 0 })
    await expect(other.get('/healthz')).rejects.toThrow(Lost)
    const { sessions, integrity } = await readDatabase(home.database)
    expect(integrity).toBe('ok')
    expect(answers.map(({ json }) => sessions.has(json.session_id as string))).toEqual([true, true])
    for (const one of [client, other]) one.close()
  },
)

it('a request that is never sent to its end does not keep it from ending with 0', async () => {
  home = await makeHome({ people: 0 })
  const server = await startServer(home, { flags })
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    'POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
  )
  const other = createClient(server.port)
  for (let count = 0; count < 2; count++) await other.get('/healthz')
  server.signal('SIGTERM')
  expect(await server.ended).toMatchObject({ code: 0 })
  other.close()
  socket.destroy()
})

it('keeps every promise when it is told to stop under load, and goes on at the next start', async () => {
  home = await makeHome({ people: 6, sessionsEach: 3 })
  const ledger = openLedger(home)
  const gate = createGate()
  const random = createRandom('signals')
  let server = await startServer(home, { flags })
  const customers = crowdOf(ledger, server.port, random)
  let over = false
  const lives = Promise.all(customers.map((customer) => live(customer, gate, () => over)))
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGTERM'] as const) {
    gate.open()
    await pause(300)
    gate.close()
    server.signal(signal)
    const [end] = await Promise.all([server.ended, Promise.race([gate.waiting(customers.length), lives])])
    expect(end).toMatchObject({ code: 0, signal: null })
    expect(differences(ledger, await readDatabase(home.database))).toEqual([])
    server = await startServer(home, { flags, port: server.port })
  }
  over = true
  gate.open()
  await lives
  await Promise.all(customers.map(settle))
  await Promise.all(customers.map(tryEverything))
  for (const { client } of customers) client.close()
  expect(await stopServer(server)).toMatchObject({ code: 0 })
  expect(differences(ledger, await readDatabase(home.database))).toEqual([])
  expect(ledger.count.refresh).toBeGreaterThan(20)
})
