// The commands on a MySQL or MariaDB: what they do there, and what they show of its URL.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missing, type TestDatabase, testDatabase } from '../testing/mysql.js'
import { type Home, makeHome } from '../testing/program.js'

// skipped: where no MySQL answers; the reason is printed
describe.skipIf(missing !== undefined)('commands on a MySQL', () => {
  let database: TestDatabase
  let home: Home
  const env = (url: string) => ({
    SALLYPORT_DATABASE_URL: url,
    SALLYPORT_SECRET: randomBytes(32).toString('hex'),
  })

  beforeAll(async () => {
    home = makeHome()
    database = await testDatabase()
  })
  afterAll(async () => {
    await home.remove()
    await database.drop()
  })

  test('bring it up to date, look at it and write to it', async () => {
    const here = env(database.url)
    const migrated = await home.run(['migrate'], here)
    expect([migrated.code, migrated.err, migrated.out]).toEqual([
      0,
      '',
      expect.stringContaining('applied  1  core'),
    ])
    const shown = database.url.replace(/\/\/.*@/, '//')
    const status = await home.run(['status', '--json'], here)
    expect(JSON.parse(status.out)).toMatchObject({ database: shown, schema: 'up to date', users: 0 })
    const { findings } = JSON.parse((await home.run(['doctor', '--json'], here)).out)
    expect(findings).toContainEqual({
      verdict: 'ok',
      about: 'database',
      says: `${shown} answers and takes writes`,
    })
  })

  test('say in a sentence that it is not there, or that nothing was said of TLS, and never its password', async () => {
    const away = await home.run(['migrate'], env('mysql://me:hunter2@127.0.0.1:1/x'))
    expect(away.code).toBeGreaterThan(0)
    expect(away.err).toMatch(
      /^sallyport: the database mysql:\/\/127.0.0.1:1\/x cannot be used: .*ECONNREFUSED/,
    )
    expect(away.err).toMatch(/→ See whether it answers and lets this user in: mariadb .*docs\/mysql.md/)
    const open = await home.run(['migrate'], env('mariadb://me:hunter2@db.example/x'))
    expect(open.err).toMatch(/says nothing of TLS.*sslmode=verify-full/)
    for (const { out, err } of [away, open]) expect(out + err).not.toContain('hunter2')
  })
})
