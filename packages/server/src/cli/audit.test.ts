import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadDriver, openWriting, prepareRows } from '../store/engines/sqlite/driver.js'
import { type Home, makeHome } from '../testing/program.js'

let home: Home
const env = {
  SALLYPORT_SECRET: randomBytes(32).toString('hex'),
  SALLYPORT_ISSUER: 'http://localhost:9',
  SALLYPORT_DATA_DIR: 'data',
}
const run = (...args: string[]) => home.run(args, env)
const create = (name: string) => run('user', 'create', '--username', name, '--no-password')

beforeEach(() => {
  home = makeHome()
})
afterEach(() => home.remove())

/** Runs SQL on the database file, as somebody would who can write to it and knows no secret. */
async function sql(...statements: string[]): Promise<void> {
  const db = openWriting(await loadDriver(), join(home.directory, 'data', 'sallyport.db'))
  for (const statement of statements) prepareRows(db, statement).run()
  db.close()
}

const emptied = ['DELETE FROM audit', 'DELETE FROM audit_heads']
const unanchored = 'UPDATE administration SET audit_chains = 0, audit_chains_hash = NULL'

/** A database in which two commands left a chain each. */
async function used(): Promise<void> {
  await run('migrate')
  for (const name of ['someone', 'another']) expect((await create(name)).code).toBe(0)
}

test('a new database has an intact log, before anything is in it and after', async () => {
  await run('migrate')
  expect(await run('audit', 'verify')).toMatchObject({ code: 0, out: expect.stringMatching(/^intact /) })
  await create('someone')
  expect(await run('audit', 'verify')).toMatchObject({ code: 0, out: expect.stringMatching(/^intact /) })
})

test('a log that was emptied together with its heads is noticed, also once it goes on', async () => {
  await used()
  await sql(...emptied)
  const { code, out } = await run('audit', 'verify')
  expect(code).toBe(1)
  expect(out).toMatch(
    /^NOT INTACT {2}0 entries in 0 chains\nmissing {2}00000000-0000-0000-0000-000000000000 \d\n$/,
  )
  expect((await create('a-third')).code).toBe(0)
  expect(await run('audit', 'verify')).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^NOT INTACT {2}1 /),
  })
})

test('an anchor that counts less than it was told is noticed', async () => {
  await used()
  await sql(...emptied, 'UPDATE administration SET audit_chains = 0')
  expect(await run('audit', 'verify')).toMatchObject({
    code: 1,
    out: expect.stringContaining('\nchanged  0'),
  })
})

test('a log from before there was an anchor is intact, and anchored by the next chain', async () => {
  await used()
  await sql(unanchored)
  expect((await run('audit', 'verify')).code).toBe(0)
  expect((await create('a-third')).code).toBe(0)
  expect((await run('audit', 'verify')).code).toBe(0)
  await sql(...emptied)
  expect((await run('audit', 'verify')).code).toBe(1)
})

test('a log that is emptied together with its anchor is not noticed, as its page says', async () => {
  await used()
  await sql(...emptied, unanchored)
  expect((await run('audit', 'verify')).code).toBe(0)
})
