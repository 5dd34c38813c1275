// No hot path makes a database look at every row: what a server asks its store on the way of its users, from sign-up to
// log-out, is explained by each engine of SQL itself.
import { promisify } from 'node:util'
import { createConnection } from 'mysql2'
import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { users } from '../domain/tables.js'
import { migrations } from '../server.js'
import { flavour as mysql } from '../store/engines/mysql/flavour.js'
import { openMysql } from '../store/engines/mysql/mysql.js'
import { numbered, flavour as postgres } from '../store/engines/postgres/flavour.js'
import { arraysOf, groupedSelect, groupedUpdate } from '../store/engines/postgres/grouped.js'
import { openPostgres } from '../store/engines/postgres/postgres.js'
import { loadDriver, openReading, prepareRows } from '../store/engines/sqlite/driver.js'
import { flavour as sqlite } from '../store/engines/sqlite/flavour.js'
import { stoppedClock } from '../util/clock.js'
import { operate } from './administrator.js'
import { newest } from './mailed.js'
import { missing as missingMysql, testDatabase } from './mysql.js'
import { missing, testSchema } from './postgres.js'
import { openSallyport, type Sallyport, withDatabaseFile } from './sallyport.js'
import { seed } from './seeds.js'
import { type Asked, type Call, listen, statementsOf } from './statements.js'

/** Everything that people do many times a day, and the upkeep that runs beside them. */
async function aDay(sallyport: Sallyport): Promise<Call[]> {
  const calls = listen(sallyport.server.context.store)
  const user = await sallyport.signUp({ preferred_username: 'ada' })
  const me = sallyport.as(user)
  const { email, password } = user
  const login = await sallyport.browser().post('/v1/login', { identifier: 'ada', password })
  await sallyport.browser().post('/v1/login', { identifier: email, password: 'something else' })
  await sallyport.browser().post('/v1/refresh', { refresh_token: login.json.refresh_token })
  await sallyport.browser().post('/v1/refresh', { refresh_token: login.json.refresh_token })
  await me.get('/v1/me')
  await me.send('PATCH', '/v1/me', { name: 'Ada' })
  expect((await me.get('/v1/me/sessions')).status).toBe(200)
  expect((await me.send('DELETE', `/v1/me/sessions/${login.json.session_id}`)).status).toBe(204)
  const { code } = await newest(sallyport, email)
  expect((await me.post('/v1/email/verify', { email, code })).status).toBe(200)
  await sallyport.browser().post('/v1/login/code', { email })
  const byMail = { email, code: (await newest(sallyport, email, 'login_code')).code }
  expect((await sallyport.browser().post('/v1/login/code/verify', byMail)).status).toBe(200)
  expect((await sallyport.browser().post('/v1/password/forgot', { email })).status).toBe(202)
  await me.get('/gate/nginx')
  await sallyport.server.upkeep()
  expect((await me.post('/v1/logout')).status).toBe(204)
  expect((await sallyport.as(await sallyport.signUp()).post('/v1/logout/all')).status).toBe(204)
  await operate(sallyport, 'users.list', {})
  await operate(sallyport, 'users.list', { status: 'active', sort: 'updated_at' })
  await operate(sallyport, 'audit.list', {})
  return calls
}

let calls: Call[]
beforeAll(async () => {
  const sallyport = await openSallyport()
  calls = await aDay(sallyport)
  await sallyport.close()
})

/** Those of the statements that would look at every row of a table, or sort many. */
type Explain = (asked: Asked) => Promise<string>
async function slow(
  statements: readonly Asked[],
  explain: Explain,
  sign: RegExp,
  led: RegExp,
): Promise<string[]> {
  const told: string[] = []
  for (const asked of statements) {
    const plan = await explain(asked)
    // An index that is followed only for its order leads to nothing: whatever is sought, it is walked from its start.
    const walked = seeks(asked) && !led.test(plan)
    if (walked || sign.test(plan)) told.push(`${asked.text}\n${plan}`)
  }
  return told
}

/** Whether only some of the rows are meant, apart from those that are over. */
const seeks = ({ text }: Asked) =>
  / WHERE /.test(text) &&
  !/ WHERE (true|\("\w+"\."\w+" IS NULL OR "\w+"\."\w+" > (\?|\$\d+)\)|"\w+"\."\w+" > (\?|\$\d+))( |$)/.test(
    text,
  )

/** What is read whole on purpose: tables of a few rows, by the upkeep; and all that was sent, in development alone. */
const whole =
  /^SELECT [^;]* FROM "((signing_keys|contract_keys|audit_keys|audit_heads)"|outbox" WHERE "outbox"."expires_at" > \? ORDER)/
const hot = async (flavour: Parameters<typeof statementsOf>[0]) =>
  (await statementsOf(flavour, calls)).filter(({ text }) => !whole.test(text))
/** A search by a column that has no index, to see that it would be noticed. */
const planted: Call[] = [
  { verb: 'count', given: [users, { name: 'Ada' }] },
  { verb: 'list', given: [users, { where: { name: 'Ada' }, limit: 1 }] },
  { verb: 'update', given: [users, { name: 'Ada' }, { name: 'Grace' }] },
]

/** The same with a sort: an order that is declared and has no index. */
const unordered = { ...users, indexes: [...users.indexes, ['epoch_at']] as (typeof users)['indexes'] }
const sorting: Call = {
  verb: 'list',
  given: [
    unordered,
    { where: { status: 'active' }, order: { by: ['epoch_at'], direction: 'ascending' }, limit: 50 },
  ],
}
/** A question by a key that has no index, for several callers at once too. */
const unkeyed: Call = { verb: 'get', given: [{ ...users, key: ['epoch_at'] }, { epoch_at: 1 }] }

/** Rows of each table that people write: a planner goes by an index only where there are many, so few say nothing. */
const ROWS = 4000

/** How many callers PostgreSQL is asked for at once: what it takes the arrays for where it does not know them. */
const CALLERS = 10

/** Every row, or a sort of a hundred or more. */
const postgresReads = /Seq Scan|Sort .* rows=\d{3}/
/** By an index to what is sought, or through one in its order where the first few cost next to nothing. */
const postgresLed = /Index Cond|^Limit +\(cost=\d+\.\d+\.\.\d{1,2}\./
/** Every row, or a sort of a hundred or more. Of an INSERT no number of rows is told. */
const mysqlReads = /^ALL by null, \d|, \d{3,} rows, .*(filesort|temporary)/m
/**
 * By an index to what is sought, or through one in its order to the first few where another leads there too; of a key that
 * nobody has, without looking at the table.
 */
const mysqlLed =
  /^(?!index|ALL)\w+ by (?!null)|^index by \w+ of (?!null)\S+, \d{1,2} rows|after reading const tables/m

/** A statement as PostgreSQL is asked it, for one caller and where it can be for several. */
function forms({ text, values, grouping }: Asked): Asked[] {
  const given = values.map((value) => (typeof value === 'number' ? String(value) : value))
  const alone = { text: numbered(text), values: given }
  if (grouping === undefined) return [alone]
  const print = text.startsWith('SELECT') ? groupedSelect : groupedUpdate
  return [alone, { text: print(text, grouping), values: arraysOf(grouping, Array(CALLERS).fill(values)) }]
}

describe('of what a day of people asks', () => {
  it('there is enough to look at', async () => {
    expect((await hot(sqlite)).length).toBeGreaterThan(40)
    const used = new Set(calls.map(({ verb }) => verb))
    for (const verb of ['increment', 'get', 'list', 'update', 'remove', 'atomically'] as const)
      expect(used).toContain(verb)
  })

  it('SQLite looks at no table row by row, and sorts nothing', async () => {
    await withDatabaseFile(async (settings, path) => {
      const sallyport = await openSallyport({ settings })
      const db = openReading(await loadDriver(), path)
      const explain: Explain = async ({ text, values }) =>
        prepareRows(db, `EXPLAIN QUERY PLAN ${text}`)
          .all(...values)
          .map((row) => String(row[3]))
          .join('\n')
      const sign = /^SCAN (?!matching|chosen|CONSTANT)(?!\S+ USING)|TEMP B-TREE/m
      const find = async (asked: readonly Asked[]) => slow(asked, explain, sign, /^SEARCH/m)
      expect(await find(await hot(sqlite))).toEqual([])
      expect(await find(await statementsOf(sqlite, planted))).toHaveLength(planted.length)
      db.close()
      await sallyport.close()
    })
  })

  // skipped: where no PostgreSQL answers; the reason is printed, and under CI it fails instead
  it.skipIf(missing !== undefined)(
    'PostgreSQL looks at no table row by row, and sorts no more than a few',
    async () => {
      const { url, name, drop } = testSchema()
      const engine = await openPostgres({ url, tables: [], clock: stoppedClock(), pool: 1 })
      await engine.migrate(migrations)
      await engine.close()
      const client = new pg.Client({ connectionString: url.replace(/\?.*/, '') })
      await client.connect()
      await client.query(`SET search_path = ${name}`)
      const seeded = await seed(calls, ROWS, async (text, values) => {
        const [alone] = forms({ text, values })
        await client.query(alone!.text, alone!.values as unknown[])
      })
      // Tables of few rows are read whole, whatever the indexes: told that this is dear, the planner does it only where it must.
      await client.query(`ANALYZE ${seeded.join()}; SET enable_seqscan = off`)
      const explain: Explain = async ({ text, values }) => {
        const { rows } = await client.query(`EXPLAIN ${text}`, values as unknown[])
        return rows.map((row) => row['QUERY PLAN']).join('\n')
      }
      const find = (asked: readonly Asked[]) =>
        slow(asked.flatMap(forms), explain, postgresReads, postgresLed)
      const asked = await hot(postgres)
      // Updates and questions by a key, as sign-ins and refreshes send them.
      expect(asked.filter(({ grouping }) => grouping !== undefined).length).toBeGreaterThan(9)
      expect(await find(asked)).toEqual([])
      expect(await find(await statementsOf(postgres, planted))).toHaveLength(planted.length)
      expect(await find(await statementsOf(postgres, [sorting]))).toEqual([expect.stringMatching(/ Sort /)])
      const both = await find(await statementsOf(postgres, [unkeyed]))
      expect(both).toEqual([expect.any(String), expect.stringMatching(/unnest/)])
      await client.end()
      await drop()
    },
  )

  // skipped: where no MySQL or MariaDB answers; the reason is printed, and under CI it fails instead
  it.skipIf(missingMysql !== undefined)(
    'MySQL or MariaDB looks at no table row by row, and sorts no more than a few',
    async () => {
      const { url, name, drop } = await testDatabase()
      const engine = await openMysql({ url, tables: [], clock: stoppedClock(), pool: 1 })
      await engine.migrate(migrations)
      await engine.close()
      const { hostname, port, username, password } = new URL(url)
      const client = createConnection({
        ...{ host: hostname, port: Number(port || 3306), user: username, password, database: name },
      })
      const ask = promisify(client.query.bind(client)) as unknown as (
        sql: string,
        values?: unknown,
      ) => Promise<Record<string, unknown>[]>
      await ask("SET sql_mode = 'ANSI_QUOTES'")
      await ask('BEGIN')
      const seeded = await seed(calls, ROWS, ask)
      await ask('COMMIT')
      await ask(`ANALYZE TABLE ${seeded.join()}`)
      const explain: Explain = async ({ text, values }) =>
        (await ask(`EXPLAIN ${text}`, values))
          .map(
            ({ type, key, possible_keys, rows, Extra }) =>
              `${type} by ${key} of ${possible_keys}, ${rows} rows, ${Extra}`,
          )
          .join('\n')
      const find = async (asked: readonly Asked[]) => slow(asked, explain, mysqlReads, mysqlLed)
      expect(await find(await hot(mysql))).toEqual([])
      expect(await find(await statementsOf(mysql, planted))).toHaveLength(planted.length)
      expect(await find(await statementsOf(mysql, [sorting]))).toEqual([expect.stringMatching(/filesort/)])
      expect(await find(await statementsOf(mysql, [unkeyed]))).toHaveLength(1)
      client.destroy()
      await drop()
    },
  )
})
