import { expect, test as vitestTest } from 'vitest'
import { migrating, opening } from '../../../testing/engine-migrations.js'
import { administer, missing, testSchema } from '../../../testing/postgres.js'
import { add, before, steps } from '../../conformance/growth.js'
import { migrations, person } from '../../conformance/harness.js'
import { words } from './flavour.js'
import { openPostgres } from './postgres.js'

// skipped: where no PostgreSQL answers; the reason is printed
const test = vitestTest.skipIf(missing !== undefined)

const server = {
  place: testSchema,
  open: openPostgres,
  words,
  module: new URL('./postgres.js', import.meta.url).href,
  opener: 'openPostgres',
}
const places = opening(server)
const { newPlace, openAt } = places
migrating(test, server, places)

test('a table whose rows change again and again gets room beside them', async () => {
  const schema = await newPlace()
  const engine = await openAt(schema)
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
  const schema = await newPlace()
  const engine = await openAt(schema)
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

test('a migration that fails leaves nothing of itself and can be tried again', async () => {
  const engine = await openAt()
  await engine.migrate(steps.slice(0, 1))
  const schema = await engine.describe()
  const broken = { number: 2, name: 'broken', steps: [...add('size'), { drop: { table: 'nowhere' } }] }
  await expect(engine.migrate([steps[0]!, broken])).rejects.toThrow(/nowhere/)
  expect(await engine.describe()).toEqual(schema)
  expect(await engine.migrate(steps)).toHaveLength(2)
})

test('a user who may make no schema is told so', async () => {
  const { name, url } = await newPlace()
  await administer(`CREATE ROLE ${name} LOGIN`)
  try {
    const engine = await openAt({ url: url.replace(/\/\/[^@]*@/, `//${name}@`) })
    await expect(engine.migrate(migrations)).rejects.toThrow(/unavailable: .*lacks a right/)
    await engine.close()
  } finally {
    await administer(`DROP ROLE ${name}`)
  }
})
