import { afterAll, afterEach, beforeAll, beforeEach, expect, test as vitestTest } from 'vitest'
import {
  administer,
  missing,
  type Session,
  session,
  type TestDatabase,
  testDatabase,
} from '../../../testing/mysql.js'
import { stoppedClock } from '../../../util/clock.js'
import { counters, people, person, tickets } from '../../conformance/harness.js'
import { migrations, tables } from '../../conformance.js'
import { type Engine, StoreUnavailable, write } from '../../store.js'
import type { AnyTable } from '../../table.js'
import type { Run } from '../sql/server.js'
import { obstacle } from './freeze.js'
import { openMysql } from './mysql.js'

// skipped: where no MySQL or MariaDB answers; the reason is printed
const test = vitestTest.skipIf(missing !== undefined)

let database: TestDatabase
let engine: Engine
let other: Engine
const opened: Engine[] = []
const sessions: Session[] = []
beforeAll(async () => {
  if (missing === undefined) database = await testDatabase()
})
beforeEach(async () => {
  if (missing !== undefined) return
  engine = await open()
  other = await open()
  await engine.insert(counters, held)
})
afterEach(async () => {
  for (const one of sessions.splice(0)) one.end()
  await engine?.remove(counters, {})
  for (const one of opened.splice(0)) await one.close()
})
afterAll(() => database?.drop())

async function open(url = database.url) {
  const one = await openMysql({ url, tables, clock: stoppedClock(), pool: 4 })
  opened.push(one)
  await one.migrate(migrations)
  return one
}

const key = { scope: 'hold', name: 'here' }
const held = { ...key, count: 1, label: '', until: Number.MAX_SAFE_INTEGER }
const by = { table: counters, where: key }
const frozen = [people, tickets] as unknown as AnyTable[]

const triggers = () =>
  administer(`SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = '${database.name}'`)

/** A transaction that no engine knows of. */
async function begun() {
  const writer = session(database)
  sessions.push(writer)
  await writer.query('BEGIN')
  return writer
}

const waiting = () =>
  administer(
    `SELECT 1 FROM information_schema.PROCESSLIST WHERE db = '${database.name}' AND state LIKE 'Waiting for table metadata%'`,
  )

test('frozen tables let nobody write, and are read meanwhile, until they are opened again', async () => {
  const row = person()
  await engine.insert(people, row)
  const whole = engine.freeze!(
    frozen,
    async () => {
      for (const refused of [
        other.insert(people, person()),
        other.update(people, { id: row.id }, { rank: 1 }),
        other.remove(people, { id: row.id }),
        other.atomically([write.insert(counters, { ...held, name: 'x' }), write.remove(people, {})]),
      ])
        await expect(refused).rejects.toThrow(/unavailable.*it is being moved or was/)
      expect(await other.get(people, { id: row.id })).toEqual(row)
      expect(await other.get(counters, { ...key, name: 'x' })).toBeUndefined()
      return [write.update(counters, key, { count: 2 }, 1)]
    },
    by,
  )
  await whole
  expect((await other.get(counters, key))!.count).toBe(2)
  await expect(other.insert(people, person())).rejects.toThrow(StoreUnavailable)
  await engine.thaw!(frozen)
  expect(await other.update(people, { id: row.id }, { rank: 3 })).toBe(1)
  expect(await triggers()).toEqual([])
})

test('a freeze whose work or writes fail leaves the tables open, and nothing in them', async () => {
  const failing = engine.freeze!(frozen, () => Promise.reject(new Error('mine')), by)
  await expect(failing).rejects.toThrow('mine')
  const unmet = engine.freeze!(frozen, async () => [write.update(counters, key, { count: 9 }, 2)], by)
  await expect(unmet).rejects.toThrow(StoreUnavailable)
  expect(await triggers()).toEqual([])
  expect((await other.get(counters, key))!.count).toBe(1)
  await other.insert(people, person())
})

test('a freeze whose row ran out lets writers in, and is not done, even where the row came back', async () => {
  for (const until of [1, held.until]) {
    await engine.update(counters, key, { until: held.until })
    const late = engine.freeze!(
      frozen,
      async () => {
        await administer(`UPDATE ${database.name}.counters SET until = 1`)
        await other.insert(people, person())
        await administer(`UPDATE ${database.name}.counters SET until = ${until}`)
        // What another move does that takes over.
        if (until > 1) await other.thaw!(frozen)
        return [write.insert(counters, { ...held, name: 'done' })]
      },
      by,
    )
    await expect(late).rejects.toThrow('ran out, or was taken away')
    expect(await other.get(counters, { ...key, name: 'done' })).toBeUndefined()
    expect(await triggers()).toEqual([])
    await administer(`UPDATE ${database.name}.counters SET until = ${held.until}`)
  }
})

test('a freeze that is decided waits for whoever its row let pass by having run out', async () => {
  const writer = await begun()
  let done = false
  const freezing = engine.freeze!(
    frozen,
    async () => {
      await administer(`UPDATE ${database.name}.counters SET until = 1`)
      await writer.query(`INSERT INTO tickets VALUES ('a', 'b', NULL, 0, NULL)`)
      return []
    },
    by,
  )
  freezing.catch(() => {}).finally(() => (done = true))
  const locked = () => administer("SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'")
  // The server looks anew only where nobody has asked for a tenth of a second.
  await expect.poll(locked, { interval: 250, timeout: 8000 }).not.toEqual([])
  expect(done).toBe(false)
  await writer.query('COMMIT')
  await expect(freezing).rejects.toThrow('ran out')
})

test('a write that is on its way is waited for, and is there when the work begins', async () => {
  const row = person()
  await engine.insert(people, row)
  const writer = await begun()
  await writer.query(`UPDATE people SET \`rank\` = 7 WHERE id = '${row.id}'`)
  let seen: number | undefined
  const freezing = engine.freeze!(
    frozen,
    async () => {
      seen = (await engine.get(people, { id: row.id }))!.rank
      return []
    },
    by,
  )
  await expect.poll(waiting, { interval: 20, timeout: 10_000 }).not.toEqual([])
  // Whoever only reads is let through between two tries.
  expect(await other.get(people, { id: row.id })).toEqual(row)
  await writer.query('COMMIT')
  await freezing
  expect(seen).toBe(7)
  await engine.thaw!(frozen)
})

test('a write that does not end is named, and the tables stay open', async () => {
  const writer = await begun()
  await writer.query('UPDATE tickets SET used = 7')
  await expect(engine.freeze!(frozen, async () => [], by)).rejects.toThrow(
    'a transaction on tickets does not end',
  )
  await writer.query('COMMIT')
  expect(await triggers()).toEqual([])
}, 60_000)

test('a user who may make no triggers is told so before anything is done', async () => {
  expect(await engine.unfreezable!(counters)).toBeUndefined()
  const name = database.name.replace('sallyport_test', 'poor')
  await administer([
    `CREATE USER ${name} IDENTIFIED BY 'pw'`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${database.name}.* TO ${name}`,
  ])
  const url = new URL(database.url)
  Object.assign(url, { username: name, password: 'pw' })
  const poor = await open(url.href)
  expect(await poor.unfreezable!(counters)).toMatchObject({ next: expect.stringContaining('GRANT TRIGGER') })
  await administer(`DROP USER ${name}`)
  const logging: Run = () =>
    Promise.reject(Object.assign(new Error('You do not have SUPER'), { errno: 1419, sqlState: 'HY000' }))
  expect(await obstacle(logging, counters as unknown as AnyTable)).toMatchObject({
    next: expect.stringContaining('log_bin_trust_function_creators'),
  })
  expect(await triggers()).toEqual([])
})
