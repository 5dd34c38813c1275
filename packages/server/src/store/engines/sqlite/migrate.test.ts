import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { stoppedClock } from '../../../util/clock.js'
import { people, person } from '../../conformance/harness.js'
import { migrations, tables } from '../../conformance.js'
import { type Migration, SchemaTooNew } from '../../store.js'
import { bytes, id, integer, json, nullable, table, text } from '../../table.js'
import { declaredSchema } from '../sql/schema.js'
import { words } from './schema.js'
import { openSqlite } from './sqlite.js'

const directory = mkdtempSync(join(tmpdir(), 'sallyport-migrate-'))
afterAll(() => rmSync(directory, { recursive: true }))

const open = (path: string) => openSqlite({ path, tables, clock: stoppedClock() })

const columns = { id: id(), name: text(9) }
const before = table({ name: 'things', columns, key: ['id'] })
const after = table({
  name: 'things',
  columns: { ...columns, size: integer(), note: nullable(text(9)), data: json(), mark: bytes(4) },
  key: ['id'],
  unique: [['name']],
  indexes: [['size']],
})
const add = (name: 'size' | 'note' | 'data' | 'mark') => ({
  addColumn: { table: 'things', name, column: after.columns[name] },
})
const steps: Migration[] = [
  { number: 1, name: 'things', steps: [{ create: before }, { create: people }] },
  { number: 2, name: 'sizes', steps: [add('size'), add('note'), add('data'), add('mark')] },
  {
    number: 3,
    name: 'indexes',
    steps: [
      { addIndex: { table: 'things', columns: ['size'], unique: false } },
      { addIndex: { table: 'things', columns: ['name'], unique: true } },
      { drop: { table: 'people' } },
    ],
  },
]

test('migrations are applied once, in their order', async () => {
  const engine = await open(':memory:')
  expect(await engine.pending(steps.toReversed())).toEqual(steps)
  expect(await engine.migrate(steps.slice(0, 1))).toEqual(steps.slice(0, 1))
  expect(await engine.pending(steps)).toEqual(steps.slice(1))
  expect(await engine.migrate(steps)).toEqual(steps.slice(1))
  expect(await engine.migrate(steps)).toEqual([])
})

test('the live schema is the declared one, made at once or step by step', async () => {
  const whole = await open(':memory:')
  await whole.migrate(migrations)
  expect(await whole.describe()).toEqual(declaredSchema(words, tables))
  const grown = await open(':memory:')
  await grown.migrate(steps.slice(0, 2))
  expect(await grown.describe()).not.toEqual(declaredSchema(words, [after]))
  await grown.migrate(steps)
  expect(await grown.describe()).toEqual(declaredSchema(words, [after]))
})

test('rows that are there get a blank in a new column', async () => {
  const engine = await open(':memory:')
  await engine.migrate(steps.slice(0, 1))
  const row = { id: person().id, name: 'old' }
  await engine.insert(before, row)
  await engine.migrate(steps)
  const grown = { ...row, size: 0, note: null, data: null, mark: Buffer.alloc(0) }
  expect(await engine.get(after, { id: row.id })).toEqual(grown)
})

test('a plan says what would be done and how many rows it would read, and does none of it', async () => {
  const engine = await open(':memory:')
  const fresh = (await engine.plan!(steps)).flatMap(({ statements }) => statements)
  expect(fresh.map(({ rows }) => rows)).toEqual(fresh.map(() => 0))
  await engine.migrate(steps.slice(0, 1))
  for (const name of ['a', 'b', 'c']) await engine.insert(before, { id: person().id, name })
  const schema = await engine.describe()
  const plan = await engine.plan!(steps)
  expect(plan.map(({ name }) => name)).toEqual(['sizes', 'indexes'])
  expect(plan[1]!.statements).toEqual([
    {
      sql: 'CREATE INDEX "things_size_id_index" ON "things" ("size", "id")',
      table: 'things',
      rows: 3,
      seconds: 1,
    },
    {
      sql: 'CREATE UNIQUE INDEX "things_name_unique" ON "things" ("name")',
      table: 'things',
      rows: 3,
      seconds: 1,
    },
    { sql: 'DROP TABLE "people"', table: 'people', rows: 0, seconds: 0 },
  ])
  expect(await engine.describe()).toEqual(schema)
  await expect(engine.plan!(steps.slice(0, 0))).rejects.toThrow(SchemaTooNew)
})

test('a migration that fails leaves nothing of itself and can be tried again', async () => {
  const engine = await open(':memory:')
  await engine.migrate(steps.slice(0, 1))
  const schema = await engine.describe()
  const broken = { number: 2, name: 'broken', steps: [add('size'), { drop: { table: 'nowhere' } }] }
  await expect(engine.migrate([steps[0]!, broken])).rejects.toThrow(/nowhere/)
  expect(await engine.describe()).toEqual(schema)
  expect(await engine.migrate(steps)).toHaveLength(2)
})

test('a database that knows more migrations than the program is refused', async () => {
  const engine = await open(':memory:')
  await engine.migrate(steps)
  await expect(engine.pending(steps.slice(0, 2))).rejects.toThrow(SchemaTooNew)
  await expect(engine.migrate(steps.slice(0, 2))).rejects.toThrow(/schema 3, this program knows 2/)
})

test('of processes that migrate at once each migration is applied by one, and all return', async () => {
  const path = join(directory, 'together.db')
  await (await open(path)).close()
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
  const program = `
    const { openSqlite } = await import(${module('./sqlite.js')})
    const { migrations, tables } = await import(${module('../../conformance.js')})
    const { systemClock } = await import(${module('../../../util/clock.js')})
    const engine = await openSqlite({ path: ${JSON.stringify(path)}, tables, clock: systemClock, busyTimeout: 10_000 })
    console.log((await engine.migrate(migrations)).length, (await engine.pending(migrations)).length)
    await engine.close()`
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  const answers = (await Promise.all([run(), run(), run()])).map(({ stdout }) => stdout.trim())
  expect(answers.sort()).toEqual(['0 0', '0 0', '1 0'])
})
