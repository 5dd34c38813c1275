// `sallyport import` and what files have in them: every row that cannot be taken is told with its line and a remedy,
// every other one is in, and an interruption loses and doubles nobody.
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { foreignHashes } from '../testing/foreign-hashes.js'
import { type Home, makeHome } from '../testing/program.js'

// Many processes each, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const secret = randomBytes(32).toString('base64url')
const usable = foreignHashes[1]!.hash
/** Holds a database that was migrated once, for every test to begin with. */
let fresh: Home
let home: Home
let env: Record<string, string>
beforeAll(async () => {
  fresh = makeHome()
  const { code } = await fresh.run(['migrate'], {
    SALLYPORT_SECRET: secret,
    SALLYPORT_DATABASE_URL: `sqlite:${join(fresh.directory, 'fresh.db')}`,
  })
  expect(code).toBe(0)
})
beforeEach(() => {
  home = makeHome()
  env = {
    SALLYPORT_SECRET: secret,
    SALLYPORT_DATABASE_URL: `sqlite:${join(home.directory, 'test.db')}`,
  }
  copyFileSync(join(fresh.directory, 'fresh.db'), join(home.directory, 'test.db'))
})
afterEach(() => home.remove())
afterAll(() => fresh.remove())

const write = (name: string, content: string | Buffer) => writeFileSync(join(home.directory, name), content)
const run = (...args: string[]) => home.run(['import', ...args], env)
interface Told {
  code: number
  made: number
  refused_rows: { line: number; reason: string; next: string }[]
}
const told = async (...args: string[]): Promise<Told> => {
  const { code, out } = await run(...args, '--json')
  return { code, ...JSON.parse(out) }
}
const total = async () =>
  JSON.parse((await home.run(['user', 'list', '--limit', '1', '--json'], env)).out).total_estimate

describe('a row that cannot be taken', () => {
  const email = 'ada@example.test'
  const argon2 =
    '$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  const hash = (password_hash: unknown) => ({ email, password_hash })
  const rows: [row: object, reason: RegExp, next: RegExp][] = [
    [{ name: 'Nobody' }, /there is no email/, /--map theirs=email/],
    [{ email: 'a@b@c' }, /email must be one email/, /--map email=-/],
    [{ email: 7 }, /email must be a text/, /--map email=-/],
    [{ username: 'admin' }, /preferred_username must be/, /./],
    [{ email, phone: '+821012345678' }, /phone_number is not taken here/, /--map phone_number=-/],
    [{ email, picture: 'http://plain.example/p.png' }, /picture does not have/, /--map picture=-/],
    [{ email, name: 'x'.repeat(256) }, /name must have at most 255/, /./],
    [{ email, name: 'a\u0000b' }, /name must not hold NUL/, /./],
    [{ email, roles: ['No Role'] }, /roles does not have/, /./],
    [{ email, roles: ['auditor'] }, /auditor administers/, /--administrators/],
    [{ email, created_at: 'yesterday' }, /created_at must be a time/, /./],
    [{ email, created_at: '2999-01-01T00:00:00Z' }, /created_at is in the future/, /./],
    [{ email, created_at: '2021-02-30' }, /created_at must be a time/, /./],
    [{ email, email_verified: 'maybe' }, /email_verified must be true or false/, /./],
    [{ username: 'ada', email_verified: true }, /needs a email to be true of/, /./],
    [{ email, disabled: true, status: 'active' }, /status is said twice/, /./],
    [{ email, metadata: '{' }, /metadata is not JSON/, /./],
    [{ email, metadata: { a: 'x'.repeat(17_000) } }, /metadata must be at most 16 KiB/, /./],
    [{ email, metadata: JSON.parse(`${'{"a":'.repeat(30)}1${'}'.repeat(30)}`) }, /metadata is deeper/, /./],
    [{ email, metadata: `${'['.repeat(200_000)}` }, /metadata is not JSON/, /./],
    [{ email, password: 'x'.repeat(1025) }, /longer than 1,024 bytes/, /./],
    [{ email, password: usable }, /password holds a hash/, /--map password=password_hash/],
    [{ email, password: 'x', password_hash: usable }, /a password and a password_hash/, /./],
    [hash(argon2), /more than a second or 256 MiB/, /choose a new password/],
    [hash('$2b$31$abcdefghijklmnopqrstuu2.lmHM47oQvYtH6aPFbHNRh0qvlNyk.'), /more than a second/, /./],
    [hash(usable.slice(0, 40)), /cut short or damaged: it has 60/, /./],
    [hash('5f4dcc3b5aa765d61d8327deb882cf99'), /a bare digest/, /./],
    [hash('pbkdf2:sha256$salt$00ff'), /does not say how many rounds/, /./],
    [hash('$6$salt$hash'), /of crypt\(3\)/, /./],
    [hash('{SSHA}AAAA'), /of LDAP/, /./],
    [hash('hunter2'), /of no kind that is known/, /./],
    [{ email, password_hash: 'AAAA', password_salt: 'BBBB' }, /a salt beside the hash/, /--firebase/],
    [{ email, identities: [{ provider: 'google' }] }, /identities.subject must be a text/, /./],
  ]

  test('is refused with a reason and a remedy, and keeps no other one out', async () => {
    const content = rows.flatMap(([row], at) => [row, { email: `person${at}@example.test` }])
    write('users.ndjson', content.map((row) => `${JSON.stringify(row)}\n`).join(''))
    const { code, made, refused_rows } = await told('users.ndjson')
    expect([code, made]).toEqual([1, rows.length])
    const expected = rows.map(([, reason, next], at) => ({
      line: 1 + 2 * at,
      reason: expect.stringMatching(reason),
      next: expect.stringMatching(next),
    }))
    expect(refused_rows).toEqual(expected)
  })

  test('is told with its line, whatever is wrong with the bytes, and the others are in', async () => {
    const good = (at: number) => `${JSON.stringify({ email: `person${at}@example.test` })}`
    const content = Buffer.concat([
      Buffer.from(`\uFEFF${good(1)}\r\n\r\n{"email":\r\n[1]\n`),
      Buffer.from([...Buffer.from('{"name":"'), 0xff, ...Buffer.from('"}\n')]),
      Buffer.from(`{"email":"${'x'.repeat(1_100_000)}"}\n${good(7)}\n{"email":"cut@exam`),
    ])
    write('users.ndjson', content)
    const { code, made, refused_rows } = await told('users.ndjson')
    expect([code, made]).toEqual([1, 2])
    expect(refused_rows.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      '3 is not JSON',
      '4 is not a JSON object',
      '5 is not valid UTF-8',
      '6 is longer than 1 MiB',
      '8 is not JSON, and the file ends in it: it may have been cut off',
    ])
    const people = await run('users.ndjson')
    expect(people.out).toContain('line 8: is not JSON')
    expect(people.out).toContain('made 0, updated 0, there already 2, refused 5\n')
  })

  test('of a CSV file is one record, whatever is wrong with it', async () => {
    write(
      'users.csv',
      'email,name\na@example.test,"A\nA"\nb@example.test\nc@example.test,C"c\n"d@example.test",D\ne@example.test,"E',
    )
    const { made, refused_rows } = await told('users.csv')
    expect(made).toBe(2)
    expect(refused_rows.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      '4 has 1 fields where the first line has 2',
      '5 a quote stands within a field that is not in quotes',
      '7 a quoted field is never closed',
    ])
    write('cut.csv', 'email,name\nf@example.test,F')
    const cut = await run('cut.csv')
    expect([cut.code, cut.err]).toEqual([0, expect.stringContaining('line 2: no line end follows')])
  })
})

describe('a file that cannot be read at all', () => {
  const files: [what: string, content: string | Buffer, says: string][] = [
    ['nothing', '', 'there is nothing in'],
    ['a list', '[\n{"email":"ada@example.test"}]\n', "jq -c '.[]'"],
    ['JSON over many lines', '{\n "users": []\n}\n', 'jq -c .'],
    ['UTF-16', Buffer.from('\uFEFFemail\n', 'utf16le'), 'iconv -f UTF-16'],
    ['semicolons', 'email;name\n', 'with commas between'],
    ['a column without a name', 'email,\n', 'users has no name'],
    ['a column twice', 'email,email\n', 'users are called email'],
    ['two names of one member', 'phone,phone_number,email\n1,2,a@example.test\n', 'is a second phone_number'],
  ]

  test('is told with what to do', async () => {
    const runs = files.map(async ([what, content, says], at) => {
      const folder = `file${at}`
      mkdirSync(join(home.directory, folder))
      write(`${folder}/users`, content)
      const { code, out, err } = await run(`${folder}/users`)
      expect([what, code === 0, out + err]).toEqual([what, false, expect.stringContaining(says)])
    })
    await Promise.all(runs)
  })

  test('wrong options are wrong usage', async () => {
    write('users.csv', 'email\nada@example.test\n')
    for (const args of [
      ['nowhere.csv'],
      ['.'],
      ['users.csv', '--map', 'mail'],
      ['users.csv', '--map', 'a=unheard'],
      ['users.csv', '--firebase', 'users.csv'],
      ['users.csv', '--report', 'no/such/folder'],
      [],
    ])
      expect((await run(...args)).code, args.join(' ')).toBe(2)
    expect(await total()).toBe(0)
  })
})

describe('an import that is interrupted', () => {
  const many = 6000
  const rows = Array.from({ length: many }, (_, at) =>
    JSON.stringify({ email: `person${at}@example.test`, password_hash: usable }),
  )
  /** Runs until the first rows are in, and sends the signal. */
  async function interrupted(signal: NodeJS.Signals) {
    const report = join(home.directory, `${signal}.ndjson`)
    const started = home.sallyport(['import', 'users.ndjson', '--report', report, '--json'], env)
    while (!existsSync(report) || readFileSync(report).length === 0)
      await new Promise((turn) => setTimeout(turn, 5))
    started.child.kill(signal)
    return started.ended
  }

  test('by kill -9 goes on where it was, and doubles nobody', async () => {
    write('users.ndjson', `${rows.join('\n')}\n`)
    expect((await interrupted('SIGKILL')).signal).toBe('SIGKILL')
    const before = await total()
    expect(before).toBeGreaterThan(0)
    expect(before).toBeLessThan(many)
    expect(await told('users.ndjson')).toMatchObject({
      code: 0,
      made: many - before,
      there: before,
      refused: 0,
    })
    expect(await total()).toBe(many)
  })

  test('by Ctrl-C stops after the rows under way, says so, and goes on later', async () => {
    write('users.ndjson', `${rows.join('\n')}\n`)
    const { code, out, err } = await interrupted('SIGINT')
    const { made, complete } = JSON.parse(out)
    expect([code, complete, err]).toEqual([1, false, expect.stringContaining('Run the same command again')])
    expect(await total()).toBe(made)
    const [entry] = (await home.run(['audit', 'export', '--event', 'users.imported'], env)).out.split('\n')
    expect(JSON.parse(entry!).details).toMatchObject({ made, complete: false })
    expect(await told('users.ndjson')).toMatchObject({ made: many - made, there: made })
  })

  test('by a file that was cut in the middle takes what is whole', async () => {
    write('users.ndjson', `${rows.slice(0, 10).join('\n')}\n`)
    truncateSync(join(home.directory, 'users.ndjson'), (rows[0]!.length + 1) * 10 - 5)
    expect(await told('users.ndjson')).toMatchObject({ code: 1, made: 9, refused: 1 })
    write('users.ndjson', `${rows.slice(0, 10).join('\n')}\n`)
    expect(await told('users.ndjson')).toMatchObject({ code: 0, made: 1, there: 9 })
  })
})

test('two rows of a file for one person are told apart from an account that was there', async () => {
  const row = (email: string, username?: string) => JSON.stringify({ email, ...(username && { username }) })
  const filler = Array.from({ length: 600 }, (_, at) => row(`person${at}@example.test`))
  write(
    'users.ndjson',
    [row('ada@example.test', 'ada'), ...filler, row('ADA@example.test'), row('b@example.test', 'Ada')].join(
      '\n',
    ),
  )
  for (const [made, there] of [
    [601, 0],
    [0, 601],
  ]) {
    const answer = await told('users.ndjson')
    expect(answer).toMatchObject({ made, there, refused: 2 })
    expect(answer.refused_rows.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      '602 email is the same as in line 1',
      '603 preferred_username is the same as in line 1',
    ])
  }
})
