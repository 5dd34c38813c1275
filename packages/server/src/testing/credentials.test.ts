// Credentials that contradict each other, through the whole server: never a mix of two users.
import { connect } from 'node:net'
import { native } from '@sallyport/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signAccessToken } from '../domain/tokens/access.js'
import { openSallyport, type Sallyport, type SignedUp } from './sallyport.js'
import { claimsOf, told } from './told.js'

const verifierKey = 'vk_0123456789abcdef0123456789abcdef'
let sallyport: Sallyport
let ada: SignedUp
let bob: SignedUp
beforeAll(async () => {
  sallyport = await openSallyport({
    settings: { port: '0' },
    env: { SALLYPORT_VERIFIER_KEYS: verifierKey },
  })
  ada = await sallyport.signUp()
  bob = await sallyport.signUp()
})
afterAll(() => sallyport.close())

const here = { 'sec-fetch-site': 'same-origin' }
const cookieSession = async () => {
  const browser = sallyport.browser()
  const { email: identifier, password } = await sallyport.signUp()
  await browser.post('/v1/login', { identifier, password, transport: 'cookie' })
  return { browser, refresh: browser.cookies.get('sallyport_refresh')! }
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const cookie = (name: 'access' | 'refresh', token: string) => ({ cookie: `sallyport_${name}=${token}` })

describe('a cookie that another server of this host left behind', () => {
  const foreign = 'sallyport_access=theirs; sallyport_refresh='

  it('does not keep the refresh cookie of ours from ending the session', async () => {
    const { browser, refresh } = await cookieSession()
    const headers = { ...here, cookie: `${foreign}${refresh}` }
    expect(told(await sallyport.browser().post('/v1/logout', undefined, headers))).toBe('204')
    expect(told(await browser.post('/v1/refresh', undefined, here))).toBe('401 session_ended')
  })

  it('ends nothing where there is nothing else', async () => {
    const headers = { ...here, cookie: 'sallyport_access=theirs' }
    expect(told(await sallyport.browser().post('/v1/logout', undefined, headers))).toBe(
      '401 access_token_invalid',
    )
  })
})

describe('two credentials of two users', () => {
  it('are refused wherever an access token is read', async () => {
    const both = { ...here, ...bearer(bob.access_token), ...cookie('access', ada.access_token) }
    const acts: [string, string, unknown?][] = [
      ['GET', '/v1/me'],
      ['PATCH', '/v1/me', { name: 'x' }],
      ['DELETE', '/v1/me'],
      ['GET', '/v1/me/sessions'],
      ['DELETE', '/v1/me/sessions'],
      ['POST', '/v1/logout'],
      ['POST', '/v1/logout/all'],
      ['POST', '/v1/me/confirm', { password: ada.password }],
    ]
    for (const [method, path, body] of acts) {
      const answer = await sallyport.browser().send(method, path, body, both)
      expect([method, path, told(answer)]).toEqual([method, path, '400 invalid_request'])
    }
    for (const one of [ada, bob]) expect(told(await sallyport.as(one).get('/v1/me'))).toBe('200')
  })

  it('are refused at refresh and log-out in body, header and cookie, in every pair', async () => {
    const of = (user: SignedUp, path: string) => [
      { body: { refresh_token: user.refresh_token }, headers: {} },
      { body: {}, headers: bearer(path === '/v1/logout' ? user.access_token : user.refresh_token) },
      { body: {}, headers: cookie('refresh', user.refresh_token) },
    ]
    for (const path of ['/v1/refresh', '/v1/logout'])
      for (const [at, one] of of(ada, path).entries())
        for (const [to, other] of of(bob, path).entries()) {
          if (at === to) continue
          const body = { ...one.body, ...other.body }
          const headers = { ...here, ...one.headers, ...other.headers }
          expect(told(await sallyport.browser().post(path, body, headers))).toBe('400 invalid_request')
        }
    for (const one of [ada, bob]) expect(told(await sallyport.browser().post('/v1/refresh', one))).toBe('200')
  })
})

describe('two credentials of one user', () => {
  it('are accepted, and the first that the contract names counts', async () => {
    const { email: identifier, password } = ada
    const other = (await sallyport.browser().post('/v1/login', { identifier, password })).json
    const both = { ...bearer(other.access_token), ...cookie('access', ada.access_token) }
    const items = (await sallyport.browser().get('/v1/me/sessions', both)).json.items
    const current = items.find((one: { current: boolean }) => one.current)
    expect(current.id).toBe(claimsOf(other.access_token).sid)
  })

  it('are not rescued by the second where the first is bad', async () => {
    const both = { ...bearer('nonsense'), ...cookie('access', ada.access_token) }
    expect(told(await sallyport.browser().get('/v1/me', both))).toBe('401 access_token_invalid')
  })
})

describe('a malformed credential', () => {
  it.each([
    ['an empty one', 'Bearer'],
    ['another scheme', 'Basic YTpi'],
    ['nothing', ''],
  ])('counts as none: %s', async (_what, authorization) => {
    const answer = await sallyport.browser().get('/v1/me', { authorization })
    expect(told(answer)).toBe('401 token_missing')
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  it.each([
    ['a percent sign', 'Bearer %'],
    ['two words', 'Bearer a b'],
    ['three empty segments', 'Bearer ..'],
    ['9,000 characters', `Bearer ${'a'.repeat(9000)}`],
    ['a quoted one', 'Bearer "x"'],
  ])('is invalid: %s', async (_what, authorization) => {
    const answer = await sallyport.browser().get('/v1/me', { authorization })
    expect(told(answer)).toBe('401 access_token_invalid')
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
  })

  it('is never looked for in the query', async () => {
    const query = `?access_token=${ada.access_token}&token=${ada.access_token}`
    expect(told(await sallyport.browser().get(`/v1/me${query}`))).toBe('401 token_missing')
  })

  it.each([
    ['no signature', (token: string) => token.replace(/\.[^.]*$/, '.')],
    ['alg none', (token: string) => replaceHeader(token, { alg: 'none' })],
    ['alg HS256', (token: string) => replaceHeader(token, { alg: 'HS256' })],
    ['another typ', (token: string) => replaceHeader(token, { typ: 'JWT' })],
    ['a kid that is a path', (token: string) => replaceHeader(token, { kid: '../../../dev/null' })],
    ['a kid that every object has', (token: string) => replaceHeader(token, { kid: 'constructor' })],
    ['a key of its own', (token: string) => replaceHeader(token, { jwk: { kty: 'oct', k: 'AA' } })],
    ['crit', (token: string) => replaceHeader(token, { crit: ['exp'] })],
    ['another user', (token: string) => replaceClaim(token, { sub: 'somebody' })],
    ['more time', (token: string) => replaceClaim(token, { exp: 9_999_999_999 })],
    ['a role', (token: string) => replaceClaim(token, { roles: ['admin'] })],
    ['padding', (token: string) => `${token}=`],
  ])('made of a good one with %s is invalid', async (_what, alter) => {
    const altered = { access_token: alter(ada.access_token) }
    expect(told(await sallyport.as(altered).get('/v1/me'))).toBe('401 access_token_invalid')
  })

  it('sent as two headers over a real connection is refused', async () => {
    const { url } = await sallyport.server.listen()
    const head = `GET /v1/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`
    const two = [ada, bob].map(({ access_token }) => `authorization: Bearer ${access_token}\r\n`).join('')
    const answer = await new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(Number(new URL(url).port), 'localhost', () => socket.write(`${head}${two}\r\n`))
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('close', () => resolve(text)).on('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('"code":"invalid_request"')
  })
})

describe('an access token that is rightly signed', () => {
  it.each([
    ['a NUL in the subject', { sub: 'x\u0000y' }],
    ['another kind of subject', { sub: '17' }],
    ['no subject to speak of', { sub: '' }],
    ['a NUL in the session', { sid: 'x\u0000y' }],
    ['another kind of session', { sid: '../../etc' }],
  ])('is refused everywhere with %s', async (_what, change) => {
    const { keys } = sallyport.server.context
    const token = signAccessToken(keys.active(native), { ...claimsOf(ada.access_token), ...change })
    for (const [method, path] of [
      ['GET', '/v1/me'],
      ['GET', '/v1/me/sessions'],
      ['POST', '/v1/logout'],
    ] as const)
      expect(told(await sallyport.as({ access_token: token }).send(method, path))).toBe(
        '401 access_token_invalid',
      )
    const form = { ...bearer(verifierKey), 'content-type': 'application/x-www-form-urlencoded' }
    const asked = await sallyport.browser().post('/v1/introspect', `token=${token}`, form)
    expect(asked.json).toEqual({ active: false })
  })

  it('is good in a copy that changes nothing', async () => {
    const { keys } = sallyport.server.context
    const token = signAccessToken(keys.active(native), claimsOf(ada.access_token))
    expect(told(await sallyport.as({ access_token: token }).get('/v1/me'))).toBe('200')
  })
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
function replaceHeader(token: string, change: object): string {
  const [head = '', ...rest] = token.split('.')
  const header = JSON.parse(Buffer.from(head, 'base64url').toString())
  return [encode({ ...header, ...change }), ...rest].join('.')
}
function replaceClaim(token: string, change: object): string {
  const [head, , signature] = token.split('.')
  return [head, encode({ ...claimsOf(token), ...change }), signature].join('.')
}
