// `sallyport export` as a process, and the way back through `sallyport import`.
import { randomBytes } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { identities } from '../domain/identities.js'
import { users } from '../domain/tables.js'
import { foreignHashes } from '../testing/foreign-hashes.js'
import { type Home, hasTerminals, makeHome } from '../testing/program.js'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { shiftedClock } from '../util/clock.js'

// Many processes each, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const passphrase = 'a long passphrase of many words'
const secrets: Record<string, Buffer> = { old: randomBytes(32), new: randomBytes(32) }
let home: Home
const envOf = (server: string) => ({
  SALLYPORT_SECRET: secrets[server]!.toString('base64url'),
  SALLYPORT_DATABASE_URL: `sqlite:${join(home.directory, `${server}.db`)}`,
})
const on = (server: string, args: readonly string[], stdin?: string) => home.run(args, envOf(server), stdin)
const exported = (...args: string[]) => on('old', ['export', ...args, '--passphrase-stdin'], passphrase)
const file = (name: string) => join(home.directory, name)

async function withServer<T>(server: string, work: (sallyport: Sallyport) => Promise<T>): Promise<T> {
  const settings = { 'database-url': envOf(server).SALLYPORT_DATABASE_URL }
  const secret = { current: secrets[server]! }
  const sallyport = await openSallyport({ settings, secret, clock: shiftedClock() })
  try {
    return await work(sallyport)
  } finally {
    await sallyport.close()
  }
}
const everybody = (server: string) =>
  withServer(server, ({ server: { context } }) => context.store.list(users, { limit: 1000 }))

beforeAll(async () => {
  home = makeHome()
  for (const server of ['old', 'new']) expect((await on(server, ['migrate'])).code).toBe(0)
  const foreign = { email: 'bob@example.test', password_hash: foreignHashes[1]!.hash, disabled: false }
  const gone = [{ email: 'gone@example.test' }, { email: 'off@example.test', disabled: true }]
  writeFileSync(file('start.ndjson'), [foreign, ...gone].map((row) => `${JSON.stringify(row)}\n`).join(''))
  expect((await on('old', ['import', 'start.ndjson'])).code).toBe(0)
  expect((await on('old', ['user', 'delete', 'gone@example.test', '--yes'])).code).toBe(0)
  await withServer('old', async (sallyport) => {
    const profile = { name: 'Ada «Countess» 러브레이스', locale: 'en', metadata: { tea: ['green', 1, null] } }
    const { user } = await sallyport.signUp({
      email: 'ada@example.test',
      password: 'a door behind the ivy',
      ...profile,
    })
    const { context } = sallyport.server
    await context.store.insert(identities, {
      id: user.id,
      user_id: user.id,
      provider: 'google',
      subject: '1234567890',
      email: 'ada@gmail.example',
      created_at: 1_600_000_000_000,
      last_used_at: 1_600_000_001_000,
    })
  })
  await on('old', ['user', 'grant', 'ada@example.test', 'admin'])
})
afterAll(() => home.remove())

describe('a sealed export', () => {
  test('is for its owner’s eyes, and holds nothing that can be read', async () => {
    const { code, out, err } = await exported('sealed', '--json')
    expect([code, JSON.parse(out), err]).toEqual([
      0,
      { file: 'sealed', users: 3, sealed: true },
      '3 users, sealed with their password hashes.\n',
    ])
    expect(statSync(file('sealed')).mode & 0o777).toBe(0o600)
    expect(readFileSync(file('sealed'), 'latin1')).not.toMatch(/argon2|example\.test|Countess/)
    const entries = (await on('old', ['audit', 'export', '--event', 'users.exported'])).out.trim().split('\n')
    expect(entries.map((entry) => JSON.parse(entry).details)).toEqual([
      { file: 'sealed', users: 3, passwords: true },
    ])
  })

  test('is never written over another file', async () => {
    writeFileSync(file('there'), 'mine')
    expect(await exported('there')).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not written over'),
    })
    expect(readFileSync(file('there'), 'utf8')).toBe('mine')
    expect(await exported('no/folder')).toMatchObject({ code: 1 })
  })

  test('makes the same users elsewhere, who sign in as before', async () => {
    await exported('moved')
    writeFileSync(file('passphrase'), `${passphrase}\n`)
    const bring = (...more: string[]) =>
      on('new', ['import', 'moved', '--passphrase-file', 'passphrase', '--json', ...more])
    const refused = await bring()
    expect(JSON.parse(refused.out)).toMatchObject({ made: 2, refused: 1 })
    const { code, out } = await bring('--administrators')
    expect([code, JSON.parse(out)]).toMatchObject([0, { made: 1, there: 2, refused: 0 }])
    const [before, after] = await Promise.all([everybody('old'), everybody('new')])
    const standing = before.filter(({ status }) => status !== 'deleted')
    // What only the server that a user is on knows.
    const own = { origin: '', updated_at: 0, epoch: 0, epoch_at: 0, taken_over_at: 0 }
    const same = (rows: typeof before) => rows.map((row) => ({ ...row, ...own }))
    expect(same(after)).toEqual(same(standing))
    await withServer('new', async (sallyport) => {
      const logIn = (identifier: string, password: string) =>
        sallyport.browser().post('/v1/login', { identifier, password })
      const ada = await logIn('ada@example.test', 'a door behind the ivy')
      expect([ada.status, ada.json.user.roles]).toEqual([200, ['admin']])
      expect((await logIn('bob@example.test', foreignHashes[1]!.password)).status).toBe(200)
      expect(await sallyport.server.context.store.list(identities, { limit: 10 })).toMatchObject([
        {
          user_id: ada.json.user.id,
          provider: 'google',
          subject: '1234567890',
          created_at: 1_600_000_000_000,
        },
      ])
    })
    expect((await on('new', ['user', 'revoke', 'ada@example.test', 'admin'])).err).toContain(
      'last administrator',
    )
  })

  test('that is damaged, cut or opened with another passphrase gives nothing', async () => {
    await exported('whole')
    const whole = readFileSync(file('whole'))
    const changed = Buffer.from(whole)
    changed[whole.length - 1]! ^= 1
    const others = { changed, cut: whole.subarray(0, -1), short: whole.subarray(0, 40) }
    for (const [name, content] of Object.entries(others)) {
      writeFileSync(file(name), content)
      const { code, out, err } = await on(
        'new',
        ['import', name, '--passphrase-stdin', '--update'],
        passphrase,
      )
      expect([name, code, out, err]).toEqual([
        name,
        1,
        '',
        expect.stringMatching(/cannot be opened: .*damaged/),
      ])
    }
    const wrong = await on('new', ['import', 'whole', '--passphrase-stdin'], `${passphrase}!`)
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('the passphrase is another one')])
    expect(await on('new', ['import', 'whole'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('sealed'),
    })
  })
})

describe('passwords', () => {
  test('leave sealed or not at all', async () => {
    const none = await on('old', ['export', 'bare'])
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('--without-passwords')])
    expect(await on('old', ['export', 'bare', '--passphrase-stdin'], 'short')).toMatchObject({ code: 2 })
    expect(await on('old', ['export', 'bare', '--passphrase-stdin'], '')).toMatchObject({ code: 2 })
    expect(await exported('bare', '--without-passwords')).toMatchObject({ code: 2 })
    expect((await on('old', ['export', 'bare', '--passphrase', passphrase])).code).toBe(2)
    const { code } = await on('old', ['export', 'bare', '--without-passwords'])
    const rows = readFileSync(file('bare'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect([code, rows.map(({ email }) => email).sort()]).toEqual([
      0,
      ['ada@example.test', 'bob@example.test', 'off@example.test'],
    ])
    expect(rows.some((row) => 'password_hash' in row)).toBe(false)
    expect(statSync(file('bare')).mode & 0o777).toBe(0o600)
  })

  // skipped: a terminal is made by `script` of util-linux
  test.skipIf(!hasTerminals)('at a terminal the passphrase is asked for twice, and not shown', async () => {
    const { child, ended, saying } = home.onTerminal(['export', 'typed'], envOf('old'))
    await saying('or more: ')
    child.stdin!.write(`${passphrase}\r`)
    await saying('The same again: ')
    child.stdin!.write(`${passphrase}\r`)
    const { code, out } = await ended
    expect([code, out]).toEqual([0, expect.not.stringContaining(passphrase)])
    const back = await on('new', ['import', 'typed', '--passphrase-stdin', '--dry-run'], passphrase)
    expect(back.out).toMatch(/there already [23]/)
  })
})
