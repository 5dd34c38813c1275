// What a running server makes of commands: it hears of them within a second, on SQLite too.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Home, makeHome } from '../testing/program.js'

const password = 'a door behind the ivy'
let home: Home
let url: string
let flags: string[]
let count = 0

beforeAll(async () => {
  home = makeHome()
  const server = home.sallyport(['dev', '--port', '0'])
  url = /http:\S+(?=\/v1)/.exec(await server.saying('Ctrl-C stops it.'))![0]
  flags = ['--issuer', url]
})
afterAll(() => home.remove())

const sallyport = (...args: string[]) => home.run([...args, ...flags])

async function post(path: string, body: object): Promise<{ status: number; json: Record<string, string> }> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: answer.status, json: (await answer.json()) as Record<string, string> }
}

/** A new user who is signed in. */
async function signUp() {
  count += 1
  const email = `user${count}@example.com`
  const { status, json } = await post('/v1/signup', { email, password })
  expect(status).toBe(201)
  return { email, access: json.access_token!, refresh: json.refresh_token!, session: json.session_id! }
}

/** What the server makes of an access token. */
async function verdict(access: string): Promise<string> {
  const answer = await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${access}` } })
  return answer.ok ? 'ok' : ((await answer.json()) as { code: string }).code
}

/** Asks until the access token is refused, and answers by which code. */
async function refusal(access: string): Promise<string> {
  for (const until = performance.now() + 30_000; performance.now() < until; ) {
    const code = await verdict(access)
    if (code !== 'ok') return code
    await new Promise((done) => setTimeout(done, 20))
  }
  return 'still accepted after 30 s'
}

describe('a running server', () => {
  test('refuses the tokens of a user who was disabled', async () => {
    const { email, access, refresh } = await signUp()
    expect(await verdict(access)).toBe('ok')
    expect((await sallyport('user', 'disable', email)).code).toBe(0)
    expect(await refusal(access)).toBe('session_ended')
    expect((await post('/v1/refresh', { refresh_token: refresh })).status).toBe(401)
    expect((await post('/v1/login', { identifier: email, password })).json.code).toBe('account_disabled')
  })

  test('refuses the tokens of a session that was ended, and of no other', async () => {
    const { email, access, refresh, session } = await signUp()
    const other = await post('/v1/login', { identifier: email, password })
    const { items } = JSON.parse((await sallyport('session', 'list', email, '--json')).out)
    expect(items.map(({ id }: { id: string }) => id)).toContain(session)
    expect((await sallyport('session', 'end', session)).code).toBe(0)
    expect(await refusal(access)).toBe('session_ended')
    expect((await post('/v1/refresh', { refresh_token: refresh })).status).toBe(401)
    expect(await verdict(other.json.access_token!)).toBe('ok')
    expect((await sallyport('session', 'end', '--user', email, '--yes')).code).toBe(0)
    expect(await refusal(other.json.access_token!)).toBe('session_ended')
  })

  test('takes a new password, and no longer the old one or its sessions', async () => {
    const { email, access } = await signUp()
    const fresh = 'another door, another ivy'
    const set = await home.run(['user', 'set-password', email, '--password-stdin', ...flags], {}, fresh)
    expect(set.code).toBe(0)
    expect(await refusal(access)).toBe('session_ended')
    expect((await post('/v1/login', { identifier: email, password })).status).toBe(401)
    expect((await post('/v1/login', { identifier: email, password: fresh })).status).toBe(200)
  })

  test('explains a token that it issued, step by step', async () => {
    const { access } = await signUp()
    const { code, out, err } = await home.run(['token', 'explain', '-', ...flags], {}, `Bearer ${access}\n`)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^(ok {2}.+\n)+accepted: .+\n$/)
  })

  test('is seen by status and by doctor', async () => {
    const { code, out } = await sallyport('status', '--json')
    expect(code).toBe(0)
    const told = JSON.parse(out)
    expect(told).toMatchObject({ issuer: url, server: { live: 'ok', ready: 'ok' }, schema: 'up to date' })
    expect(told.users).toBeGreaterThan(0)
    const examined = await sallyport('doctor', '--json')
    expect(examined.code).toBe(0)
    const { findings } = JSON.parse(examined.out) as { findings: { about: string; verdict: string }[] }
    const verdicts = Object.fromEntries(findings.map(({ about, verdict }) => [about, verdict]))
    expect(verdicts).toMatchObject({ server: 'ok', clock: 'ok', secret: 'ok', schema: 'ok', database: 'ok' })
  })

  test('makes the first administrator by the link, and then no more', async () => {
    const { token } = JSON.parse((await sallyport('admin', 'link', '--json')).out)
    const made = await post('/v1/setup', { token, email: 'root@example.com', password })
    expect([made.status, (made.json.user as unknown as { roles: string[] }).roles]).toEqual([200, ['admin']])
    const again = await sallyport('admin', 'link')
    expect([again.code, again.out]).toEqual([1, ''])
    expect(again.err).toContain('→ Let an administrator in by name: sallyport user grant')
  })

  test('refuses what a key signed that was removed', async () => {
    const { access } = await signUp()
    const { kid } = JSON.parse(Buffer.from(access.split('.')[0]!, 'base64url').toString())
    const unconfirmed = await sallyport('key', 'remove', kid)
    expect([unconfirmed.code, await verdict(access)]).toEqual([3, 'ok'])
    expect((await sallyport('key', 'remove', kid, '--yes')).code).toBe(0)
    expect(await refusal(access)).toBe('access_token_invalid')
    expect(await verdict((await signUp()).access)).toBe('ok')
  })
})

describe('without a running server', () => {
  test('status says that nothing answers, and ends with 4', async () => {
    const { code, out, err } = await home.run(['status', '--issuer', 'http://localhost:4'])
    expect(code).toBe(4)
    expect(out).toMatch(/^server +not reached: nothing listens there$/m)
    expect(err).toMatch(/→ sallyport serve.+\n$/)
  })
})
