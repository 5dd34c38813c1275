import pg from 'pg'
import { afterAll, afterEach, beforeEach, expect, test as vitestTest } from 'vitest'
import { openRelay } from '../../../testing/break.js'
import { administer, missing, testSchema } from '../../../testing/postgres.js'
import { stoppedClock } from '../../../util/clock.js'
import {
  hundred,
  type Person,
  people,
  person,
  put,
  settle,
  ticket,
  tickets,
} from '../../conformance/harness.js'
import { migrations, tables } from '../../conformance.js'
import { type Engine, StoreUnavailable, UniqueViolation } from '../../store.js'
import { openPostgres } from './postgres.js'

// skipped: where no PostgreSQL answers; the reason is printed
const test = vitestTest.skipIf(missing !== undefined)

const schema = testSchema()
const clock = stoppedClock()
const closing: (() => Promise<unknown>)[] = []
let engine: Engine
beforeEach(async () => {
  if (missing === undefined) engine = await open()
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
afterAll(() => (missing === undefined ? schema.drop() : undefined))

async function open(url = schema.url) {
  const opened = await openPostgres({ url, tables, clock, pool: 8 })
  closing.push(() => opened.close())
  await opened.migrate(migrations)
  return opened
}

const crowd = () => put(engine, ...Array.from({ length: 100 }, () => person({ mark: Buffer.from('old') })))
const each = <T>(rows: readonly Person[], body: (row: Person, i: number) => Promise<T>) =>
  Promise.all(rows.map(body))

/** How many statements of a kind the work runs on `people`; its rows are not counted. */
async function statementsOf(kind: 'UPDATE', work: () => Promise<unknown>): Promise<number> {
  const { name } = schema
  await administer(`CREATE SEQUENCE ${name}.statements;
    CREATE FUNCTION ${name}.count_statement() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM nextval('${name}.statements'); RETURN NULL; END $$;
    CREATE TRIGGER counting AFTER ${kind} ON ${name}.people EXECUTE FUNCTION ${name}.count_statement()`)
  try {
    await work()
    const [row] = await administer(`SELECT nextval('${name}.statements') - 1 AS count`)
    return Number(row!.count)
  } finally {
    await administer(`DROP TRIGGER counting ON ${name}.people; DROP FUNCTION ${name}.count_statement();
      DROP SEQUENCE ${name}.statements`)
  }
}

test('guarded updates that come together are a few statements, and each caller hears of its own row', async () => {
  const rows = await crowd()
  const answers: number[] = []
  const update = (row: Person, i: number) =>
    engine.update(
      people,
      { id: row.id, mark: Buffer.from(i % 3 === 0 ? 'new' : 'old'), rank: { gte: 0 } },
      { rank: { add: i }, active: false, email: i % 2 ? `${i}@example.org` : null, mark: Buffer.from([i]) },
    )
  const statements = await statementsOf('UPDATE', async () => answers.push(...(await each(rows, update))))
  expect(statements).toBeLessThan(10)
  expect(answers).toEqual(rows.map((_, i) => (i % 3 === 0 ? 0 : 1)))
  const kept = await each(rows, ({ id }) => engine.get(people, { id }))
  expect(kept).toEqual(
    rows.map((row, i) =>
      i % 3 === 0
        ? row
        : {
            ...row,
            rank: i,
            active: false,
            email: i % 2 ? `${i}@example.org` : null,
            mark: Buffer.from([i]),
          },
    ),
  )
  // One caller after the other: nothing waits to be gathered with it.
  expect(await statementsOf('UPDATE', () => update(rows[0]!, 2).then(() => update(rows[1]!, 2)))).toBe(2)
})

test('reads by key that come together find each its row, also of rows asked for twice, missing or past their end', async () => {
  const [row] = await put(
    engine,
    person({ name: '"quoted" \\ {,} NULL ÿ😀', mark: Buffer.from([0, 92, 34]) }),
  )
  const [living, ended] = [ticket({ until: clock.now() + 1000 }), ticket({ until: clock.now() })]
  await engine.insert(tickets, living)
  await engine.insert(tickets, ended)
  const found = await Promise.all([
    ...[row!.id, person().id, row!.id].map((id) => engine.get(people, { id })),
    ...[living.id, ended.id].map((id) => engine.get(tickets, { id })),
  ])
  expect(found).toEqual([row, undefined, row, living, undefined])
  expect(found[0]!).not.toBe(found[2])
})

test('any text, bytes and null go through a batch unchanged', async () => {
  const rows = await crowd()
  const texts = ['', 'NULL', '{}', '","', '\\', '"', "'", '\\x00', 'a,b', '\n\t', '😀', 'é']
  const wordOf = (i: number) => texts[i % texts.length]!
  await each(rows, ({ id }, i) => {
    const set = { name: wordOf(i), realm: i % 2 ? null : wordOf(i), notes: [wordOf(i)], number: i }
    return engine.update(
      people,
      { id, name: rows[i]!.name },
      { ...set, mark: i % 2 ? null : Buffer.from(wordOf(i)) },
    )
  })
  for (const [i, { id }] of rows.entries())
    expect(await engine.get(people, { id })).toMatchObject({
      name: wordOf(i),
      realm: i % 2 ? null : wordOf(i),
      notes: [wordOf(i)],
      mark: i % 2 ? null : Buffer.from(wordOf(i)),
    })
})

test('updates of one row all happen, beside those of others', async () => {
  const [row, ...others] = await crowd()
  const all = hundred(() => engine.update(people, { id: row!.id }, { rank: { add: 1 } }))
  await each(others, ({ id }) => engine.update(people, { id }, { rank: 7 }))
  expect(await Promise.all(all)).toEqual(all.map(() => 1))
  expect((await engine.get(people, { id: row!.id }))!.rank).toBe(100)
})

test('what is taken fails its own caller and none that was sent beside it', async () => {
  const rows = await crowd()
  await put(engine, person({ email: 'taken@example.org' }))
  const { kept, errors } = await settle(
    rows.map(({ id }, i) =>
      engine.update(people, { id }, { email: i % 10 ? `free${i}@example.org` : 'taken@example.org' }),
    ),
  )
  expect([kept, errors.length]).toEqual([90, 10])
  for (const error of errors) expect(error).toBeInstanceOf(UniqueViolation)
})

test('a row that somebody has locked holds up nobody but whoever wants it', async () => {
  const rows = await crowd()
  const other = new pg.Client({ connectionString: schema.url.replace(/\?.*/, '') })
  await other.connect()
  closing.push(() => other.end())
  await other.query(`BEGIN; UPDATE ${schema.name}.people SET rank = 1 WHERE id = '${rows[50]!.id}'`)
  let held = true
  const update = ({ id }: Person) => engine.update(people, { id }, { rank: { add: 10 } }).then(() => held)
  const wanting = [rows[50]!, rows[50]!].map(update)
  const beside = await each([...rows.slice(0, 50), ...rows.slice(51)], update)
  expect(new Set(beside)).toEqual(new Set([true]))
  held = false
  await other.query('COMMIT')
  expect(await Promise.all(wanting)).toEqual([false, false])
  expect((await engine.get(people, { id: rows[50]!.id }))!.rank).toBe(21)
})

test('a batch whose answer got lost is said to be so to all of it, and is not repeated', async () => {
  const relay = await openRelay(Number(new URL(schema.url).port || 5432))
  closing.push(() => relay.close())
  const through = await open(
    Object.assign(new URL(schema.url), { hostname: '127.0.0.1', port: relay.port }).href,
  )
  const rows = await crowd()
  relay.cutAfter('unnest')
  const { kept, errors } = await settle(
    rows.map(({ id }) => through.update(people, { id }, { rank: { add: 501 } })),
  )
  expect(relay.cuts).toBe(1)
  expect([kept, errors.length]).toEqual([0, 100])
  for (const error of errors) expect(error).toBeInstanceOf(StoreUnavailable)
  await expect.poll(() => engine.count(people, { rank: 501 })).toBe(100)
  expect(await each(rows, ({ id }) => through.update(people, { id }, { rank: { add: 501 } }))).toEqual(
    rows.map(() => 1),
  )
  expect(await engine.count(people, { rank: 1002 })).toBe(100)
})

test('closing answers what was gathered and takes no more', async () => {
  const rows = await crowd()
  const updates = settle(rows.map(({ id }) => engine.update(people, { id }, { rank: 5 })))
  const closed = engine.close()
  await expect(engine.get(people, { id: rows[0]!.id })).rejects.toThrow(StoreUnavailable)
  await closed
  expect((await updates).kept).toBe(100)
})
