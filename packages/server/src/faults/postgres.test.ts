// The program on a PostgreSQL of its own, which is restarted, crashed, filled up, locked, cut off and made read-only under
// load. Whatever a client was told has to hold afterwards, and what it was not told it may ask again.
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, beforeAll, expect, it as vitestIt } from 'vitest'
import { freePort } from '../testing/port.js'
import { missing, type PostgresServer, startPostgres } from '../testing/postgres-server.js'
import { type Answer, type Client, createClient } from './client.js'
import { actDuring, crowdOf, doubting } from './crowd.js'
import { type Customer, tryEverything } from './customer.js'
import type { Kept } from './database.js'
import { differences, type Ledger, openLedger } from './ledger.js'
import { type Running, startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Fate, type Proxy as Network, startProxy } from './proxy.js'
import { createRandom } from './random.js'
import { type Home, makeHome } from './seed.js'

// skipped: where PostgreSQL is not installed; the reason is printed
const it = vitestIt.skipIf(missing !== undefined)
watchServers()

const pool = 6
const random = createRandom('postgres')
let database: PostgresServer
let proxy: Network
let fate: () => Fate = () => 'pass'
let home: Home
let server: Running
let ledger: Ledger
let customers: Customer[]
let client: Client

beforeAll(async () => {
  if (missing !== undefined) return
  database = await startPostgres(await freePort(), {
    max_connections: '16',
    superuser_reserved_connections: '0',
    deadlock_timeout: '100ms',
  })
  proxy = await startProxy(database.port, () => fate())
  const url = `postgres://postgres@127.0.0.1:${proxy.port}/postgres`
  home = await makeHome({ people: 4, sessionsEach: 3, url })
  server = await startServer(home, {
    flags: {
      ...unlimited,
      'refresh-token.grace': '60s',
      'database-pool': String(pool),
      'trusted-proxies': '127.0.0.1',
    },
  })
  client = createClient(server.port)
  ledger = openLedger(home)
  customers = crowdOf(ledger, server.port, random).map((customer) => ({
    ...customer,
    client: doubting(customer.client),
  }))
})
afterAll(async () => {
  if (missing !== undefined) return
  for (const one of [client, ...customers.map((customer) => customer.client)]) one.close()
  server.signal('SIGKILL')
  await server.ended
  await proxy.close()
  await database.remove()
  home.remove()
})

/** Runs work while all customers act, then sees what became of every promise. */
async function underLoad(work: () => Promise<unknown>): Promise<void> {
  await actDuring(customers, work)
  await Promise.all(customers.map(tryEverything))
  expect(differences(ledger, await kept())).toEqual([])
}

async function kept(): Promise<Kept> {
  const hash = (column: string) => `encode(${column}, 'hex') AS ${column}`
  const sessions = await database.sql(
    `SELECT id, user_id, generation::int, ${hash('current_hash')}, ${hash('previous_hash')} FROM sessions`,
  )
  const users = await database.sql('SELECT id, email, name FROM users')
  const facts = sessions.map((row) => ({
    ...{ id: String(row.id), userId: String(row.user_id), generation: Number(row.generation) },
    ...{ current: String(row.current_hash), previous: row.previous_hash as string | null },
  }))
  return {
    integrity: 'ok',
    sessions: new Map(facts.map((one) => [one.id, one])),
    users: new Map(
      users.map(({ id, email, name }) => [
        String(email),
        { id: String(id), email: String(email), name: name as string | null },
      ]),
    ),
  }
}

/** Until so many more writes were answered with what was asked for. */
async function writesAnswered(more: number): Promise<void> {
  const answered = () =>
    Object.entries(ledger.count).reduce((sum, [what, count]) => sum + (what.endsWith('lost') ? 0 : count), 0)
  const enough = answered() + more
  while (answered() < enough) await pause(5)
}

it('keeps every promise through restarts and crashes of the database', async () => {
  await underLoad(async () => {
    const outage = async (how: 'fast' | 'immediate') => {
      await writesAnswered(30)
      await database.stop(how)
      await pause(100)
      await database.start()
    }
    await outage('fast')
    await outage('immediate')
    // Chance may have had everybody do something else just then.
    while (ledger.count['refresh lost'] === undefined) await outage('immediate')
    await writesAnswered(30)
  })
  expect(ledger.count['refresh lost']).toBeGreaterThan(0)
})

it('keeps every promise where the network to the database loses answers', async () => {
  const lost = () => ledger.count['refresh lost'] ?? 0
  const before = lost()
  await underLoad(async () => {
    fate = () => (['cut', 'drop'] as const)[random.below(40)] ?? 'pass'
    await writesAnswered(80)
    // Chance decides which answers get lost; only that of the write itself is heard of by whoever refreshes.
    while (lost() === before) await pause(5)
    fate = () => 'pass'
    await writesAnswered(20)
  })
  expect(lost()).toBeGreaterThan(before)
})

it('does once what the database undid for deadlocks and serialisation failures, and nobody hears of it', async () => {
  const lost = () => Object.entries(ledger.count).filter(([what]) => what.endsWith('lost'))
  const before = lost()
  await database.sql(`CREATE SEQUENCE undone;
    CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE at bigint := nextval('undone'); BEGIN
      IF at % 20 = 0 THEN RAISE EXCEPTION 'undone' USING ERRCODE = '40P01'; END IF;
      IF at % 20 = 10 THEN RAISE EXCEPTION 'undone' USING ERRCODE = '40001'; END IF;
      RETURN NULL; END $$;
    CREATE TRIGGER undoing AFTER INSERT OR UPDATE OR DELETE ON sessions EXECUTE FUNCTION undo()`)
  await underLoad(() => writesAnswered(80))
  const [{ count } = {}] = await database.sql(`SELECT last_value AS count FROM undone`)
  expect(Number(count)).toBeGreaterThan(50)
  await database.sql('DROP FUNCTION undo CASCADE; DROP SEQUENCE undone')
  expect(lost()).toEqual(before)
})

it('answers the others while somebody sits on a row, and those who want it once it is free', async () => {
  const other = await database.connect()
  const [owner, ...others] = ledger.people.map((person) =>
    ledger.devices.find((device) => device.person === person && device.state === 'live'),
  )
  await other.query('BEGIN')
  await other.query('UPDATE sessions SET last_seen_at = last_seen_at WHERE id = $1', [owner!.sid])
  let held = true
  const ask = async (token: string) => {
    const answer = await client.post('/v1/refresh', { refresh_token: token })
    return { status: answer.status, held, json: answer.json }
  }
  const wanting = [1, 2, 3].map(() => ask(owner!.token))
  for (const device of others.filter((one) => one !== undefined)) {
    const answer = await ask(device.token)
    expect(answer).toMatchObject({ status: 200, held: true })
    device.token = answer.json.refresh_token as string
  }
  held = false
  await other.query('ROLLBACK')
  await other.end()
  for (const answer of await Promise.all(wanting)) {
    expect(answer).toMatchObject({ status: 200, held: false })
    owner!.token = answer.json.refresh_token as string
  }
  await underLoad(() => writesAnswered(20))
})

it('says so where the database lets nobody in, and goes on with the connections that it gets', async () => {
  const hogs: pg.Client[] = []
  const fill = async () => {
    for (;;) {
      const one = await database.connect().catch(() => undefined)
      if (!one) return
      hogs.push(one)
    }
  }
  try {
    await fill()
    const cut = `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'sallyport%'`
    // Whoever is quicker gets what becomes free.
    const isFull = async () => {
      await hogs[0]!.query(cut)
      await fill()
      return (await client.get('/readyz')).status
    }
    await expect.poll(isFull, { interval: 1 }).toBe(503)
    await expect.poll(server.output).toMatch(/no connection left/)
    expect(await client.get('/.well-known/jwks.json')).toMatchObject({ status: 200 })
    // One of the six that it may have is enough for everybody.
    await hogs.pop()!.end()
    await underLoad(async () => {
      await writesAnswered(30)
      await Promise.all(hogs.map((one) => one.end()))
    })
  } finally {
    for (const one of hogs) await one.end()
    await expect.poll(() => database.sql('SELECT 1 AS one').catch(String)).toEqual([{ one: 1 }])
  }
})

/** What a gateway says of the request that it asks about. */
const asked = { 'x-original-url': 'https://app.example.com/', 'x-original-method': 'GET' }

it('goes on reading on a database that turned read-only, and writing once it is over', async () => {
  const token = (await client.post('/v1/login', {
    identifier: home.people[0]!.email,
    password: home.people[0]!.password,
  })) as Answer
  ledger.strays += 1
  const access = token.json.access_token as string
  const turn = (to: string) =>
    database
      .sql(`ALTER SYSTEM SET default_transaction_read_only = ${to}`)
      .then(() => database.sql('SELECT pg_reload_conf()'))
  await underLoad(async () => {
    await turn('on')
    await expect.poll(async () => (await client.get('/readyz')).status, { interval: 20 }).toBe(503)
    for (let round = 0; round < 5; round++) {
      expect(await client.get('/v1/me', access)).toMatchObject({ status: 200 })
      expect(await client.get('/.well-known/jwks.json')).toMatchObject({ status: 200 })
      expect(await client.get('/gate/nginx', access, asked)).toMatchObject({ status: 200 })
      const answer = await client.post('/v1/logout', { refresh_token: token.json.refresh_token })
      expect(answer).toMatchObject({ status: 503, json: { code: 'store_unavailable' } })
    }
    await turn('off')
    await writesAnswered(30)
  })
  expect(await client.get('/readyz')).toMatchObject({ status: 200 })
  expect(await stopServer(server)).toMatchObject({ code: 0 })
})
