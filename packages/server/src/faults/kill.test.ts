import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { crowdOf, live } from './crowd.js'
import { tryEverything } from './customer.js'
import { readDatabase } from './database.js'
import { createGate } from './gate.js'
import { differences, openLedger } from './ledger.js'
import { startServer, stopServer, unlimited, watchServers } from './process.js'
import { createRandom } from './random.js'
import { type Home, makeHome } from './seed.js'

watchServers()

const kills = 50
const crowd = 8
const flags = { ...unlimited, 'refresh-token.grace': '60s' }

let home: Home
beforeAll(async () => {
  home = await makeHome({ people: crowd, sessionsEach: 10 })
})
afterAll(() => home.remove())

it('keeps every promise through fifty kill -9 with writes in flight, and nobody is logged out', async () => {
  const random = createRandom('kill -9')
  const ledger = openLedger(home)
  const gate = createGate()
  let rounds = 0
  let server = await startServer(home, { flags })
  const customers = crowdOf(ledger, server.port, random)
  const lives = customers.map((customer) => live(customer, gate, () => rounds === kills))
  const crowdAlive = Promise.all(lives).then(() => {})
  const orFailed = <T>(work: Promise<T>) =>
    Promise.race([work, crowdAlive.then(() => Promise.reject(new Error('a customer gave up')))])

  for (; rounds < kills; rounds++) {
    const settled = (ledger.count.refresh ?? 0) + crowd
    gate.open()
    await orFailed(pause(50 + random.next() * 150))
    // They ask about what was lost first, which takes as long as the machine likes.
    while (customers[0]!.traffic.writes === 0 || (ledger.count.refresh ?? 0) < settled)
      await orFailed(pause(1))
    gate.close()
    server.signal('SIGKILL')
    await orFailed(Promise.all([server.ended, gate.waiting(crowd)]))
    server = await startServer(home, { flags, port: server.port })
    expect(differences(ledger, await readDatabase(home.database)), `after kill ${rounds + 1}`).toEqual([])
  }
  gate.open()
  await crowdAlive

  await Promise.all(customers.map(tryEverything))
  expect(differences(ledger, await readDatabase(home.database))).toEqual([])
  for (const what of ['refresh', 'refresh lost', 'refresh again'])
    expect(ledger.count[what], what).toBeGreaterThan(kills / 2)
  for (const what of ['sign-up', 'log-in', 'log-out', 'rename'])
    expect(ledger.count[what], what).toBeGreaterThan(0)
  for (const { client } of customers) client.close()
  expect(await stopServer(server)).toMatchObject({ code: 0 })
}, 600_000)
