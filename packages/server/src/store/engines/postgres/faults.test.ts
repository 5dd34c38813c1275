import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, expect, test as vitestTest } from 'vitest'
import { type Fate, startProxy } from '../../../faults/proxy.js'
import { openRelay } from '../../../testing/break.js'
import { failing } from '../../../testing/engine-faults.js'
import { administer, missing, type TestSchema, testSchema } from '../../../testing/postgres.js'
import { stoppedClock } from '../../../util/clock.js'
import { counters, hundred, people, person, settle, ticket, tickets } from '../../conformance/harness.js'
import { migrations, tables } from '../../conformance.js'
import { type Engine, StoreUnavailable, UniqueViolation, write } from '../../store.js'
import type { AnyTable } from '../../table.js'
import type { EngineOptions, Run } from '../sql/server.js'
import { freeze } from './freeze.js'
import { openPostgres } from './postgres.js'

// skipped: where no PostgreSQL answers; the reason is printed
const test = vitestTest.skipIf(missing !== undefined)

const schema = testSchema()
const role = `${schema.name}_role`
const opened: Engine[] = []
afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.close()
})
afterAll(async () => {
  if (missing !== undefined) return
  await schema.drop()
  await administer(`DROP ROLE IF EXISTS ${role}`)
})

async function open(options: Partial<EngineOptions> = {}) {
  const engine = await openPostgres({ url: schema.url, tables, clock: stoppedClock(), pool: 4, ...options })
  opened.push(engine)
  await engine.migrate(migrations)
  return engine
}

/** The URL of the schema with something else in it. */
function urlWith(change: (url: URL) => void, { url }: TestSchema = schema): string {
  const changed = new URL(url)
  change(changed)
  return changed.href
}

/** A connection that no engine knows of. */
async function foreign() {
  const client = new pg.Client({ connectionString: urlWith((url) => url.searchParams.delete('schema')) })
  await client.connect()
  await client.query(`SET search_path = ${schema.name}`)
  return client
}

/** The connection that others are made to wait for. */
let holder: unknown
failing(test, {
  open,
  urlAt: (address) => urlWith((url) => Object.assign(url, address)),
  port: () => Number(new URL(schema.url).port || 5432),
  seen: { commit: 'COMMIT', update: () => 'UPDATE' },
  begin: async (how) => {
    const client = await foreign()
    holder = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
    await client.query(`BEGIN${how === 'stays' ? "; SET LOCAL deadlock_timeout = '1min'" : ''}`)
    return {
      raise: (id) => client.query('UPDATE people SET rank = rank + 10 WHERE id = $1', [id]),
      commit: () => client.query('COMMIT'),
      rollback: () => client.query('ROLLBACK'),
      end: () => client.end(),
    }
  },
  waiting: () => administer(`SELECT 1 FROM pg_stat_activity WHERE ${holder} = ANY (pg_blocking_pids(pid))`),
})

const cutConnections = (application: string) =>
  administer(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '${application}'`,
  )

test('connections that the server ended are replaced, and reads and writes go on', async () => {
  const application = `${schema.name}_idle`
  const engine = await open({ url: urlWith((url) => url.searchParams.set('application_name', application)) })
  const row = person()
  await Promise.all([engine.insert(people, row), ...hundred(() => engine.get(people, { id: row.id }))])
  expect(await cutConnections(application)).not.toHaveLength(0)
  expect(await engine.get(people, { id: row.id })).toEqual(row)
  expect(await engine.update(people, { id: row.id }, { rank: 1 })).toBe(1)
  await engine.ping()
})

/** The lock is of the tables alone, whatever the caller holds them by. */
const by = { table: counters, where: {} }

test('frozen tables let nobody write but who froze them, and are read meanwhile', async () => {
  const engine = await open()
  const other = await open({ patience: { connect: 2000, statement: 1000 } })
  const row = person()
  await engine.insert(people, row)
  const frozen = [people, tickets] as unknown as AnyTable[]
  const waiting: Promise<unknown>[] = []
  await engine.freeze!(
    frozen,
    async () => {
      await expect(other.update(people, { id: row.id }, { rank: 1 })).rejects.toThrow(StoreUnavailable)
      expect(await other.get(people, { id: row.id })).toEqual(row)
      waiting.push(expect(engine.update(people, { id: row.id }, { rank: 7 })).rejects.toThrow('it was moved'))
      return [write.update(people, { id: row.id }, { rank: 2 }, 1)]
    },
    by,
  )
  // Who waited would else be answered, and what was written lost.
  await Promise.all(waiting)
  await expect(other.insert(people, person())).rejects.toThrow(StoreUnavailable)
  await engine.thaw!(frozen)
  await expect(engine.freeze!(frozen, () => Promise.reject(new Error('mine')), by)).rejects.toThrow('mine')
  await expect(
    engine.freeze!(frozen, async () => [write.remove(people, { rank: 9 }, 1)], by),
  ).rejects.toThrow()
  expect(await other.update(people, { id: row.id, rank: 2 }, { rank: 3 })).toBe(1)
})

test('a freeze whose machine is silent lets writers in, and is not done', async () => {
  const client = await foreign()
  const run: Run = async ({ text }) => {
    await client.query(text)
    return { rows: [], matched: 0 }
  }
  client.on('error', () => {})
  const silent = async () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
    return []
  }
  const frozen = [people] as unknown as AnyTable[]
  await expect(freeze(run, {} as never, frozen, silent, 100)).rejects.toThrow()
  await (await open()).insert(people, person())
})

test('a freeze whose connection broke says so', async () => {
  const application = `${schema.name}_freeze`
  const engine = await open({ url: urlWith((url) => url.searchParams.set('application_name', application)) })
  const frozen = [people] as unknown as AnyTable[]
  const losing = engine.freeze!(
    frozen,
    async () => {
      await cutConnections(application)
      return []
    },
    by,
  )
  await expect(losing).rejects.toThrow(StoreUnavailable)
})

test('silence within a transaction is waited for once, and no goodbye is waited for', async () => {
  await open()
  let left = Number.POSITIVE_INFINITY
  let silence = () => {}
  const silent = new Promise<void>((resolve) => {
    silence = resolve
  })
  const proxy = await startProxy(Number(new URL(schema.url).port || 5432), (): Fate => {
    if (left-- > 0) return 'pass'
    silence()
    return 'gone'
  })
  const url = urlWith((target) => Object.assign(target, { hostname: '127.0.0.1', port: proxy.port }))
  const patience = { connect: 1000, statement: 100 }
  const engine = await openPostgres({ url, tables, clock: stoppedClock(), pool: 2, patience })
  await Promise.all([1, 2].map(() => engine.count(people, {})))
  // The answer to BEGIN comes.
  left = 1
  const writing = settle([engine.atomically([write.remove(people, { rank: 77 })])])
  await silent
  const asking = () => settle([engine.count(people, {})])
  const first = await Promise.race([
    writing.then(() => 'once'),
    asking()
      .then(asking)
      .then(() => 'twice'),
  ])
  expect(first).toBe('once')
  expect((await writing).errors[0]).toBeInstanceOf(StoreUnavailable)
  await engine.close()
  await proxy.close()
})

test('a server without a free connection and one that is read-only are said so', async () => {
  await open()
  await administer(`CREATE ROLE ${role} LOGIN CONNECTION LIMIT 1`)
  await administer(`GRANT USAGE ON SCHEMA ${schema.name} TO ${role}`)
  await administer(`GRANT ALL ON ALL TABLES IN SCHEMA ${schema.name} TO ${role}`)
  const url = urlWith((target) => Object.assign(target, { username: role }))
  const engine = await openPostgres({ url, tables, clock: stoppedClock(), pool: 4 })
  opened.push(engine)
  // Those that it refuses wait for the one that it let in.
  expect(await settle(hundred(() => engine.count(people, {})))).toMatchObject({ kept: 100 })
  const late = await openPostgres({ url, tables, clock: stoppedClock() }).catch((error) => error)
  expect(String(late)).toMatch(/unavailable.*no connection left/)
  await engine.close()
  await administer(`ALTER ROLE ${role} CONNECTION LIMIT 9`)
  await administer(`ALTER ROLE ${role} SET default_transaction_read_only = on`)
  const standby = await openPostgres({ url, tables, clock: stoppedClock() })
  opened.push(standby)
  expect(await standby.count(people, {})).toBeGreaterThanOrEqual(0)
  await expect(standby.insert(people, person())).rejects.toThrow(/unavailable.*read-only/)
  await expect(standby.atomically([write.insert(people, person())])).rejects.toThrow(StoreUnavailable)
  await expect(standby.ping()).rejects.toThrow(/read-only/)
  await standby.close()
  await administer(`DROP OWNED BY ${role}`)
})

test('a server that is not there fails the start, and no message holds the password', async () => {
  const relay = await openRelay(1)
  await relay.close()
  const url = `postgres://me:hunter2@127.0.0.1:${relay.port}/nowhere`
  const error = await openPostgres({ url, tables, clock: stoppedClock() }).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(StoreUnavailable)
  expect(error.message).toMatch(/ECONNREFUSED/)
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
})

test('no error holds what was to be written', async () => {
  const engine = await open()
  const secret = 'do-not-tell@example.org'
  await engine.insert(people, person({ email: secret }))
  const taken = await engine.insert(people, person({ email: secret })).catch((error) => error)
  expect(taken).toBeInstanceOf(UniqueViolation)
  expect([taken.table, taken.columns]).toEqual(['people', ['email']])
  const keyed = await engine
    .insert(tickets, ticket({ code: 'x' }))
    .then(() => engine.insert(tickets, ticket({ code: 'x' })).catch((error) => error))
  expect([keyed.table, keyed.columns]).toEqual(['tickets', ['code']])
  await administer(`ALTER TABLE ${schema.name}.people ADD CONSTRAINT odd CHECK (rank <> 13)`)
  const odd = await engine
    .insert(people, person({ email: 'y', name: secret, rank: 13 }))
    .catch((error) => error)
  expect(odd.message).toMatch(/23514.*odd/)
  for (const error of [taken, odd])
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret)
})

test('what the server says of its connection is no refusal of a statement', async () => {
  const engine = await open()
  const { name } = schema
  await administer(`CREATE FUNCTION ${name}.raise() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION USING ERRCODE = NEW.name; END'`)
  await administer(`CREATE TRIGGER raise BEFORE INSERT ON ${name}.people FOR EACH ROW
    WHEN (NEW.rank = -1) EXECUTE FUNCTION ${name}.raise()`)
  // An end of a transaction that lay idle, and two of poolers that hand connections on.
  for (const state of ['25P03', '26000', '42P05'])
    await expect(engine.insert(people, person({ name: state, rank: -1 }))).rejects.toThrow(StoreUnavailable)
})
