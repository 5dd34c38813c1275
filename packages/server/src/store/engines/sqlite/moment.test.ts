import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { stoppedClock } from '../../../util/clock.js'
import { people, person } from '../../conformance/harness.js'
import { migrations, tables } from '../../conformance.js'
import { type Database, loadDriver } from './driver.js'
import { createMoment } from './moment.js'
import { openSqlite } from './sqlite.js'

const directory = mkdtempSync(join(tmpdir(), 'sallyport-moment-'))
afterAll(() => rmSync(directory, { recursive: true }))

const path = (name: string) => join(directory, name)
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

async function openTwo(name: string) {
  const { DatabaseSync } = await loadDriver()
  const [reading, writing] = [new DatabaseSync(path(name), {}), new DatabaseSync(path(name), {})]
  writing.exec('PRAGMA journal_mode = WAL; CREATE TABLE seen (n INTEGER); INSERT INTO seen VALUES (0)')
  const read = reading.prepare('SELECT n FROM seen')
  read.setReturnArrays(true)
  return { reading, writing, seen: () => read.get()?.[0], close: () => [reading, writing].map(shut) }
}

const shut = (db: Database) => db.close()

test('a turn reads one state, the next turn reads what was committed meanwhile', async () => {
  const { reading, writing, seen, close } = await openTwo('turns.db')
  const moment = createMoment(reading)
  moment.keep()
  expect(seen()).toBe(0)
  writing.exec('UPDATE seen SET n = 1')
  moment.keep()
  expect(seen()).toBe(0)
  await nextTurn()
  expect(seen()).toBe(1)
  close()
})

test('a moment that passes early shows at once what was committed', async () => {
  const { reading, writing, seen, close } = await openTwo('early.db')
  const moment = createMoment(reading)
  moment.keep()
  expect(seen()).toBe(0)
  writing.exec('UPDATE seen SET n = 1')
  moment.pass()
  moment.keep()
  expect(seen()).toBe(1)
  moment.pass()
  await nextTurn()
  close()
})

test('a moment that an error has ended passes without another', async () => {
  const { reading, seen, close } = await openTwo('ended.db')
  const moment = createMoment(reading)
  moment.keep()
  reading.exec('ROLLBACK')
  moment.pass()
  moment.keep()
  expect(seen()).toBe(0)
  await nextTurn()
  close()
})

test('an answered write is seen by every read that follows, whatever was read in the same turn', async () => {
  const engine = await openSqlite({ path: path('engine.db'), tables, clock: stoppedClock() })
  await engine.migrate(migrations)
  const row = person()
  await engine.insert(people, row)
  let busy = true
  const others = (async () => {
    // Reads in every turn, so that a moment is open whenever the writer answers.
    while (busy) {
      await engine.get(people, { id: row.id })
      await nextTurn()
      await engine.get(people, { id: row.id })
    }
  })()
  for (let rank = 1; rank <= 200; rank++) {
    await engine.update(people, { id: row.id }, { rank })
    expect((await engine.get(people, { id: row.id }))?.rank).toBe(rank)
  }
  busy = false
  await others
  await engine.close()
})

test('the log of a file that is read and written without a pause does not grow without end', async () => {
  const { statSync } = await import('node:fs')
  const engine = await openSqlite({ path: path('log.db'), tables, clock: stoppedClock() })
  await engine.migrate(migrations)
  const rows = Array.from({ length: 16 }, () => person())
  for (const row of rows) await engine.insert(people, row)
  const work = async (id: string) => {
    for (let rank = 0; rank < 400; rank++) {
      await engine.get(people, { id })
      await engine.update(people, { id }, { rank })
      await engine.get(people, { id })
    }
  }
  await Promise.all(rows.map(({ id }) => work(id)))
  expect(statSync(`${path('log.db')}-wal`).size).toBeLessThan(32 * 1024 * 1024)
  await engine.close()
})
