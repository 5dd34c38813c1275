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
import { openPostgres } from '../store/engines/postgres/postgres.js'
import { loadDriver, openReading, prepareRows } from '../store/engines/sqlite/driver.js'
import { flavour as sqlite } from '../store/engines/sqlite/flavour.js'
import { stoppedClock } from '../util/clock.js'
import { operate } from './administrator.js'
import { newest } from './mailed.js'
import { missing as missingMysql, testDatabase } from './mysql.js'
import { missing, testSchema } from './postgres.js'
import { openSallyport, type Sallyport, withDatabaseFile } from './sallyport.js'
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

/** Those of the statements that would look at every row of a table. */
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
  !/ WHERE (true|\("\w+"\."\w+" IS NULL OR "\w+"\."\w+" > \?\)|"\w+"\."\w+" > \?)( |$)/.test(text)

/** What is read whole on purpose: tables of a few rows, by the upkeep. */
const whole = /^SELECT [^;]* FROM "(signing_keys|contract_keys|audit_keys|audit_heads)"/
const hot = async (flavour: Parameters<typeof statementsOf>[0]) =>
  (await statementsOf(flavour, calls)).filter(({ text }) => !whole.test(text))
/** A search by a column that has no index, to see that it would be noticed. */
const planted: Call[] = [
  { verb: 'count', given: [users, { name: 'Ada' }] },
  { verb: 'list', given: [users, { where: { name: 'Ada' }, limit: 1 }] },
  { verb: 'update', given: [users, { name: 'Ada' }, { name: 'Grace' }] },
]

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
  it.skipIf(missing !== undefined)('PostgreSQL looks at no table row by row', async () => {
    const { url, name, drop } = testSchema()
    const engine = await openPostgres({ url, tables: [], clock: stoppedClock(), pool: 1 })
    await engine.migrate(migrations)
    await engine.close()
    const client = new pg.Client({ connectionString: url.replace(/\?.*/, '') })
    await client.connect()
    // Empty tables are read whole, whatever the indexes: told that this is dear, the planner does it only where it must.
    await client.query(`SET search_path = ${name}; SET enable_seqscan = off`)
    const explain: Explain = async ({ text, values }) => {
      const given = values.map((value) => (typeof value === 'number' ? String(value) : value))
      const { rows } = await client.query(`EXPLAIN ${numbered(text)}`, given)
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    }
    const find = async (asked: readonly Asked[]) => slow(asked, explain, /Seq Scan/, /Index Cond/)
    expect(await find(await hot(postgres))).toEqual([])
    expect(await find(await statementsOf(postgres, planted))).toHaveLength(planted.length)
    await client.end()
    await drop()
  })
  // skipped: where no MySQL or MariaDB answers; the reason is printed, and under CI it fails instead
  it.skipIf(missingMysql !== undefined)('MySQL or MariaDB looks at no table row by row', async () => {
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
    // Whether an index could lead there; of empty tables the servers do not care to say by which they go.
    const explain: Explain = async ({ text, values }) =>
      (await ask(`EXPLAIN ${text}`, values)).map((row) => `${row.type} by ${row.possible_keys}`).join('\n')
    const find = async (asked: readonly Asked[]) =>
      slow(asked, explain, /^never$/, /by (?!null)|^(null|const|system)/m)
    expect(await find(await hot(mysql))).toEqual([])
    expect(await find(await statementsOf(mysql, planted))).toHaveLength(planted.length)
    client.destroy()
    await drop()
  })
})
