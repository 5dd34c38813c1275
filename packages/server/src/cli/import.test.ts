// `sallyport import` as a process, and log-ins through HTTP with what it brought.
import { randomBytes } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { sessions, type UserRow, users } from '../domain/tables.js'
import { firebaseExample, foreignHashes } from '../testing/foreign-hashes.js'
import { type Home, makeHome } from '../testing/program.js'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'

// Many processes each, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const secret = randomBytes(32)
const usable = foreignHashes[1]!.hash
/** Holds a database that was migrated once, for every test to begin with. */
let fresh: Home
let home: Home
let env: Record<string, string>
beforeAll(async () => {
  fresh = makeHome()
  const at = `sqlite:${join(fresh.directory, 'fresh.db')}`
  const { code } = await fresh.run(['migrate'], {
    SALLYPORT_SECRET: secret.toString('base64url'),
    SALLYPORT_DATABASE_URL: at,
  })
  expect(code).toBe(0)
})
beforeEach(() => {
  home = makeHome()
  env = {
    SALLYPORT_SECRET: secret.toString('base64url'),
    SALLYPORT_DATABASE_URL: `sqlite:${join(home.directory, 'test.db')}`,
  }
  copyFileSync(join(fresh.directory, 'fresh.db'), join(home.directory, 'test.db'))
})
afterEach(() => home.remove())
afterAll(() => fresh.remove())

const write = (name: string, content: string | Buffer) => writeFileSync(join(home.directory, name), content)
const lines = (...rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const run = (...args: string[]) => home.run(['import', ...args], env)
const told = async (...args: string[]) => {
  const { code, out, err } = await run(...args, '--json')
  return { code, err, ...JSON.parse(out) }
}
const counts = ({ made, updated, there, refused }: Record<string, number>) => [made, updated, there, refused]

/** A server on the same database. */
async function withServer(work: (sallyport: Sallyport) => Promise<void>): Promise<void> {
  const settings = { 'database-url': env.SALLYPORT_DATABASE_URL! }
  const sallyport = await openSallyport({ settings, secret: { current: secret } })
  try {
    await work(sallyport)
  } finally {
    await sallyport.close()
  }
}
const everybody = async () => {
  let all: UserRow[] = []
  await withServer(async ({ server }) => {
    all = await server.context.store.list(users, { limit: 1000 })
  })
  return all
}
const logIn = (sallyport: Sallyport, identifier: string, password: string) =>
  sallyport.browser().post('/v1/login', { identifier, password })

describe('users of another system', () => {
  test('log in with the passwords that they had there', async () => {
    const rows = foreignHashes.map(({ hash }, at) => ({
      email: `person${at}@example.test`,
      password_hash: hash,
    }))
    write('users.ndjson', lines(...rows, { email: 'plain@example.test', password: 'short' }))
    expect(await told('users.ndjson')).toMatchObject({ code: 0, made: rows.length + 1, refused: 0 })
    await withServer(async (sallyport) => {
      for (const [at, { password, spelling }] of foreignHashes.entries()) {
        const { status } = await logIn(sallyport, `person${at}@example.test`, password)
        expect([spelling, status]).toEqual([spelling, 200])
      }
      expect((await logIn(sallyport, 'plain@example.test', 'short')).status).toBe(200)
      expect((await logIn(sallyport, 'person0@example.test', 'another')).status).toBe(401)
    })
    const hashes = (await everybody()).map(({ password_hash }) => password_hash)
    expect(hashes.every((hash) => hash!.startsWith('$argon2id$'))).toBe(true)
  })

  test('of Firebase do too, by the parameters of the project, which are not kept', async () => {
    const { signerKey, saltSeparator, salt, hash, password } = firebaseExample
    write(
      'project.txt',
      `hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: ${signerKey},\n  base64_salt_separator: ${saltSeparator},\n  rounds: 8,\n  mem_cost: 14,\n}\n`,
    )
    const urlSafe = (text: string) => text.replaceAll('+', '-').replaceAll('/', '_')
    const row = {
      localId: 'x1',
      email: 'ada@example.test',
      passwordHash: urlSafe(hash),
      salt: urlSafe(salt),
      createdAt: '1600000000000',
    }
    write('users.ndjson', lines(row))
    const map = ['--map', 'salt=password_salt']
    expect(await told('users.ndjson', ...map)).toMatchObject({ code: 1, refused: 1 })
    expect(await told('users.ndjson', ...map, '--firebase', 'project.txt')).toMatchObject({
      code: 0,
      made: 1,
    })
    expect(JSON.stringify(await everybody())).not.toContain(signerKey.slice(0, 16))
    await withServer(async (sallyport) => {
      expect((await logIn(sallyport, 'ada@example.test', `${password}!`)).status).toBe(401)
      expect((await logIn(sallyport, 'ada@example.test', password)).status).toBe(200)
    })
  })

  test('bring what is known of them, under the names that their columns have', async () => {
    write(
      'users.csv',
      [
        '\uFEFFuser_id,mail,username,first_name,last_name,confirmed,phone,roles,is_active,joined,password,"extra ""facts"""',
        `17,Ada@Example.test,Ada,Ada,"Lovelace, Countess",t,+82 10 1234 5678,"{editor,author}",t,2020-01-02 03:04:05.5+01,${usable},likes tea`,
        '18,bob@example.test,,,,f,,,f,,,',
        '',
      ].join('\r\n'),
    )
    const map = ['mail=email', 'confirmed=email_verified', 'joined=created_at', 'password=password_hash']
    const args = ['--map', ...map, 'user_id=app_metadata.old_id', 'extra "facts"=metadata.facts']
    const answer = await told('users.csv', ...args, '--phone.countries=KR')
    expect([answer.code, counts(answer), answer.ignored]).toEqual([0, [2, 0, 0, 0], []])
    const [ada, bob] = (await everybody()).sort((a, b) => (a.email! < b.email! ? -1 : 1))
    expect(ada).toMatchObject({
      email: 'Ada@example.test',
      email_verified: true,
      preferred_username: 'Ada',
      given_name: 'Ada',
      family_name: 'Lovelace, Countess',
      phone_number: '+821012345678',
      roles: ['editor', 'author'],
      status: 'active',
      created_at: Date.parse('2020-01-02T02:04:05.500Z'),
      app_metadata: { old_id: '17' },
      metadata: { facts: 'likes tea' },
      password_hash: usable,
    })
    expect(bob).toMatchObject({ status: 'disabled', password_hash: null, password_changed_at: null })
  })

  test('are marked with the file and the line that they came by, and one audit entry tells of the file', async () => {
    write(
      'users.ndjson',
      lines({ email: 'ada@example.test' }, { email: 'bob@example.test' }, { email: 'no' }),
    )
    await run('users.ndjson')
    const entries = (await home.run(['audit', 'export', '--event', 'users.imported'], env)).out
      .trim()
      .split('\n')
    expect(entries).toHaveLength(1)
    const { actor, details } = JSON.parse(entries[0]!)
    expect([actor, details]).toMatchObject([
      'operator',
      { file: 'users.ndjson', made: 2, refused: 1, complete: true },
    ])
    const origins = (await everybody()).map(({ origin }) => origin)
    const shown = await home.run(['user', 'show', 'bob@example.test'], env)
    expect(shown.out).toMatch(new RegExp(`^origin +import ${details.fingerprint} 2$`, 'm'))
    expect(origins.sort()).toEqual([1, 2].map((line) => `import ${details.fingerprint} ${line}`))
    expect((await home.run(['audit', 'verify'], env)).code).toBe(0)
  })
})

describe('an account that is there', () => {
  const start = { email: 'ada@example.test', name: 'Ada', roles: ['editor'], password_hash: usable }
  beforeEach(async () => {
    write('before.ndjson', lines(start))
    expect((await run('before.ndjson')).code).toBe(0)
  })

  test('is left as it is', async () => {
    const before = await everybody()
    write('users.ndjson', lines({ email: 'ADA@example.test', name: 'Another', password: 'a new password' }))
    expect(counts(await told('users.ndjson'))).toEqual([0, 0, 1, 0])
    expect(await everybody()).toEqual(before)
  })

  test('is changed to what the file says where that is asked for, which ends its sessions', async () => {
    await withServer(async (sallyport) => {
      expect((await logIn(sallyport, 'ada@example.test', foreignHashes[1]!.password)).status).toBe(200)
    })
    write('users.ndjson', lines({ email: 'ada@example.test', name: 'Countess', password: 'a new password' }))
    expect(counts(await told('users.ndjson', '--update', '--dry-run'))).toEqual([0, 1, 0, 0])
    expect((await everybody())[0]).toMatchObject({ name: 'Ada' })
    expect(counts(await told('users.ndjson', '--update'))).toEqual([0, 1, 0, 0])
    expect((await everybody())[0]).toMatchObject({ name: 'Countess', roles: ['editor'], epoch: 1 })
    expect(counts(await told('users.ndjson', '--update'))).toEqual([0, 0, 1, 0])
    await withServer(async (sallyport) => {
      expect(await sallyport.server.context.store.count(sessions, {})).toBe(0)
      expect((await logIn(sallyport, 'ada@example.test', 'a new password')).status).toBe(200)
    })
  })

  test('never gets a weaker hash in the place of its own', async () => {
    const weaker = foreignHashes.filter(({ spelling }) => /pbkdf2|phpass|bcrypt 2a/i.test(spelling))
    write('weak.ndjson', lines({ email: 'ada@example.test', password_hash: weaker.at(-1)!.hash }))
    expect(counts(await told('weak.ndjson', '--update'))).toEqual([0, 0, 1, 0])
    const stronger = usable.replace('$05', '$06')
    write('strong.ndjson', lines({ email: 'ada@example.test', password_hash: stronger }))
    expect(counts(await told('strong.ndjson', '--update'))).toEqual([0, 1, 0, 0])
    await withServer(async ({ server }) => {
      const mine = await server.context.hasher.hash('mine' as never)
      await server.context.store.update(
        users,
        { email_normalized: 'ada@example.test' },
        { password_hash: mine },
      )
    })
    expect(counts(await told('strong.ndjson', '--update'))).toEqual([0, 0, 1, 0])
    expect((await everybody())[0]!.password_hash).toMatch(/^\$argon2id/)
  })

  test('is not taken over by a row that shares only a later name with it', async () => {
    write('named.ndjson', lines({ email: 'bob@example.test', username: 'bob' }))
    await run('named.ndjson')
    write('users.ndjson', lines({ email: 'other@example.test', username: 'BOB', name: 'Mallory' }))
    for (const args of [[], ['--update']]) {
      const { refused_rows, ...answer } = await told('users.ndjson', ...args)
      expect([counts(answer), refused_rows[0].reason]).toEqual([
        [0, 0, 0, 1],
        'preferred_username is another account’s',
      ])
    }
    expect((await everybody()).map(({ name }) => name)).not.toContain('Mallory')
  })

  test('that administers stays the last one, and no row makes another unless that is said', async () => {
    write('admin.ndjson', lines({ email: 'root@example.test', roles: ['admin'] }))
    const { refused_rows, code } = await told('admin.ndjson')
    expect([code, refused_rows[0].next]).toEqual([1, expect.stringContaining('--administrators')])
    expect(counts(await told('admin.ndjson', '--administrators'))).toEqual([1, 0, 0, 0])
    write('demoted.ndjson', lines({ email: 'root@example.test', roles: ['editor'] }))
    const demoted = async (...more: string[]) =>
      (await told('demoted.ndjson', '--update', ...more)).refused_rows[0]
    expect((await demoted('--administrators')).reason).toContain('last administrator')
    write('taken.ndjson', lines({ email: 'root@example.test', password: 'of somebody else entirely' }))
    for (const row of [await demoted(), (await told('taken.ndjson', '--update')).refused_rows[0]])
      expect([row.reason, row.next]).toEqual([
        'the account administers this server',
        expect.stringContaining('--administrators'),
      ])
    const given = (await home.run(['audit', 'export', '--event', 'user.roles_changed'], env)).out
    expect(JSON.parse(given)).toMatchObject({ details: { before: '', after: 'admin' } })
  })
})

test('a dry run writes nothing, and says of every row what would become of it', async () => {
  const row = { email: 'ada@example.test', password: 'a door behind the ivy' }
  write('users.ndjson', lines(row, { email: 'ADA@example.test' }, ...Array(600).fill({ email: 'x' }), row))
  const answer = await told('users.ndjson', '--dry-run', '--report', 'report.ndjson')
  expect([answer.code, answer.dry_run, counts(answer)]).toEqual([1, true, [1, 0, 0, 602]])
  const report = readFileSync(join(home.directory, 'report.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(report).toHaveLength(603)
  expect([report[0].result, report[1].reason, report[602].reason]).toEqual([
    'made',
    'email is the same as in line 1',
    'email is the same as in line 1',
  ])
  expect(await everybody()).toEqual([])
  expect((await home.run(['audit', 'export', '--event', 'users.imported'], env)).out).toBe('')
})
