import { inspect } from 'node:util'
import mysql from 'mysql2'
import { afterAll, afterEach, beforeAll, expect, test as vitestTest } from 'vitest'
import { type Foreign, failing } from '../../../testing/engine-faults.js'
import { administer, type TestDatabase, testDatabase } from '../../../testing/mysql.js'
import { missingPrograms, type OwnServer, ownServer } from '../../../testing/own-mysql.js'
import { stoppedClock } from '../../../util/clock.js'
import { hundred, people, person, settle, ticket, tickets } from '../../conformance/harness.js'
import { migrations, tables } from '../../conformance.js'
import { type Engine, StoreUnavailable, UniqueViolation, write } from '../../store.js'
import type { EngineOptions } from '../sql/server.js'
import { openMysql } from './mysql.js'

// skipped: where no MariaDB can be started; the reason is printed
const test = vitestTest.skipIf(missingPrograms !== undefined)

let server: OwnServer
let database: TestDatabase
const opened: Engine[] = []
beforeAll(async () => {
  if (missingPrograms !== undefined) return
  server = await ownServer()
  database = await testDatabase(server.url)
}, 60_000)
afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.close()
})
afterAll(async () => {
  if (missingPrograms === undefined) await server.remove()
})

async function open(options: Partial<EngineOptions> = {}) {
  const engine = await openMysql({ url: database.url, tables, clock: stoppedClock(), pool: 4, ...options })
  opened.push(engine)
  await engine.migrate(migrations)
  return engine
}

/** The URL of the database with something else in it. */
function urlWith(change: (url: URL) => void): string {
  const changed = new URL(database.url)
  change(changed)
  return changed.href
}

const admin = (...statements: string[]) => administer([`USE ${database.name}`, ...statements], server.url)

/** A connection that no engine knows of, in a transaction. */
async function begin(how?: 'stays'): Promise<Foreign> {
  const connection = mysql.createConnection({ uri: database.url })
  const query = (sql: string, value?: string) =>
    new Promise((resolve, reject) => {
      connection.query(sql, [value], (error, rows) => (error ? reject(error) : resolve(rows)))
    })
  await query('BEGIN')
  // InnoDB undoes whoever changed less.
  if (how === 'stays')
    for (let i = 0; i < 20; i++) await query(`INSERT INTO counters VALUES ('x', 'y${i}', 1, '', 1)`)
  return {
    raise: (id) => query('UPDATE people SET `rank` = `rank` + 10 WHERE id = ?', id),
    commit: () => query('COMMIT'),
    rollback: () => query('ROLLBACK'),
    end: () => connection.destroy(),
  }
}

failing(test, {
  open,
  urlAt: (address) => urlWith((url) => Object.assign(url, address)),
  port: () => Number(new URL(server.url).port),
  // A text goes behind the number of its command, a prepared statement as a number and its values.
  seen: { commit: '\x03COMMIT', update: (id) => id },
  begin,
  waiting: () =>
    administer("SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'", server.url),
})

/** Ends every connection that works in the database. */
async function cutConnections() {
  const sql = `SELECT id FROM information_schema.PROCESSLIST WHERE db = '${database.name}' AND id <> CONNECTION_ID()`
  const found = await administer(sql, server.url)
  for (const { id } of found) await administer(`KILL ${id}`, server.url)
  return found
}

test('idle connections that the server ends are replaced, whether one by one or all with it', async () => {
  const engine = await open()
  const row = person()
  await Promise.all([engine.insert(people, row), ...hundred(() => engine.get(people, { id: row.id }))])
  expect(await engine.update(people, { id: row.id }, { rank: { add: 1 } })).toBe(1)
  expect(await cutConnections()).not.toHaveLength(0)
  expect((await engine.get(people, { id: row.id }))!.rank).toBe(1)
  expect(await engine.update(people, { id: row.id }, { rank: { add: 1 } })).toBe(1)
  await server.stop()
  await expect(engine.get(people, { id: row.id })).rejects.toThrow(/unavailable.*ECONNREFUSED/)
  await expect(engine.update(people, { id: row.id }, { rank: 9 })).rejects.toThrow(StoreUnavailable)
  await server.start()
  expect((await engine.get(people, { id: row.id }))!.rank).toBe(2)
  expect(await engine.update(people, { id: row.id }, { rank: { add: 1 } })).toBe(1)
  await engine.ping()
})

test('calls that wait go on waiting while others are served, and ask for one row together', async () => {
  const engine = await open({ pool: 1, patience: { connect: 400, statement: 5000 } })
  const rows = [person(), person()]
  for (const row of rows) await engine.insert(people, row)
  await admin(`CREATE TRIGGER slow BEFORE UPDATE ON people FOR EACH ROW DO SLEEP(0.02)`)
  const asked = async () =>
    Number((await administer("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'", server.url))[0]!.Value)
  const before = await asked()
  const updates = Array.from({ length: 24 }, () =>
    engine.update(people, { id: rows[0]!.id }, { rank: { add: 1 } }),
  )
  const reads = hundred(() => engine.get(people, { id: rows[1]!.id }))
  expect(await settle([...updates, ...reads])).toMatchObject({ kept: 124 })
  expect((await asked()) - before).toBeLessThan(34)
  expect((await engine.get(people, { id: rows[0]!.id }))!.rank).toBe(rows[0]!.rank + 24)
  await admin('DROP TRIGGER slow')
})

test('a server that keeps its connections and says nothing is given up, and found again', async () => {
  const engine = await open({ patience: { connect: 1000, statement: 100 } })
  const row = person()
  await engine.insert(people, row)
  await server.freeze()
  await expect(engine.get(people, { id: row.id })).rejects.toThrow(/no answer came within 2100 ms/)
  await expect(engine.get(people, { id: row.id })).rejects.toThrow(StoreUnavailable)
  server.goOn()
  expect(await engine.get(people, { id: row.id })).toEqual(row)
})

test('a server without a free connection and one that is read-only are said so', async () => {
  await open()
  await admin(
    "CREATE USER few@'%' IDENTIFIED BY 'pw' WITH MAX_USER_CONNECTIONS 1",
    `GRANT ALL ON ${database.name}.* TO few@'%'`,
  )
  const url = urlWith((target) => Object.assign(target, { username: 'few', password: 'pw' }))
  const engine = await openMysql({ url, tables, clock: stoppedClock(), pool: 4 })
  opened.push(engine)
  // Those that it refuses wait for the one that it let in.
  expect(await settle(hundred(() => engine.count(people, {})))).toMatchObject({ kept: 100 })
  const late = await openMysql({ url, tables, clock: stoppedClock() }).catch((error) => error)
  expect(String(late)).toMatch(/unavailable.*no connection left/)
  await engine.close()
  await admin("ALTER USER few@'%' WITH MAX_USER_CONNECTIONS 9", 'SET GLOBAL read_only = 1')
  const replica = await openMysql({ url, tables, clock: stoppedClock() })
  opened.push(replica)
  expect(await replica.count(people, {})).toBeGreaterThanOrEqual(0)
  await expect(replica.insert(people, person())).rejects.toThrow(/unavailable.*read-only/)
  await expect(replica.atomically([write.insert(people, person())])).rejects.toThrow(StoreUnavailable)
  await expect(replica.ping()).rejects.toThrow(/read-only/)
  await admin('SET GLOBAL read_only = 0')
  await replica.ping()
  const wrong = { url: urlWith((target) => Object.assign(target, { username: 'few', password: 'no' })) }
  await expect(open(wrong)).rejects.toThrow(/does not let this user in.*1045/)
  await expect(
    open({ url: urlWith((target) => Object.assign(target, { pathname: '/nix' })) }),
  ).rejects.toThrow(/no such database/)
})

test('no error holds what was to be written, nor the password', async () => {
  const engine = await open()
  const secret = "do-not-tell' for key 'x"
  await engine.insert(people, person({ email: secret }))
  const taken = await engine.insert(people, person({ email: secret })).catch((error) => error)
  expect(taken).toBeInstanceOf(UniqueViolation)
  expect([taken.table, taken.columns]).toEqual(['people', ['email']])
  const held = ticket({ code: 'x' })
  await engine.insert(tickets, held)
  const keyed = await engine.insert(tickets, ticket({ ...held, code: 'y' })).catch((error) => error)
  expect([keyed.table, keyed.columns]).toEqual(['tickets', ['id']])
  await admin('ALTER TABLE people ADD CONSTRAINT odd CHECK (`rank` <> 13)')
  const odd = await engine
    .insert(people, person({ email: 'y', name: secret, rank: 13 }))
    .catch((error) => error)
  expect(odd.message).toMatch(/4025.*odd/)
  await admin('ALTER TABLE people DROP CONSTRAINT odd')
  const away = await openMysql({
    url: 'mysql://me:do-not-tell@127.0.0.1:1/x',
    tables,
    clock: stoppedClock(),
  }).catch((error) => error)
  expect(away.message).toMatch(/ECONNREFUSED/)
  for (const error of [taken, odd, away])
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('do-not-tell')
})

test('what the server or a proxy says of itself is no refusal of a statement', async () => {
  const engine = await open()
  await admin(`CREATE TRIGGER raised BEFORE INSERT ON people FOR EACH ROW BEGIN
    DECLARE said INT DEFAULT NEW.\`rank\`;
    IF NEW.active THEN SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = said, MESSAGE_TEXT = 'of do-not-tell'; END IF;
    SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = said, MESSAGE_TEXT = 'of do-not-tell'; END`)
  for (const [rank, active] of [
    [1158, true],
    [3169, false],
    [9001, false],
  ] as const) {
    const error = await engine.insert(people, person({ rank, active })).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(error.message).not.toContain('do-not-tell')
  }
  await admin('DROP TRIGGER raised')
})

test('the URL says how: by a socket, or with a certificate that is looked at', async () => {
  const counts = async (change: (url: URL) => void) => {
    const engine = await open({ url: urlWith(change) })
    return engine.count(people, {})
  }
  expect(await counts((url) => url.searchParams.set('socket', server.socket))).toBeGreaterThanOrEqual(0)
  const tls = (mode: string, authority?: string) =>
    counts((url) => {
      url.hostname = 'localhost'
      url.searchParams.set('sslmode', mode)
      if (authority !== undefined) url.searchParams.set('sslrootcert', authority)
    })
  expect(await tls('require')).toBeGreaterThanOrEqual(0)
  expect(await tls('verify-full', server.certificate)).toBeGreaterThanOrEqual(0)
  await expect(tls('verify-full')).rejects.toThrow(/unavailable.*self-signed/)
})

test('an engine that is closed says good-bye', async () => {
  const brokenOff = () => administer("SHOW GLOBAL STATUS LIKE 'Aborted_clients'", server.url)
  const engine = await open()
  const told = await brokenOff()
  await settle(hundred(() => engine.insert(people, person())))
  await engine.close()
  expect(await brokenOff()).toEqual(told)
})
