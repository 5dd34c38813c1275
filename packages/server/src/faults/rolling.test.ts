import { beforeEach, expect, it } from 'vitest'
import { freePort } from '../testing/port.js'
import { startBalancer } from './balancer.js'
import { createClient, Lost } from './client.js'
import { crowdOf } from './crowd.js'
import { actOnce, tryEverything } from './customer.js'
import { readDatabase } from './database.js'
import { differences, openLedger } from './ledger.js'
import { startServer, stopServer, unlimited, watchServers } from './process.js'
import { createRandom } from './random.js'
import { type Home, makeHome } from './seed.js'

watchServers()

const flags = { ...unlimited, 'refresh-token.grace': '60s', 'shutdown.delay': '2s' }

let home: Home
beforeEach(() => () => home.remove())

it('no request fails behind a balancer while two servers on one file are restarted under load, each twice', async () => {
  home = await makeHome({ people: 6, sessionsEach: 2 })
  const ports = [await freePort(), await freePort()]
  const servers = await Promise.all(ports.map((port) => startServer(home, { flags, port })))
  const balancer = await startBalancer(ports)
  const sends = (port: number) => expect.poll(() => balancer.sendsTo(port), { timeout: 10_000 }).toBe(true)
  for (const port of ports) await sends(port)

  const ledger = openLedger(home)
  const customers = crowdOf(ledger, balancer.port, createRandom('rolling'))
  let over = false
  const lives = Promise.all(
    customers.map(async (customer) => {
      while (!over) await actOnce(customer)
    }),
  )
  const roll = async () => {
    for (const index of [0, 1, 0, 1]) {
      const server = servers[index]!
      server.signal('SIGTERM')
      expect(await server.ended).toMatchObject({ code: 0, signal: null })
      servers[index] = await startServer(home, { flags, port: server.port })
      await sends(server.port)
    }
  }
  try {
    await Promise.race([roll(), lives])
  } finally {
    over = true
  }
  await lives
  expect(balancer.failed()).toEqual([])
  await Promise.all(customers.map(tryEverything))
  for (const { client } of customers) client.close()
  await balancer.close()
  for (const end of await Promise.all(servers.map(stopServer))) expect(end).toMatchObject({ code: 0 })
  expect(differences(ledger, await readDatabase(home.database))).toEqual([])
  expect(ledger.count.refresh).toBeGreaterThan(100)
  expect(Object.keys(ledger.count).filter((what) => what.endsWith(' lost'))).toEqual([])
})

it('a server that is told to stop is not ready at once, answers what comes meanwhile, and ends each connection', async () => {
  home = await makeHome({ people: 1 })
  const server = await startServer(home, { flags })
  const client = createClient(server.port)
  let token = home.people[0]!.tokens[0]
  const refresh = async () => {
    const answer = await client.post('/v1/refresh', { refresh_token: token })
    token = answer.json.refresh_token as string
    return answer
  }
  expect((await refresh()).headers.connection).toBe('keep-alive')
  server.signal('SIGTERM')
  await expect.poll(async () => (await client.get('/readyz')).status, { interval: 5 }).toBe(503)
  const answers = [
    await client.get('/healthz'),
    await refresh(),
    await client.get('/readyz'),
    await refresh(),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 503, 200])
  for (const { headers } of answers) expect(headers.connection).toBe('close')
  expect(await server.ended).toMatchObject({ code: 0 })
  await expect(client.get('/healthz')).rejects.toThrow(Lost)
})

it('a second signal ends the server at once, whatever is under way', async () => {
  // As slow as a stored hash may be: a costlier one would not be tried at all.
  const argon2 = { memory: 262_144, passes: 10, parallelism: 1 }
  home = await makeHome({ people: 1, argon2 })
  const server = await startServer(home, { flags })
  const client = createClient(server.port)
  const { email: identifier, password } = home.people[0]!
  const under = client.post('/v1/login', { identifier, password }).catch((error: unknown) => error)
  const other = createClient(server.port)
  for (let count = 0; count < 2; count++) await other.get('/healthz')
  server.signal('SIGTERM')
  // The first was heard: two that arrive together are one.
  await expect.poll(async () => (await other.get('/readyz')).status, { interval: 5 }).toBe(503)
  server.signal('SIGTERM')
  expect(await server.ended).toMatchObject({ code: null, signal: 'SIGTERM' })
  expect(await under).toBeInstanceOf(Lost)
  expect((await readDatabase(home.database)).integrity).toBe('ok')
})
