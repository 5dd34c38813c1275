import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test as vitestTest } from 'vitest'
import { failingCases, migrations, tables } from '../store/conformance.js'
import { openPostgres } from '../store/engines/postgres/postgres.js'
import { stoppedClock } from '../util/clock.js'
import { missing, type PgBouncer, sizes, startPgBouncer } from './pgbouncer.js'
import { administer } from './postgres.js'
import { openSallyport } from './sallyport.js'
import { told } from './told.js'

// skipped: where PostgreSQL or PgBouncer is missing; the reason is printed
const test = vitestTest.skipIf(missing !== undefined)

let pooler: PgBouncer
beforeAll(async () => {
  if (missing === undefined) pooler = await startPgBouncer()
})
afterAll(async () => {
  if (missing === undefined) await pooler.stop()
})

const open = (url: string, pool: number = sizes.clients) =>
  openPostgres({ url, tables, clock: stoppedClock(), pool })

test('the engine conforms behind it, twenty connections of ours sharing two of the server’s', async () => {
  const clock = stoppedClock()
  const engine = openPostgres({ url: pooler.url, tables, clock, pool: sizes.clients })
  expect(await failingCases(async () => ({ engine: await engine, clock }))).toEqual([])
})

test('servers that start at once behind it migrate once', async () => {
  const next = [...migrations, { number: 2, name: 'fewer', steps: [{ drop: { table: 'tickets' } }] }]
  const engines = await Promise.all([1, 2, 3, 4].map(() => open(pooler.url, 2)))
  const applied = await Promise.all(engines.map((engine) => engine.migrate(next)))
  expect(applied.flat()).toEqual([next[1]])
  await Promise.all(engines.map((engine) => engine.close()))
})

test('two servers behind it sign up, refresh and log out', async () => {
  const other = await startPgBouncer()
  const secret = { current: randomBytes(32) }
  const settings = { 'database-url': other.url, database_pool: '10' }
  const nodes = [await openSallyport({ settings, secret }), await openSallyport({ settings, secret })]
  try {
    const [here, there] = nodes as [(typeof nodes)[0], (typeof nodes)[0]]
    const people = await Promise.all([1, 2, 3, 4, 5, 6].map(() => here.signUp()))
    let tokens = people.map(({ refresh_token }) => refresh_token)
    for (const node of [there, here, there]) {
      const answers = await Promise.all(
        tokens.map((refresh_token) => node.browser().post('/v1/refresh', { refresh_token })),
      )
      expect(answers.map(told)).toEqual(answers.map(() => '200'))
      tokens = answers.map(({ json }) => json.refresh_token)
    }
    const { email: identifier, password } = people[0]!
    expect(told(await there.browser().post('/v1/login', { identifier, password }))).toBe('200')
    expect(told(await here.browser().post('/v1/logout', { refresh_token: tokens[0] }))).toBe('204')
    expect(told(await there.browser().post('/v1/refresh', { refresh_token: tokens[0] }))).toBe(
      '401 session_ended',
    )
  } finally {
    for (const node of nodes) await node.close()
    await other.stop()
  }
})

test('a URL that does not say that it stands there is refused, with what to add', async () => {
  await expect(open(pooler.url.replace(/\?.*/, ''))).rejects.toThrow(
    /add pgbouncer=transaction to database_url/,
  )
})

test('a database whose transactions are of another kind by default is refused, with what to do', async () => {
  const role = `serializable_${randomBytes(4).toString('hex')}`
  await administer(`CREATE ROLE ${role} LOGIN`)
  await administer(`ALTER ROLE ${role} SET default_transaction_isolation = 'serializable'`)
  const url = Object.assign(new URL(pooler.direct), { username: role, search: '?pgbouncer=transaction' }).href
  await expect(open(url)).rejects.toThrow(/serializable by default: ALTER ROLE/)
  await administer(`DROP ROLE ${role}`)
})
