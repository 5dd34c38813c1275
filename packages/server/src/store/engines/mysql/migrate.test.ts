import { expect, test as vitestTest } from 'vitest'
import { migrations as ours } from '../../../domain/migrations/index.js'
import { migrating, opening } from '../../../testing/engine-migrations.js'
import { administer, missing, testDatabase } from '../../../testing/mysql.js'
import { after, before, steps } from '../../conformance/growth.js'
import { person } from '../../conformance/harness.js'
import { type Migration, SchemaTooNew } from '../../store.js'
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

test('a plan says what would be done and about how many rows it would read, and does none of it', async () => {
  const database = await newPlace()
  const engine = await openAt(database)
  const fresh = (await engine.plan!(steps)).flatMap(({ statements }) => statements)
  expect(fresh.map(({ rows }) => rows)).toEqual(fresh.map(() => 0))
  await engine.migrate(steps.slice(0, 1))
  for (const name of ['a', 'b', 'c']) await engine.insert(before, { id: person().id, name })
  await administer(`ANALYZE TABLE ${database.name}.things`)
  const described = await engine.describe()
  const plan = await engine.plan!(steps)
  expect(plan.map(({ name }) => name)).toEqual(['sizes', 'indexes'])
  expect(plan[1]!.statements[0]).toEqual({
    sql: 'CREATE INDEX "things_size_id_index" ON "things" ("size", "id")',
    table: 'things',
    rows: 3,
    seconds: 1,
  })
  const read = plan.map(({ statements }) => statements.map(({ rows }) => rows))
  expect(read).toEqual([
    [0, 0, 0, 0, 0, 0],
    [3, 3, 3, 3, 0],
  ])
  expect(await engine.describe()).toEqual(described)
  expect(await engine.pending(steps)).toEqual(steps.slice(1))
  await expect(engine.plan!([])).rejects.toThrow(SchemaTooNew)
})
