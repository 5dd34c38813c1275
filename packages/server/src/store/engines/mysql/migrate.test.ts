import { expect, test as vitestTest } from 'vitest'
import { migrations as ours } from '../../../domain/migrations/index.js'
import { migrating, opening } from '../../../testing/engine-migrations.js'
import { administer, missing, testDatabase } from '../../../testing/mysql.js'
import { after, steps } from '../../conformance/growth.js'
import type { Migration } from '../../store.js'
import { id, table, text } from '../../table.js'
import { declaredSchema, ledger } from '../sql/schema.js'
import { words } from './flavour.js'
import { openMysql } from './mysql.js'

// skipped: where no MySQL answers; the reason is printed
const test = vitestTest.skipIf(missing !== undefined)

const server = {
  place: () => testDatabase(),
  open: openMysql,
  words,
  module: new URL('./mysql.js', import.meta.url).href,
  opener: 'openMysql',
}
const places = opening(server)
const { newPlace, openAt } = places
migrating(test, server, places)

test('the tables of the product find room in this database', async () => {
  const engine = await openAt()
  expect(await engine.migrate(ours)).toHaveLength(ours.length)
})

test('a text that is too long to be sorted by is refused an index', async () => {
  const engine = await openAt()
  const essays = table({
    name: 'essays',
    columns: { id: id(), body: text(257) },
    key: ['id'],
    indexes: [['body']],
  })
  const step = { create: essays } as unknown as Migration['steps'][number]
  await expect(engine.migrate([{ number: 1, name: 'essays', steps: [step] }])).rejects.toThrow(
    /essays.body is too long for an index/,
  )
})

test('a migration goes on where a program died, whichever step that was, before or after it was done', async () => {
  const database = await newPlace()
  const engine = await openAt(database)
  const end = { drop: { table: 'nowhere' } }
  for (const [i, { number, name, steps: all }] of steps.entries()) {
    for (let done = 0; done <= all.length; done++) {
      const dying = { number, name, steps: [...all.slice(0, done), end] }
      await expect(engine.migrate([...steps.slice(0, i), dying])).rejects.toThrow(/nowhere/)
      const lost = `UPDATE ${database.name}.${ledger} SET step = ${done} WHERE number = ${number}`
      if (done > 0) await administer(lost)
    }
    expect(await engine.migrate(steps.slice(0, i + 1))).toEqual([steps[i]])
  }
  expect(await engine.describe()).toEqual(declaredSchema(words, [after]))
})

test('a table of somebody else is not taken for one of ours', async () => {
  const database = await newPlace()
  await administer(`CREATE TABLE ${database.name}.things (a int)`)
  const engine = await openAt(database)
  await expect(engine.migrate(steps)).rejects.toThrow(/things.*already exists/)
})

test('a database that knows half of a newer migration is refused too', async () => {
  const engine = await openAt()
  await engine.migrate(steps)
  const newer = { number: 4, name: 'newer', steps: [{ drop: { table: 'nowhere' } }] }
  await expect(engine.migrate([...steps, newer])).rejects.toThrow(/nowhere/)
  await expect(engine.pending(steps)).rejects.toThrow(/schema 4, this program knows 3/)
})
