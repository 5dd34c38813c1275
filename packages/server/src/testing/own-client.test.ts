// @sallyport/client against a whole server, over a line that loses answers. Here it runs in Node, with its tokens in a
// store; what browsers add (cookies, tabs, frozen pages) is in journeys/.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type Sallyport as Client, createSallyport, memory, type SessionStore } from '@sallyport/client'
import { starifoto } from '@sallyport/client/starifoto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Line, openLine } from './line.js'
import { newest } from './mailed.js'
import { type Options, openSallyport, type Sallyport } from './sallyport.js'

const password = 'a door behind the ivy'
const minute = 60_000
let line: Line
let sallyport: Sallyport
const clients: Client[] = []
let names = 0

async function open(options: Options = {}): Promise<void> {
  let port = 0
  line = await openLine(() => port)
  const settings = { port: '0', 'metrics.port': '0', issuer: line.url, ...options.settings }
  sallyport = await openSallyport({ ...options, settings })
  port = Number(new URL((await sallyport.server.listen()).url).port)
}

async function close(): Promise<void> {
  await line.close()
  await sallyport.close()
}

beforeAll(() => open())
afterAll(close)
beforeEach(() => {
  line.seen.length = 0
  sallyport.events.length = 0
})
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose()
  line.mend()
})

type ClientOptions = Parameters<typeof createSallyport>[0]

function newClient(options: Partial<ClientOptions> = {}): Client {
  const client = createSallyport({ issuer: line.url, clocks, ...options })
  clients.push(client)
  return client
}

/** A client with somebody signed in, and everything that it said since. */
async function signedIn(options: Partial<ClientOptions> = {}) {
  const client = newClient(options)
  names += 1
  const email = `client${names}@example.com`
  const answer = await client.signUp({ email, password })
  expect(answer).toMatchObject({ ok: true, data: { next: 'done', user: { email } } })
  const events: string[] = []
  client.subscribe((_snapshot, event) => void events.push(event))
  line.seen.length = 0
  return { client, email, events }
}

const me = async (client: Client) => (await client.fetch(`${line.url}/v1/me`)).status
/** Only the server's clock; the client learns of it by refusals. */
const later = (milliseconds: number) => sallyport.clock.advance(milliseconds)
/** The client's machine has the time of day ten minutes wrong; how time passes is known to it. */
let now = 0
const clocks = { wall: () => now + 10 * minute, steady: () => now }
const refreshes = () => line.count('/v1/refresh')
const failure = async (result: Promise<{ ok: boolean; error?: unknown }>) => {
  const answer = await result
  expect(answer.ok).toBe(false)
  return answer.error as { code: string; status: number; retryable: boolean; message: string }
}

describe('who is signed in', () => {
  it('is loading first, then nobody, then who signed up, and frozen all the way', async () => {
    const client = newClient()
    expect(client.snapshot).toEqual({ status: 'loading', user: null, session: null })
    expect(await client.ready()).toEqual({ status: 'signed-out', user: null, session: null })
    await client.signUp({ email: 'frozen@example.com', password, name: 'Ada' })
    const { snapshot } = client
    expect(snapshot).toMatchObject({ status: 'signed-in', user: { name: 'Ada' } })
    expect([snapshot, snapshot.user, snapshot.user?.roles, snapshot.session].every(Object.isFrozen)).toBe(
      true,
    )
    expect(client.snapshot).toBe(snapshot)
  })

  it('is nobody after signing out, here and on the server', async () => {
    const { client, email, events } = await signedIn()
    const held = await client.getAccessToken()
    expect(await client.signOut()).toEqual({ ok: true, data: undefined })
    expect([client.snapshot.status, events]).toEqual(['signed-out', ['signed-out']])
    expect(await failure(client.getAccessToken())).toMatchObject({ code: 'signed_out', retryable: false })
    const headers = { authorization: `Bearer ${held.ok && held.data}` }
    expect((await fetch(`${line.url}/v1/me`, { headers })).status).toBe(401)
    expect(await client.signIn.password({ identifier: email, password })).toMatchObject({ ok: true })
    expect(await me(client)).toBe(200)
  })

  it('tells the server again where it could not be told at first', async () => {
    const { client } = await signedIn()
    const held = await client.getAccessToken()
    line.cut()
    expect(await failure(client.signOut())).toMatchObject({ code: 'unreachable', retryable: true })
    expect(client.snapshot.status).toBe('signed-out')
    line.mend()
    const headers = { authorization: `Bearer ${held.ok && held.data}` }
    expect((await fetch(`${line.url}/v1/me`, { headers })).status).toBe(200)
    expect(await client.signOut()).toEqual({ ok: true, data: undefined })
    expect((await fetch(`${line.url}/v1/me`, { headers })).status).toBe(401)
  })

  it('goes on in a client that is made anew with the same store', async () => {
    const store = memory()
    await signedIn({ store })
    const again = newClient({ store })
    const events: string[] = []
    again.subscribe((_snapshot, event) => void events.push(event))
    expect((await again.ready()).status).toBe('signed-in')
    expect([events, await me(again)]).toEqual([['restored'], 200])
  })
})

it('does what its README says', async () => {
  const readme = readFileSync(new URL('../../../client/README.md', import.meta.url), 'utf8')
  const [, example = ''] = /```js\n(import (?:.*\n)*?)```/.exec(readme) ?? []
  await newClient().signUp({ email: 'ada@example.com', password })
  const file = new URL('./readme-of-client.mjs', import.meta.url)
  const text = example.replaceAll(/https:\/\/(auth|api)\.example\.com/g, line.url)
  writeFileSync(file, `${text.replace('/notes', '/v1/me')}\nexport { notes }\n`)
  const { sallyport: client, notes } = await import(file.href).finally(() => rmSync(file))
  clients.push(client)
  expect([client.snapshot.status, notes.status]).toEqual(['signed-in', 200])
})

describe('what goes wrong', () => {
  it('is said by a code of the server', async () => {
    const { client, email } = await signedIn()
    const wrong = client.signIn.password({ identifier: email, password: 'no door' })
    expect(await failure(wrong)).toMatchObject({ code: 'invalid_credentials', status: 401, retryable: false })
    expect(client.snapshot.status).toBe('signed-in')
    expect(await failure(client.signUp({ email, password }))).toMatchObject({ code: 'email_taken' })
    expect(await failure(client.signUp({ email: 'b@example.com', password: 'no' }))).toMatchObject({
      code: 'password_too_short',
    })
    expect(await failure(client.signUp({ email: 'no address', password }))).toMatchObject({
      code: 'invalid_request',
      fields: [{ pointer: '/email' }],
    })
  })

  it('is timed_out where no answer comes, and never holds a password or a token', async () => {
    const client = newClient({ timeoutMs: 1000 })
    let release = () => {}
    line.next('/v1/login', { hold: new Promise<void>((done) => (release = done)) })
    const error = await failure(client.signIn.password({ identifier: 'ada@example.com', password }))
    expect(error).toMatchObject({ code: 'timed_out', status: 0, retryable: true })
    expect(JSON.stringify([error, error.message])).not.toContain(password)
    await expect.poll(() => line.count('/v1/login')).toBe(1)
    release()
  })

  it('never sends a password on to where an answer points', async () => {
    const client = newClient()
    const headers = { location: `${line.url}/v1/signup` }
    line.next('/v1/login', { instead: { status: 307, type: 'text/html', body: '', headers } })
    const error = await failure(client.signIn.password({ identifier: 'ada@example.com', password }))
    expect([error.code, line.seen]).toEqual(['unreachable', []])
  })

  it('is disposed after that, however often', async () => {
    const { client, events } = await signedIn()
    client.dispose()
    client.dispose()
    expect(await failure(client.getAccessToken())).toMatchObject({ code: 'disposed' })
    expect(await failure(client.signOut())).toMatchObject({ code: 'disposed' })
    expect([events, line.seen]).toEqual([[], []])
  })
})

describe('one refresh', () => {
  it('serves ten calls whose token has expired', async () => {
    const { client, events } = await signedIn()
    later(6 * minute)
    const answers = await Promise.all(Array.from({ length: 10 }, () => me(client)))
    expect([answers, refreshes(), events]).toEqual([Array(10).fill(200), 1, ['refreshed']])
  })

  it('or one session serves two that share a store and know of no turns', async () => {
    const store: SessionStore = { ...memory(), shared: `shared-${names}` }
    const { client } = await signedIn({ store })
    const other = newClient({ store })
    await other.ready()
    await expect.poll(() => client.getAccessToken()).toEqual(await other.getAccessToken())
    later(6 * minute)
    expect(await Promise.all([me(client), me(other), me(client), me(other)])).toEqual([200, 200, 200, 200])
    expect(await Promise.all([client.snapshot.status, other.snapshot.status])).toEqual([
      'signed-in',
      'signed-in',
    ])
    expect(sallyport.events).not.toContain('session.reuse_detected')
    await client.signOut()
    await expect.poll(() => other.snapshot.status).toBe('signed-out')
  })

  it('is made again after an answer that got lost, an hour later, and the session lives', async () => {
    const { client, events } = await signedIn()
    later(6 * minute)
    line.next('/v1/refresh', { lose: true })
    expect(await me(client)).toBe(401)
    expect([client.snapshot.status, client.snapshot.user === null]).toEqual(['stale', false])
    later(60 * minute)
    now += 2000
    expect(await me(client)).toBe(200)
    expect([events, refreshes()]).toEqual([['stale', 'recovered'], 2])
  })

  it('would end the session there, did the store forget the attempt', async () => {
    const store = memory()
    const forgetful: SessionStore = {
      ...store,
      read: async () => {
        const { session, ...stored } = await store.read()
        names += 1
        return { ...stored, session: session && { ...session, attemptId: `another-attempt-${names}` } }
      },
    }
    const { client } = await signedIn({ store: forgetful })
    later(6 * minute)
    line.next('/v1/refresh', { lose: true })
    await me(client)
    later(60 * minute)
    now += 2000
    expect([await me(client), client.snapshot.status]).toEqual([401, 'signed-out'])
    expect(sallyport.events).toContain('session.reuse_detected')
  })

  it('comes too late where somebody has signed out meanwhile', async () => {
    const store = memory()
    const { client } = await signedIn({ store })
    let release = () => {}
    line.next('/v1/refresh', { hold: new Promise<void>((done) => (release = done)) })
    const token = client.getAccessToken({ force: true })
    await expect.poll(refreshes).toBe(1)
    await client.signOut()
    release()
    expect(await failure(token)).toMatchObject({ code: 'signed_out' })
    expect([client.snapshot.status, (await store.read()).session]).toEqual(['signed-out', null])
  })
})

describe('trouble on the line', () => {
  const portals = {
    'a page that answers 200': { status: 200, type: 'text/html', body: '<h1>Welcome to our network</h1>' },
    'a page that answers 403': { status: 403, type: 'text/html', body: '<h1>Pay first</h1>' },
    'JSON of somebody else with 401': { status: 401, type: 'application/json', body: '{"error":"log in"}' },
    'a redirect': { status: 302, type: 'text/html', body: '', headers: { location: 'http://localhost:9/' } },
    'a server in trouble': {
      status: 503,
      type: 'application/problem+json',
      body: '{"code":"store_unavailable","detail":"no"}',
      headers: { 'retry-after': '7' },
    },
  }
  it.each(Object.entries(portals))('%s signs nobody out', async (_name, answer) => {
    const { client, events } = await signedIn()
    line.next('/v1/refresh', { instead: answer })
    const error = await failure(client.getAccessToken({ force: true }))
    expect([error.retryable, client.snapshot.status, events]).toEqual([true, 'stale', ['stale']])
    expect(client.snapshot.user).not.toBeNull()
    // The token at hand is good for minutes yet.
    expect(await me(client)).toBe(200)
  })

  it('is not asked about again at once', async () => {
    const { client } = await signedIn()
    line.next('/v1/refresh', { instead: portals['a server in trouble'] })
    const first = await failure(client.getAccessToken({ force: true }))
    expect(await failure(client.getAccessToken({ force: true }))).toBe(first)
    expect([first, line.seen]).toMatchObject([{ code: 'store_unavailable', retryAfterMs: 7000 }, []])
  })

  it('leaves nobody signed out who starts without a line', async () => {
    const store = memory()
    const { email } = await signedIn({ store })
    line.cut()
    const again = newClient({ store })
    expect(await again.ready()).toMatchObject({ status: 'stale', user: { email } })
    await expect(again.fetch(`${line.url}/v1/me`)).rejects.toMatchObject({ code: 'unreachable' })
  })
})

describe('a store', () => {
  it('that fails is an answer, and no exception', async () => {
    const store = memory()
    const failing = { ...store, compareAndSet: () => Promise.reject(new Error('the disk is full')) }
    const client = newClient({ store: failing })
    const error = await failure(client.signUp({ email: 'disk@example.com', password }))
    expect(error).toMatchObject({ code: 'store_failed', retryable: true })
    expect(error.message).toContain('the disk is full')
  })

  it('that was cleared is nobody’s, and takes somebody again', async () => {
    let kept = memory()
    const store: SessionStore = {
      read: () => kept.read(),
      compareAndSet: (generation, next) => kept.compareAndSet(generation, next),
    }
    const { client, email, events } = await signedIn({ store })
    kept = memory()
    expect(await failure(client.getAccessToken({ force: true }))).toMatchObject({ code: 'signed_out' })
    expect([client.snapshot.status, events]).toEqual(['signed-out', ['ended-elsewhere']])
    await client.signIn.password({ identifier: email, password })
    expect([client.snapshot.status, await me(client)]).toEqual(['signed-in', 200])
  })
})

describe('a token', () => {
  it('is renewed before it ends, and the old one serves while no new one can be had', async () => {
    const { client } = await signedIn()
    const { data: first } = (await client.getAccessToken()) as { data: string }
    now += 5 * minute - 30_000
    line.next('/v1/refresh', { lose: true })
    expect(await client.getAccessToken()).toEqual({ ok: true, data: first })
    expect([client.snapshot.status, refreshes()]).toEqual(['stale', 1])
    now += 2000
    const second = await client.getAccessToken()
    expect([second.ok, client.snapshot.status, refreshes()]).toEqual([true, 'signed-in', 2])
    expect(second).not.toEqual({ ok: true, data: first })
    expect(await client.getAccessToken({ minValidMs: 4 * minute })).toEqual(second)
    expect(await client.getAccessToken({ minValidMs: 5 * minute })).not.toEqual(second)
  })

  it('is not renewed at every use where it lives shorter than the lead', async () => {
    const { client } = await signedIn({ refreshLeadMs: 60 * minute })
    expect([await me(client), await me(client), refreshes()]).toEqual([200, 200, 0])
  })
})

describe('the end of a session', () => {
  it('is what the server says it is', async () => {
    const { client, email, events } = await signedIn()
    const other = newClient()
    await other.signIn.password({ identifier: email, password })
    expect((await other.fetch(`${line.url}/v1/logout/all`, { method: 'POST' })).status).toBe(204)
    expect(await me(client)).toBe(401)
    expect([client.snapshot, events]).toEqual([
      { status: 'signed-out', user: null, session: null },
      ['ended-elsewhere'],
    ])
    expect(await me(client)).toBe(401)
  })
})

it('says where an address has to be proven first', async () => {
  await close()
  await open({ settings: { 'signup.require_verified': 'true' } })
  const client = newClient()
  const answer = await client.signUp({ email: 'ada@example.com', password })
  expect(answer).toEqual({ ok: true, data: { next: 'verify', ticket: expect.any(String) } })
  expect(await failure(client.signIn.password({ identifier: 'ada@example.com', password }))).toMatchObject({
    code: 'email_not_verified',
    status: 403,
  })
  expect(client.snapshot.status).toBe('signed-out')
})

describe('StariFoto’s wire', () => {
  it('is spoken: base64, 403, one refresh by the same client', async () => {
    await close()
    await open({ settings: { contracts: 'starifoto' } })
    const client = newClient({ endpoints: starifoto, mode: 'token' })
    const [email, word] = ['ada@example.com', 'двері за плющем 🌿']
    const signUp = () => client.signUp({ email, username: 'Ada', password: word })
    expect(await signUp()).toEqual({ ok: true, data: { next: 'verify' } })
    expect(await failure(signUp())).toMatchObject({ code: 'email_taken', message: 'Email is used' })
    const signIn = (it = word) => client.signIn.password({ identifier: email, password: it })
    expect(await failure(signIn())).toMatchObject({ code: 'email_not_verified', status: 418 })
    const token = new URL((await newest(sallyport, email)).link).searchParams.get('token')
    await fetch(`${line.url}/api/auth/email/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
    expect(await failure(signIn('another'))).toMatchObject({ code: 'invalid_credentials', status: 403 })
    expect(await signIn()).toMatchObject({ ok: true, data: { user: { username: 'Ada' } } })
    const who = async () => (await client.fetch(`${line.url}/api/user/me`)).status
    later(86_401_000)
    line.seen.length = 0
    expect(await Promise.all([who(), who(), who()])).toEqual([200, 200, 200])
    expect(line.count('/api/auth/refresh')).toBe(1)
    // What this user may not do stays forbidden, at the price of one refresh.
    const all = async () => (await client.fetch(`${line.url}/api/user/all`)).status
    expect([await all(), await all(), line.count('/api/auth/refresh')]).toEqual([403, 403, 2])
    const body = JSON.stringify({ message: 'Failed to authenticate. Token is invalid or expired.' })
    const refuse = () =>
      line.next('/api/user/me', { instead: { status: 403, type: 'application/json', body } })
    for (let call = 0; call < 3; call++) refuse()
    expect([await who(), await who(), line.count('/api/auth/refresh')]).toEqual([403, 403, 3])
    // The token lives for a day, and the service is tried again long before.
    now += 5 * minute + 1
    refuse()
    expect([await who(), line.count('/api/auth/refresh')]).toEqual([200, 4])
    expect(client.snapshot.status).toBe('signed-in')
    later(604_801_000)
    expect([await who(), client.snapshot.status]).toEqual([403, 'signed-out'])
  })
})
