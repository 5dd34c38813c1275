// The commands on a PostgreSQL: what they do there, and what they show of its URL.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missing, testSchema } from '../testing/postgres.js'
import { type Home, makeHome, wrongClock } from '../testing/program.js'

// skipped: where no PostgreSQL answers; the reason is printed
describe.skipIf(missing !== undefined)('commands on a PostgreSQL', () => {
  const schema = testSchema()
  let home: Home
  const url = schema.url.replace(/\/\/([^:@/]*)[^@/]*@/, '//$1:hunter2@')
  const env = {
    SALLYPORT_DATABASE_URL: url,
    SALLYPORT_SECRET: randomBytes(32).toString('hex'),
  }

  beforeAll(() => {
    home = makeHome()
  })
  afterAll(async () => {
    await home.remove()
    await schema.drop()
  })

  test('bring it up to date, look at it, and never show its password', async () => {
    const early = await home.run(['user', 'list'], env)
    expect([early.code, early.err]).toEqual([1, expect.stringContaining('sallyport migrate')])
    const migrated = await home.run(['migrate'], env)
    expect([migrated.code, migrated.err, migrated.out]).toEqual([
      0,
      '',
      expect.stringContaining('applied  1  core'),
    ])
    const status = await home.run(['status', '--json'], { ...env, ...wrongClock(-90_000) })
    const shown = url.replace(/\/\/.*@/, '//')
    expect(JSON.parse(status.out)).toMatchObject({
      database: shown,
      schema: 'up to date',
      users: 0,
      clock: expect.stringMatching(/^is (89\.9|90\.[01]) s behind the database’s$/),
    })
    const { findings } = JSON.parse(
      (await home.run(['doctor', '--json'], { ...env, ...wrongClock(3_600_000) })).out,
    )
    expect(findings).toContainEqual({
      verdict: 'ok',
      about: 'database',
      says: `${shown} answers and takes writes`,
    })
    expect(findings).toContainEqual({
      verdict: 'warn',
      about: 'db clock',
      says: 'is 3600.0 s ahead of the database’s, by which servers go',
      fix: expect.stringContaining('NTP'),
    })
    const config = await home.run(['config'], env)
    for (const { out, err } of [early, migrated, status, config]) expect(out + err).not.toContain('hunter2')
  })

  test('say in a sentence that it is not there, or that nothing was said of TLS', async () => {
    const away = { ...env, SALLYPORT_DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/x' }
    for (const command of ['status', 'migrate', 'serve']) {
      const { code, err } = await home.run([command], away)
      expect(code).toBeGreaterThan(0)
      expect(err).toMatch(
        /^sallyport: the database postgres:\/\/127.0.0.1:1\/x cannot be used: .*ECONNREFUSED/,
      )
      expect(err).toContain("→ See whether it answers and lets this user in: psql 'postgres://127.0.0.1:1/x'")
      expect(err).not.toContain('hunter2')
    }
    const open = { ...env, SALLYPORT_DATABASE_URL: 'postgres://me:hunter2@db.example/x' }
    const { err } = await home.run(['migrate'], open)
    expect(err).toMatch(/says nothing of TLS.*sslmode=verify-full/)
    expect(err).not.toContain('hunter2')
  })

  test('ask for a secret that all servers of the database share', async () => {
    const { code, err } = await home.run(['serve'], { SALLYPORT_DATABASE_URL: url })
    expect([code, err]).toEqual([1, expect.stringContaining('would not be shared with the other servers')])
  })
})
