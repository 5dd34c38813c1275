import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient, Lost } from './client.js'
import { actOnce, type Customer, settle, tryEverything } from './customer.js'
import { readDatabase } from './database.js'
import { createGate, type Gate } from './gate.js'
import { differences, type Ledger, openLedger } from './ledger.js'
import { startServer, stopServer, unlimited } from './process.js'
import { createRandom, type Random } from './random.js'
import { type Home, makeHome } from './seed.js'

const kills = 50
const crowd = 8
const flags = { ...unlimited, 'refresh-token.grace': '60s' }

let home: Home
beforeAll(async () => {
  home = await makeHome({ people: crowd, sessionsEach: 3 })
})
afterAll(() => home.remove())

function gather(ledger: Ledger, port: number, random: Random): Customer[] {
  const traffic = { writes: 0 }
  return ledger.people.map((person) => ({
    client: createClient(port),
    ledger,
    random,
    traffic,
    people: [person],
    devices: ledger.devices.filter((device) => device.person === person),
  }))
}

/** Lives through every kill until `over` says that it was the last one. */
async function live(customer: Customer, gate: Gate, over: () => boolean): Promise<void> {
  for (;;) {
    await gate.pass()
    if (over()) return
    try {
      await settle(customer)
      for (;;) await actOnce(customer)
    } catch (error) {
      if (!(error instanceof Lost)) throw error
    }
  }
}

it('keeps every promise through fifty kill -9 with writes in flight, and nobody is logged out', async () => {
  const random = createRandom('kill -9')
  const ledger = openLedger(home)
  const gate = createGate()
  let rounds = 0
  let server = await startServer(home, { flags })
  const customers = gather(ledger, server.port, random)
  const lives = customers.map((customer) => live(customer, gate, () => rounds === kills))
  const crowdAlive = Promise.all(lives).then(() => {})
  const orFailed = <T>(work: Promise<T>) =>
    Promise.race([work, crowdAlive.then(() => Promise.reject(new Error('a customer gave up')))])

  for (; rounds < kills; rounds++) {
    gate.open()
    await orFailed(pause(20 + random.next() * 100))
    while (customers[0]!.traffic.writes === 0) await orFailed(pause(1))
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
  for (const what of ['refresh', 'sign-up', 'log-in', 'log-out', 'rename', 'refresh lost', 'refresh again'])
    expect(ledger.count[what] ?? 0, what).toBeGreaterThan(kills / 10)
  for (const { client } of customers) client.close()
  expect(await stopServer(server)).toMatchObject({ code: 0 })
}, 180_000)
