import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, expect, test as vitestTest } from 'vitest'
import { administer, missing, testSchema } from '../../../testing/postgres.js'
import { stoppedClock } from '../../../util/clock.js'
import { add, after, before, blanks, steps } from '../../conformance/growth.js'
import { person } from '../../conformance/harness.js'
import { migrations, tables } from '../../conformance.js'
import { SchemaTooNew } from '../../store.js'
import { declaredSchema } from '../sql/schema.js'
import type { DescribedEngine } from '../sql/server.js'
import { words } from './flavour.js'
import { openPostgres } from './postgres.js'

// skipped: where no PostgreSQL answers; the reason is printed
const test = vitestTest.skipIf(missing !== undefined)

const schemas: ReturnType<typeof testSchema>[] = []
const opened: DescribedEngine[] = []
afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.close()
})
afterAll(async () => {
  for (const schema of schemas) await schema.drop()
})

function newSchema() {
  const schema = testSchema()
  schemas.push(schema)
  return schema
}

async function open({ url } = newSchema()) {
  const engine = await openPostgres({ url, tables, clock: stoppedClock(), pool: 2 })
  opened.push(engine)
  return engine
}

test('migrations are applied once, in their order', async () => {
  const engine = await open()
  expect(await engine.pending(steps.toReversed())).toEqual(steps)
  expect(await engine.migrate(steps.slice(0, 1))).toEqual(steps.slice(0, 1))
  expect(await engine.pending(steps)).toEqual(steps.slice(1))
  expect(await engine.migrate(steps)).toEqual(steps.slice(1))
  expect(await engine.migrate(steps)).toEqual([])
})

test('a table whose rows change again and again gets room beside them', async () => {
  const schema = newSchema()
  const engine = await open(schema)
  const room = { number: 4, name: 'room', steps: [{ leaveRoom: { table: 'things' } }] }
  const roomy = () =>
    administer(
      `SELECT relname FROM pg_class WHERE relnamespace = '${schema.name}'::regnamespace
        AND 'fillfactor=80' = ANY (reloptions)`,
    )
  await engine.migrate(steps)
  expect(await roomy()).toEqual([])
  expect((await engine.plan!([...steps, room]))[0]!.statements).toMatchObject([
    { table: 'things', seconds: 0 },
  ])
  await engine.migrate([...steps, room])
  expect(await roomy()).toEqual([{ relname: 'things' }])
})

test('a plan says what would be done and about how many rows it would read, and does none of it', async () => {
  const schema = newSchema()
  const engine = await open(schema)
  expect(await engine.plan!(steps)).toHaveLength(3)
  await engine.migrate(steps.slice(0, 1))
  for (const name of ['a', 'b', 'c']) await engine.insert(before, { id: person().id, name })
  await administer(`ANALYZE ${schema.name}.things`)
  const described = await engine.describe()
  const plan = await engine.plan!(steps)
  expect(plan.map(({ name }) => name)).toEqual(['sizes', 'indexes'])
  expect(plan[1]!.statements[0]).toMatchObject({ table: 'things', rows: 3, seconds: 1 })
  expect(plan[1]!.statements[0]!.sql).toMatch(/^CREATE INDEX .* ON "things" \("size", "id"\)$/)
  expect(await engine.describe()).toEqual(described)
})

test('the live schema is the declared one, made at once or step by step, beside another', async () => {
  const whole = await open()
  await whole.migrate(migrations)
  expect(await whole.describe()).toEqual(declaredSchema(words, tables))
  const grown = await open()
  await grown.migrate(steps.slice(0, 2))
  expect(await grown.describe()).not.toEqual(declaredSchema(words, [after]))
  await grown.migrate(steps)
  expect(await grown.describe()).toEqual(declaredSchema(words, [after]))
})

test('rows that are there get a blank in a new column', async () => {
  const engine = await open()
  await engine.migrate(steps.slice(0, 1))
  const row = { id: person().id, name: 'old' }
  await engine.insert(before, row)
  await engine.migrate(steps)
  expect(await engine.get(after, { id: row.id })).toEqual({ ...row, ...blanks })
})

test('a migration that fails leaves nothing of itself and can be tried again', async () => {
  const engine = await open()
  await engine.migrate(steps.slice(0, 1))
  const schema = await engine.describe()
  const broken = { number: 2, name: 'broken', steps: [...add('size'), { drop: { table: 'nowhere' } }] }
  await expect(engine.migrate([steps[0]!, broken])).rejects.toThrow(/nowhere/)
  expect(await engine.describe()).toEqual(schema)
  expect(await engine.migrate(steps)).toHaveLength(2)
})

test('a database that knows more migrations than the program is refused', async () => {
  const engine = await open()
  await engine.migrate(steps)
  await expect(engine.pending(steps.slice(0, 2))).rejects.toThrow(SchemaTooNew)
  await expect(engine.migrate(steps.slice(0, 2))).rejects.toThrow(/schema 3, this program knows 2/)
})

test('a user who may make no schema is told so', async () => {
  const { name, url } = newSchema()
  await administer(`CREATE ROLE ${name} LOGIN`)
  try {
    const engine = await open({ ...newSchema(), url: url.replace(/\/\/[^@]*@/, `//${name}@`) })
    await expect(engine.migrate(migrations)).rejects.toThrow(/unavailable: .*lacks a right/)
    await engine.close()
  } finally {
    await administer(`DROP ROLE ${name}`)
  }
})

test('of processes that migrate at once each migration is applied by one, and all return', async () => {
  const { url } = newSchema()
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
  const program = `
    const { openPostgres } = await import(${module('./postgres.js')})
    const { migrations, tables } = await import(${module('../../conformance.js')})
    const { systemClock } = await import(${module('../../../util/clock.js')})
    const engine = await openPostgres({ url: ${JSON.stringify(url)}, tables, clock: systemClock })
    console.log((await engine.migrate(migrations)).length, (await engine.pending(migrations)).length)
    await engine.close()`
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  const answers = (await Promise.all([run(), run(), run()])).map(({ stdout }) => stdout.trim())
  expect(answers.sort()).toEqual(['0 0', '0 0', '1 0'])
})
