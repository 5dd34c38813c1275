// Google's credential on the wires of StariFoto and Auth-system: good ones, bad ones, and whose account it opens.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { operate } from './administrator.js'
import type { Answer, Browser } from './browser.js'
import { claimsFor, newKey, openProvider, type Provider, signed } from './provider.js'
import { openSallyport, type Sallyport } from './sallyport.js'
import { claimsOf } from './told.js'

let provider: Provider
let sallyport: Sallyport
let ids = 0
afterEach(() => Promise.all([sallyport.close(), provider.close()]))

const email = 'ada@gmail.com'
const base64 = (text: string) => Buffer.from(text).toString('base64')
const claims = (more: object) => {
  ids += 1
  return claimsFor(provider, sallyport.clock.now(), { jti: String(ids), ...more })
}
async function open(contracts: string) {
  provider = await openProvider()
  sallyport = await openSallyport({ settings: { ...provider.settings, contracts } })
}

describe('Google on StariFoto’s wire', () => {
  beforeEach(() => open('starifoto'))
  const send = async (more: object = {}, key = provider.key, browser: Browser = sallyport.browser()) =>
    browser.post('/api/auth/google', { credential: await signed(key, claims(more)) })
  const told = ({ status, json }: Answer) => `${status} ${json.message}`

  it('makes an enabled user named from the token, and signs them in', async () => {
    const browser = sallyport.browser()
    const answer = await send({}, provider.key, browser)
    expect(answer.status).toBe(200)
    expect(Object.keys(answer.json)).toEqual([
      'user',
      'accessToken',
      'expiresIn',
      'refreshToken',
      'refreshTokenExpiresIn',
    ])
    expect(answer.json.user).toMatchObject({
      username: 'Ada Lovelace',
      email,
      provider: 'GOOGLE',
      roles: [{ id: 1, name: 'User' }],
      hasPassword: false,
      isEnabled: true,
    })
    expect(answer.setCookies.map((line) => line.split('=')[0])).toEqual(['accessToken', 'refreshToken'])
    expect(claimsOf(answer.json.accessToken)).toMatchObject({
      iss: 'photomap',
      sub: email,
      scope: 'ACCESS_TOKEN',
    })
    expect((await browser.get('/api/user/me')).json).toEqual(answer.json.user)
    expect((await browser.post('/api/auth/refresh')).json.user).toEqual(answer.json.user)
    expect((await send()).json.user.id).toBe(answer.json.user.id)
  })

  it('gives somebody without a password their first one', async () => {
    const browser = sallyport.browser()
    await send({}, provider.key, browser)
    const newPassword = base64('a window above the elm')
    expect((await browser.send('PATCH', '/api/user/me/password', { newPassword })).status).toBe(204)
    const answer = await sallyport.browser().post('/api/auth/login', { email, password: newPassword })
    expect(answer.json.user).toMatchObject({ hasPassword: true, provider: 'GOOGLE' })
  })

  it('refuses what Google did not sign, another’s, an old one, and an address that is not proven', async () => {
    const other = await newKey()
    expect(told(await send({}, { ...other, kid: provider.key.kid }))).toBe('403 Invalid ID token.')
    expect(told(await send({ aud: 'another' }))).toBe('403 Invalid ID token.')
    expect(told(await send({ iss: 'https://elsewhere.example' }))).toBe('403 Invalid ID token.')
    expect(told(await send({ exp: 1 }))).toBe('403 Invalid ID token.')
    expect(told(await send({ email_verified: false }))).toBe('403 Google email is not verified.')
    const answer = await sallyport.browser().post('/api/auth/google', { credential: 'nonsense' })
    expect(told(answer)).toBe('403 Invalid ID token.')
    expect(answer.setCookies).toEqual([])
  })

  it('does not let a disabled user in', async () => {
    const { json } = await send()
    const { items } = await operate(sallyport, 'users.list', { search: email })
    await operate(sallyport, 'users.disable', { id: items[0]!.id })
    expect(json.user.email).toBe(email)
    expect(told(await send())).toBe('403 User is disabled')
  })

  it('takes over a local account whose address was never proven, and nothing of its making is left', async () => {
    const password = base64('the password of a stranger')
    const account = { username: 'Mallory', email, password }
    expect((await sallyport.browser().post('/api/auth/sign-up', account)).status).toBe(200)
    const { json } = await send()
    expect(json.user).toMatchObject({ email, hasPassword: false })
    const answer = await sallyport.browser().post('/api/auth/login', { email, password })
    expect(told(answer)).toBe('403 Authentication failed')
  })
})

describe('Google on Auth-system’s wire', () => {
  beforeEach(() => open('auth-system'))
  const send = async (more: object = {}, browser: Browser = sallyport.browser()) =>
    browser.post('/sns/google', { credential: await signed(provider.key, claims(more)) })

  it('answers as a log-in does, and refuses a bad credential as any other', async () => {
    const browser = sallyport.browser()
    const answer = await send({}, browser)
    expect(answer.json).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: 'bearer',
    })
    expect(answer.setCookies).toHaveLength(2)
    expect((await browser.get('/profile')).json).toMatchObject({
      email,
      name: 'Ada Lovelace',
      is_active: true,
    })
    const refused = await send({ aud: 'another' })
    expect([refused.status, refused.json, refused.headers['www-authenticate']]).toEqual([
      401,
      { detail: 'Could not validate credentials' },
      'Bearer',
    ])
  })
})
