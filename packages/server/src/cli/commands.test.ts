import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrations, type Planned } from '../server.js'
import { type Home, makeHome } from '../testing/program.js'
import { commands } from './commands.js'

const password = 'a door behind the ivy'
let home: Home
let env: Record<string, string>

/** A command on the database that all of these tests share. */
const run = (args: readonly string[], stdin?: string) => home.run(args, env, stdin)
const object = async (args: readonly string[], stdin?: string) =>
  JSON.parse((await run([...args, '--json'], stdin)).out)

beforeAll(async () => {
  home = makeHome()
  env = { SALLYPORT_ISSUER: 'http://localhost:9' }
  expect((await run(['init', '--issuer', 'http://localhost:9'])).code).toBe(0)
  expect((await run(['migrate'])).code).toBe(0)
  await run(['user', 'create', '--email', 'Ada@example.com', '--role', 'admin', '--no-password'])
})
afterAll(() => home.remove())

describe('sallyport init', () => {
  test('writes settings and a secret that only the owner reads, and says the next command', async () => {
    const elsewhere = makeHome()
    const args = ['init', '--issuer', 'https://auth.example.com', '--origins', 'https://app.example.com']
    const { code, out, err } = await elsewhere.run([...args, '--keys.rotate-every=10d'])
    expect([code, out]).toEqual([0, 'sallyport.yaml\n.env\n'])
    expect(err).toContain('→ sallyport migrate')
    expect(statSync(join(elsewhere.directory, '.env')).mode & 0o777).toBe(0o600)
    const listed = await elsewhere.run(['config'])
    expect(listed.out).toMatch(/^issuer +https:\/\/auth\.example\.com +.*sallyport\.yaml:4:9$/m)
    expect(listed.out).toMatch(/^origins +\["https:\/\/app\.example\.com"\] /m)
    expect(listed.out).toMatch(/^keys\.rotate_every +10d /m)
    expect(listed.out).toMatch(/^secret +\(hidden\) +\.env: SALLYPORT_SECRET$/m)
    expect((await elsewhere.run(['migrate'])).code).toBe(0)
    await elsewhere.remove()
  })

  test('writes over nothing unless it is forced, and never over the secret', async () => {
    const read = (name: string) => readFileSync(join(home.directory, name), 'utf8')
    const before = [read('sallyport.yaml'), read('.env')]
    const refused = await run(['init', '--issuer', 'https://auth.example.com'])
    expect([refused.code, refused.out]).toEqual([1, ''])
    expect(refused.err).toContain('→ sallyport init --force')
    expect([read('sallyport.yaml'), read('.env')]).toEqual(before)
    const forced = await run(['init', '--force', '--issuer', 'https://auth.example.com'])
    expect([forced.code, forced.out]).toEqual([0, 'sallyport.yaml\n'])
    expect(read('sallyport.yaml')).toContain('issuer: https://auth.example.com')
    expect(read('.env')).toBe(before[1])
  })

  test.each([
    [[], 'sallyport init --issuer'],
    [['--issuer', 'auth.example.com'], 'issuer is auth.example.com, expected an http or https URL'],
    [['--issuer', 'http://auth.example.com'], 'sallyport serve takes https only'],
    [['--issuer', 'https://a.example', '--testing.clock'], 'testing.clock is for development only'],
    [['--issuer', 'https://a.example', '--secret', 'abc'], 'a secret is not taken from the command line'],
  ])('refuses %j and writes nothing', async (flags, says) => {
    const elsewhere = makeHome()
    const { code, out, err } = await elsewhere.run(['init', ...flags])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(says)
    expect(() => statSync(join(elsewhere.directory, 'sallyport.yaml'))).toThrow()
    await elsewhere.remove()
  })
})

describe('users', () => {
  test('are made, found by id, address and username, and shown as the API shows them', async () => {
    const args = ['user', 'create', '--email', 'bob@example.com', '--username', 'Bob_9', '--password-stdin']
    const bob = await object(args, `${password}\n`)
    expect(bob).toMatchObject({ email: 'bob@example.com', preferred_username: 'Bob_9', status: 'active' })
    expect(bob.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(bob).not.toHaveProperty('password_hash')
    for (const name of [bob.id, bob.id.toUpperCase(), 'BOB@example.com', 'bob_9'])
      expect(await object(['user', 'show', name])).toEqual(bob)
    const { items } = await object(['user', 'list', '--search', 'ob@exam'])
    expect(items).toEqual([bob])
    const { out } = await run(['user', 'list', '--search', 'bob'])
    expect(out).toMatch(/^ID +EMAIL +USERNAME +STATUS +ROLES +CREATED +LAST LOG-IN\n[0-9a-f-]{36} {2}bob@/)
  })

  test('a list goes on where its page ended', async () => {
    await run(['user', 'create', '--username', 'second_of_two', '--no-password'])
    const first = await run(['user', 'list', '--limit', '1'])
    const next = /→ sallyport (user list .+)/.exec(first.err)![1]!.replaceAll('"', '').split(' ')
    const second = await run(next)
    expect(second.out.split('\n')[1]!.slice(0, 36)).not.toBe(first.out.split('\n')[1]!.slice(0, 36))
  })

  test('are disabled, enabled, granted roles and relieved of them', async () => {
    const act = async (...args: string[]) => object(['user', ...args])
    await run(['user', 'create', '--username', 'carol', '--no-password'])
    expect(await act('disable', 'carol', '--reason', 'left')).toMatchObject({ status: 'disabled' })
    expect(await act('enable', 'carol')).toMatchObject({ status: 'active' })
    expect(await act('grant', 'carol', 'admin', 'editor', 'admin')).toMatchObject({
      roles: ['admin', 'editor'],
    })
    expect(await act('revoke', 'carol', 'admin')).toMatchObject({ roles: ['editor'] })
  })

  test('keep every role that several commands grant at once', async () => {
    await run(['user', 'create', '--username', 'dora', '--role', 'old', '--no-password'])
    const roles = ['one', 'two', 'three']
    await Promise.all([
      run(['user', 'revoke', 'dora', 'old']),
      ...roles.map((role) => run(['user', 'grant', 'dora', role])),
    ])
    expect((await object(['user', 'show', 'dora'])).roles.toSorted()).toEqual(roles.toSorted())
  })

  test('the last administrator stays, and the error says what to do', async () => {
    const { code, out, err } = await run(['user', 'revoke', 'ada@example.com', 'admin'])
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/last administrator[\s\S]*→ .*sallyport user grant <user> admin\n$/)
  })

  test('deleting one is confirmed, or does not happen', async () => {
    await run(['user', 'create', '--username', 'dave', '--no-password'])
    const unconfirmed = await run(['user', 'delete', 'dave'])
    expect(unconfirmed).toMatchObject({ code: 3, out: '' })
    expect(unconfirmed.err).toContain('→ sallyport user delete dave --yes')
    expect(await object(['user', 'show', 'dave'])).toMatchObject({ status: 'active' })
    expect(await run(['user', 'delete', 'dave', '--yes'])).toMatchObject({ code: 0, out: '' })
    expect((await object(['user', 'list', '--search', 'dave', '--status', 'active'])).items).toEqual([])
  })
})

describe('secrets', () => {
  test('a password comes from a file too, and its rules hold', async () => {
    const file = join(home.directory, 'password')
    writeFileSync(file, `${password}\n`, { mode: 0o600 })
    const set = (name: string) => run(['user', 'set-password', name, '--password-file', file])
    await run(['user', 'create', '--username', 'erin', '--no-password'])
    expect(await set('erin')).toMatchObject({ code: 0, out: '' })
    writeFileSync(file, 'password1')
    const { code, err } = await set('erin')
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/list of common passwords[\s\S]*→ .*another password\n$/),
    ])
  })

  test.each([
    ['no password and nobody to ask', [], '', 'nobody is there to ask'],
    ['two of them', ['--password-stdin', '--password-file', 'x'], password, 'keep one of them'],
    ['an empty one', ['--password-stdin'], '\n', 'no password in stdin'],
    ['a file that is not there', ['--password-file', 'none'], '', 'none cannot be read'],
    ['one on the command line', ['--password', password], '', '--password: is no setting'],
  ])('%s is wrong usage', async (_, flags, stdin, says) => {
    const { code, out, err } = await run(['user', 'create', '--username', 'frank', ...flags], stdin)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(says)
    expect(err).toMatch(/→ .+\n$/)
  })

  test('the keys that are made are all there is on stdout', async () => {
    const verifier = await run(['key', 'verifier', 'create'])
    expect(verifier.out).toMatch(/^vk_[\w-]{43}\n$/)
    expect(verifier.err).toContain(`SALLYPORT_VERIFIER_KEYS=${verifier.out}`)
    const machine = await run(['apikey', 'create', '--name', 'reports', '--scope', 'users:read'])
    expect(machine.out).toMatch(/^ak_[\w-]{43}\n$/)
    const { items } = await object(['apikey', 'list'])
    expect(items).toMatchObject([{ name: 'reports', scopes: ['users:read'] }])
    expect(JSON.stringify(items)).not.toContain(machine.out.trim())
    expect((await run(['apikey', 'remove', items[0].id, '--yes'])).code).toBe(0)
    expect(await object(['apikey', 'list'])).toEqual({ items: [] })
  })
})

describe('keys, the audit log and the rest', () => {
  test('a rotation is seen in the list; a second one at once needs force', async () => {
    const states = async () =>
      (await object(['key', 'list'])).items.map((key: { kid: string; state: string }) => [key.state, key.kid])
    const [before, rotated] = [Object.fromEntries(await states()), await run(['key', 'rotate'])]
    expect(rotated.code).toBe(0)
    const after = Object.fromEntries(await states())
    expect([after.active, after.retired]).toEqual([before.next, before.active])
    expect(await run(['key', 'rotate'])).toMatchObject({ code: 1, out: '' })
    expect((await run(['key', 'rotate', '--force'])).code).toBe(0)
  })

  test('what commands did stands in the audit log, which is exported line by line and verified', async () => {
    const { items } = await object(['audit', 'list', '--event', 'user.created', '--limit', '1'])
    expect(items).toMatchObject([{ event: 'user.created', actor: 'operator', ip: 'local' }])
    const { out, err } = await run(['audit', 'export'])
    const entries = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(entries).toContainEqual(items[0])
    expect(err).toContain(`${entries.length} entries`)
    const page = await run(['audit', 'list', '--event', 'user.created', '--limit', '1'])
    expect(page.err).toMatch(/→ sallyport audit list --event "user.created" --limit "1" --cursor \S+\n$/)
    expect(await object(['audit', 'verify'])).toMatchObject({ intact: true, entries: entries.length })
  })

  test('the link for the first administrator leads to the issuer, and a new one is another', async () => {
    const { out, err } = await run(['admin', 'link'])
    expect(out).toMatch(/^http:\/\/localhost:9\/setup#[\w-]{43}\n$/)
    expect(err).toContain('http://localhost:9/v1/setup')
    expect(err).toContain(out.trim().split('#')[1])
    expect((await run(['admin', 'link'])).out).not.toBe(out)
  })

  test('a token that is refused is explained, and the exit code says so', async () => {
    const { code, out } = await run(['token', 'explain', '-'], 'abc\n')
    expect(code).toBe(1)
    expect(out).toMatch(/^NO {2}[\s\S]*\nrefused: .+\n$/)
  })

  test('rewrapping says what it did', async () => {
    expect(await object(['secret', 'rewrap'])).toEqual({ rewrapped: 0, sessions_ended: 0 })
    expect((await run(['secret', 'rewrap', '--end-all-sessions'])).code).toBe(3)
  })
})

describe('sallyport doctor', () => {
  /** What a doctor says of a healthy server that never ran, after this was done to it. */
  async function examine(harm: (directory: string) => void, more: Record<string, string> = {}) {
    const elsewhere = makeHome()
    await elsewhere.run(['init', '--issuer', 'http://localhost:9'])
    await elsewhere.run(['migrate'])
    harm(elsewhere.directory)
    const { code, out } = await elsewhere.run(['doctor', '--json'], more)
    await elsewhere.remove()
    const { findings } = JSON.parse(out) as { findings: { about: string; verdict: string; fix?: string }[] }
    return { code, failed: findings.filter(({ verdict }) => verdict === 'fail'), findings }
  }

  test('finds nothing to mend where there is nothing', async () => {
    expect(await examine(() => {})).toMatchObject({ code: 0, failed: [] })
  })

  test('sees a page of the database that was written over', async () => {
    const { code, failed } = await examine((directory) => {
      const file = openSync(join(directory, '.sallyport', 'sallyport.db'), 'r+')
      writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, 4 * 4096)
      closeSync(file)
    })
    expect([code, failed]).toEqual([1, [expect.objectContaining({ about: 'database' })]])
  })

  test('sees secrets that others can read, and says the command', async () => {
    const { code, failed } = await examine((directory) => {
      chmodSync(directory, 0o755)
      chmodSync(join(directory, '.env'), 0o644)
    })
    expect([code, failed]).toEqual([1, [expect.objectContaining({ about: 'modes', fix: 'chmod go= .env' })]])
  })

  test('sees a secret that is not the one of the database, as every command does, without a stack', async () => {
    const other = { SALLYPORT_SECRET: randomBytes(32).toString('base64url') }
    const elsewhere = makeHome()
    await elsewhere.run(['init', '--issuer', 'http://localhost:9'])
    await elsewhere.run(['migrate'])
    await elsewhere.run(['key', 'list'])
    const examined = await elsewhere.run(['doctor'], other)
    expect(examined).toMatchObject({
      code: 1,
      out: expect.stringContaining('fail  database    2 signing keys'),
    })
    for (const { err } of [examined, await elsewhere.run(['user', 'list'], other)])
      expect(err).not.toMatch(/report it|^ +at /m)
    await elsewhere.remove()
  })

  test('sees a list of passwords that is not there', async () => {
    const { code, failed } = await examine(() => {}, { SALLYPORT_PASSWORD__BLOCKLIST_FILE: '/nowhere/list' })
    expect([code, failed]).toEqual([1, [expect.objectContaining({ about: 'database' })]])
  })

  test('sees a weak secret, and settings of development', async () => {
    const more = { SALLYPORT_SECRET: 'ab'.repeat(32), SALLYPORT_LIMITS__ENABLED: 'false' }
    const { code, failed, findings } = await examine(() => {}, more)
    expect(code).toBe(1)
    expect(failed).toContainEqual(expect.objectContaining({ about: 'secret' }))
    expect(findings).toContainEqual(expect.objectContaining({ about: 'limits', verdict: 'warn' }))
  })
})

describe('every command', () => {
  test('takes --json where it prints data', () => {
    const without = commands.filter(({ options = [] }) => !options.some(([flags]) => flags === '--json'))
    expect(without.map(({ name }) => name)).toEqual(['dev', 'serve', 'completion'])
  })

  test('that changes something says in JSON what it did', async () => {
    const elsewhere = makeHome()
    const act = async (...args: string[]) => JSON.parse((await elsewhere.run([...args, '--json'])).out)
    expect(await act('init', '--issuer', 'http://localhost:9')).toEqual({ files: ['sallyport.yaml', '.env'] })
    const all = migrations.map(({ number, name }) => ({ number, name }))
    const { pending } = await act('migrate', '--dry-run')
    expect(pending.map(({ number, name }: Planned) => ({ number, name }))).toEqual(all)
    expect(pending[0].statements[0]).toMatchObject({ table: 'users', rows: 0, seconds: 0 })
    expect(await act('migrate')).toEqual({ applied: all })
    expect(await act('migrate')).toEqual({ applied: [] })
    const { id } = await act('apikey', 'create', '--name', 'x', '--scope', 'users:read')
    expect(await act('apikey', 'remove', id, '--yes')).toEqual({ id, removed: true })
    await act('user', 'create', '--username', 'gone_soon', '--no-password')
    expect(await act('session', 'end', '--user', 'gone_soon', '--yes')).toEqual({ ended: true })
    expect(await act('user', 'delete', 'gone_soon', '--yes')).toMatchObject({ status: 'deleted' })
    await elsewhere.remove()
  })

  test('stands in the manual, and its help names its options', async () => {
    const manual = readFileSync(new URL('../../../../docs/command-line.md', import.meta.url), 'utf8')
    for (const { name, options = [] } of commands) {
      expect(manual, name).toContain(`\`sallyport ${name}`)
      const { out } = await run([...name.split(' '), '--help'])
      for (const [flags] of options) expect(out, name).toContain(flags)
    }
  })

  test.each([
    [['user', 'show'], "missing required argument 'user'"],
    [['user', 'show', '--data-dir', 'x'], 'missing <user>; names stand before settings'],
    [['user', 'show', 'ada', 'bob'], 'bob is not expected here'],
    [['key', 'verifier', 'create', '--port', '1'], '--port is not expected here'],
    [['user', 'list', '--jsn'], '--jsn: is no setting'],
    [['user', 'list', '--limit', '0'], 'limit: must be at least 1'],
    [['user'], 'Usage: sallyport user'],
    [['completion', 'tcsh'], 'tcsh is no shell that is known here'],
  ])('%j is wrong usage', async (args, says) => {
    const { code, out, err } = await run(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(says)
  })

  test('works on a database that is there and up to date, and makes none', async () => {
    const elsewhere = makeHome()
    await elsewhere.run(['init', '--issuer', 'http://localhost:9'])
    const none = await elsewhere.run(['user', 'list'])
    expect([none.code, none.out]).toEqual([1, ''])
    expect(none.err).toContain('there is no database at')
    expect(() => statSync(join(elsewhere.directory, '.sallyport'))).toThrow()
    expect((await elsewhere.run(['user', 'list', '--database-url', 'memory:'])).err).toContain('own memory')
    const empty = await elsewhere.run(['user', 'list', '--database-url', 'sqlite:sallyport.yaml'])
    expect([empty.code, empty.err]).toEqual([1, expect.stringContaining('→ ')])
    writeFileSync(join(elsewhere.directory, 'empty.db'), '')
    const pending = await elsewhere.run(['user', 'list', '--database-url', 'sqlite:empty.db'])
    expect([pending.code, pending.err]).toEqual([1, expect.stringContaining('→ sallyport migrate')])
    await elsewhere.remove()
  })

  test('what a shell completes is what there is', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, out } = await run(['completion', shell])
      expect(code).toBe(0)
      for (const word of ['set-password', 'rewrap', 'explain']) expect(out).toContain(word)
    }
  })
})
