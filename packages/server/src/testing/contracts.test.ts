// A second contract on the whole server, made of data: its sessions and tokens are its own.
import { readFile } from 'node:fs/promises'
import type { Contract, TokenSource } from '@sallyport/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from './browser.js'
import { openSallyport, type Sallyport } from './sallyport.js'
import { claimsOf, told } from './told.js'

const access: TokenSource[] = [{ from: 'bearer', kind: 'access' }]
const pair = { acc: '$access_token', ref: '$refresh_token', left: '$access_expires_in|milliseconds' }

const shop: Contract = {
  name: 'shop',
  title: 'Shop',
  transport: { default: 'body', allow: ['body'] },
  cookies: {},
  origin: 'strict',
  lifetimes: { access: 900, idle: 3600, absolute: 7200, grace: 0 },
  longestAccess: 900,
  type: 'JWT',
  password: { min: 4, max: 20 },
  identifiers: ['username'],
  user: { login: '$preferred_username' },
  error: { contentType: 'application/json', body: { ok: false, why: '$code' } },
  errors: { invalid_credentials: { status: 400 } },
  routes: [
    {
      operation: 'signup',
      on: 'POST /shop/join',
      input: { preferred_username: 'login', password: 'pass', email: null, metadata: null },
      reply: { status: 200, body: { ok: true, tokens: pair, who: '$user' } },
      instead: [{ when: 'next', reply: { status: 200, body: { ok: false, first: '$next' } } }],
    },
    {
      operation: 'login',
      on: 'POST /shop/token',
      when: { member: 'kind', is: { value: 'password' } },
      accept: ['form'],
      input: { identifier: 'login', password: 'pass' },
      reply: { status: 200, body: pair },
    },
    {
      operation: 'refresh',
      on: 'POST /shop/token',
      when: { member: 'kind', is: { value: 'refresh' } },
      accept: ['form'],
      input: { attempt_id: null },
      tokens: [{ from: 'body', name: 'ref', kind: 'refresh' }],
      reply: { status: 200, body: pair },
    },
    { operation: 'profile.get', on: 'GET /shop/me', tokens: access, reply: { status: 200, body: '$user' } },
  ],
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }
let sallyport: Sallyport
let browser: Browser
let joined: { acc: string; ref: string; left: number }
beforeAll(async () => {
  sallyport = await openSallyport({ contracts: [JSON.parse(JSON.stringify(shop))] })
  browser = createBrowser(sallyport.server)
  joined = (await browser.post('/shop/join', { login: 'ada', pass: 'tzqx' })).json.tokens
})
afterAll(() => sallyport.close())

const refresh = (ref: string) => browser.post('/shop/token', `kind=refresh&ref=${ref}`, form)
const me = (token: string, path: string) => browser.get(path, { authorization: `Bearer ${token}` })

describe('a contract of one’s own', () => {
  it('has its names, its lifetimes and its limits of passwords', async () => {
    expect(joined.left).toBe(900_000)
    const claims = claimsOf(joined.acc)
    expect(claims).toMatchObject({ client_id: 'shop', iss: 'http://localhost:4400' })
    expect((claims.exp as number) - (claims.iat as number)).toBe(900)
    expect((await me(joined.acc, '/shop/me')).json).toEqual({ login: 'ada' })
    const long = await browser.post('/shop/join', { login: 'bob', pass: 'x'.repeat(21) })
    expect(long.json).toEqual({ ok: false, why: 'password_too_long' })
    const short = await browser.post('/shop/join', { login: 'bob', pass: 'tzq' })
    expect(short.json).toEqual({ ok: false, why: 'password_too_short' })
  })

  it('writes its own type into the header of its tokens', () => {
    const header = JSON.parse(Buffer.from(joined.acc.split('.')[0]!, 'base64url').toString())
    expect(header.typ).toBe('JWT')
  })

  it('logs in and refreshes on one path by a selector', async () => {
    const answer = await browser.post('/shop/token', 'kind=password&login=ADA&pass=tzqx', form)
    expect(answer.status).toBe(200)
    const next = await refresh(answer.json.ref)
    expect(next.status).toBe(200)
    expect((await refresh(answer.json.ref)).json).toEqual({ ok: false, why: 'refresh_token_reused' })
    expect((await refresh(next.json.ref)).status).toBe(200)
    const wrong = await browser.post('/shop/token', 'kind=password&login=ada&pass=wrong', form)
    expect([wrong.status, wrong.json]).toEqual([400, { ok: false, why: 'invalid_credentials' }])
    expect((await browser.post('/shop/token', 'kind=other', form)).json.why).toBe('invalid_request')
  })

  it('has sessions that no other contract refreshes, and tokens that none takes', async () => {
    const native = (await browser.post('/v1/login', { identifier: 'ada', password: 'tzqx' })).json
    expect(told(await me(joined.acc, '/v1/me'))).toBe('401 access_token_invalid')
    expect((await me(native.access_token, '/shop/me')).json.why).toBe('access_token_invalid')
    const foreign = await browser.post('/v1/refresh', { refresh_token: joined.ref })
    expect(told(foreign)).toBe('401 refresh_token_invalid')
    expect((await refresh(native.refresh_token)).json.why).toBe('refresh_token_invalid')
    const leaving = await browser.post('/v1/logout', { refresh_token: joined.ref })
    expect(told(leaving)).toBe('401 refresh_token_invalid')
    expect((await refresh(joined.ref)).status).toBe(200)
    expect(told(await browser.post('/v1/refresh', native))).toBe('200')
  })

  it('ends with the user’s other sessions all the same', async () => {
    const mine = (await browser.post('/shop/token', 'kind=password&login=ada&pass=tzqx', form)).json
    const native = (await browser.post('/v1/login', { identifier: 'ada', password: 'tzqx' })).json
    expect(told(await sallyport.as(native).post('/v1/logout/all'))).toBe('204')
    expect((await me(mine.acc, '/shop/me')).json.why).toBe('session_ended')
    expect((await refresh(mine.ref)).json.why).toBe('session_ended')
  })
})

it('printed in the manual is served as it stands there', async () => {
  const page = await readFile(new URL('../../../../docs/contracts.md', import.meta.url), 'utf8')
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? []
  const server = await openSallyport({ contracts: [JSON.parse(example)] })
  const { password } = await server.signUp({ preferred_username: 'ada' })
  const client = server.browser()
  const body = `kind=password&login=ada&pass=${encodeURIComponent(password)}`
  const tokens = (await client.post('/shop/token', body, form)).json
  const next = (await client.post('/shop/token', `kind=refresh&ref=${tokens.ref}`, form)).json
  const me = await client.get('/shop/me', { authorization: `Bearer ${next.acc}` })
  expect(me.json).toEqual({ ok: true, data: { login: 'ada', since: '2030-01-01T00:00:00.000Z' } })
  const wrong = await client.post('/shop/token', 'kind=password&login=ada&pass=wrong', form)
  expect([wrong.status, wrong.json]).toEqual([400, { ok: false, why: 'invalid_credentials' }])
  await server.close()
})
