// How tokens travel, through the whole server: what the client chose at the way in holds for the life of the session,
// and nothing that is sent later turns a cookie into a body.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from './browser.js'
import { openSallyport, type Sallyport, type SignedUp } from './sallyport.js'
import { told } from './told.js'

const here = { 'sec-fetch-site': 'same-origin' }
const password = 'correct horse battery'
let local: Sallyport
let https: Sallyport
let ada: SignedUp
beforeAll(async () => {
  local = await openSallyport()
  https = await openSallyport({
    settings: { issuer: 'https://id.example', origins: 'https://app.example' },
  })
  for (const one of [local, https]) ada = await one.signUp({ email: 'ada@example.com', password })
})
afterAll(() => Promise.all([local.close(), https.close()]))

async function logIn(at: Sallyport, transport?: string, headers: Record<string, string> = here) {
  const browser = at.browser()
  const body = { identifier: 'ada@example.com', password, ...(transport && { transport }) }
  return { browser, answer: await browser.post('/v1/login', body, headers) }
}
const parts = (line: string) => {
  const [pair = '', ...attributes] = line.split('; ')
  return {
    name: pair.split('=')[0],
    attributes: attributes.filter((one) => !one.startsWith('Max-Age')).sort(),
  }
}
const names = (browser: Browser) => [...browser.cookies.keys()].sort()

describe('body', () => {
  it('is the default and never sets a cookie, at any step', async () => {
    const { answer } = await logIn(https)
    const refreshed = await https.browser().post('/v1/refresh', answer.json)
    const confirmed = await https.as(refreshed.json).post('/v1/me/confirm', { password })
    for (const one of [answer, refreshed, confirmed]) {
      expect(told(one)).toBe('200')
      expect(one.setCookies).toEqual([])
      expect(one.json.access_token).toBeDefined()
    }
    expect(refreshed.json.refresh_token).toBeDefined()
  })
})

describe('cookie', () => {
  it('puts both tokens into cookies that only the server reads, and none into the body', async () => {
    const { browser, answer } = await logIn(https, 'cookie')
    expect(told(answer)).toBe('200')
    expect(answer.setCookies.map(parts)).toEqual([
      { name: '__Host-sallyport_access', attributes: ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'] },
      { name: '__Secure-sallyport_refresh', attributes: ['HttpOnly', 'Path=/v1', 'SameSite=Lax', 'Secure'] },
      { name: '__Host-sallyport_page', attributes: ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'] },
      { name: '__Host-sallyport_device', attributes: ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'] },
    ])
    for (const line of answer.setCookies) expect(line.length).toBeLessThan(4096)
    expect(answer.text).not.toContain('_token')
    expect(answer.json).toMatchObject({
      session_id: expect.any(String),
      user: { id: ada.user.id && expect.any(String) },
    })
    expect(told(await browser.get('/v1/me'))).toBe('200')
  })

  it('without prefixes and Secure on plain-http localhost', async () => {
    const { answer } = await logIn(local, 'cookie')
    expect(answer.setCookies.map(parts)).toEqual([
      { name: 'sallyport_access', attributes: ['HttpOnly', 'Path=/', 'SameSite=Lax'] },
      { name: 'sallyport_refresh', attributes: ['HttpOnly', 'Path=/v1', 'SameSite=Lax'] },
      { name: 'sallyport_page', attributes: ['HttpOnly', 'Path=/', 'SameSite=Lax'] },
      { name: 'sallyport_device', attributes: ['HttpOnly', 'Path=/', 'SameSite=Lax'] },
    ])
  })

  it('stays so through refreshes, however the token arrives and whatever is asked for', async () => {
    const { browser } = await logIn(local, 'cookie')
    const first = browser.cookies.get('sallyport_refresh')!
    const byCookie = await browser.post('/v1/refresh', { transport: 'body' }, here)
    expect(told(byCookie)).toBe('200')
    const second = browser.cookies.get('sallyport_refresh')!
    expect(second).not.toBe(first)
    const byBody = await local.browser().post('/v1/refresh', { refresh_token: second, transport: 'body' })
    const third = byBody.setCookies.find((line) => line.startsWith('sallyport_refresh='))!.slice(18, 104)
    const byBearer = await local.as({ access_token: third }).post('/v1/refresh', { transport: 'split' })
    for (const one of [byCookie, byBody, byBearer]) {
      expect(told(one)).toBe('200')
      expect(one.text).not.toContain('_token')
      expect(one.setCookies).toHaveLength(2)
    }
  })

  it('lives as long as its tokens, the pages’ as long as the session may, and the device half a year', async () => {
    const { answer } = await logIn(https, 'cookie')
    const ages = answer.setCookies.map((line) => /Max-Age=(\d+)/.exec(line)?.[1])
    expect(ages).toEqual(['300', String(14 * 86_400), String(90 * 86_400), String(180 * 86_400)])
  })

  it('is not adopted from before the log-in', async () => {
    const planted = 'A'.repeat(86)
    const { answer } = await logIn(local, 'cookie', { ...here, cookie: `sallyport_refresh=${planted}` })
    expect(told(answer)).toBe('200')
    expect(answer.setCookies.join()).not.toContain(planted)
  })
})

describe('split', () => {
  it('puts the refresh token into its cookie and the access token into the body, always', async () => {
    const { browser, answer } = await logIn(local, 'split')
    const refreshed = await browser.post('/v1/refresh', undefined, here)
    for (const one of [answer, refreshed]) {
      expect(told(one)).toBe('200')
      expect(one.json.access_token).toBeDefined()
      for (const hidden of ['refresh_token', 'device_token']) expect(one.json).not.toHaveProperty(hidden)
    }
    expect(answer.setCookies.map(parts).map(({ name }) => name)).toEqual([
      'sallyport_refresh',
      'sallyport_page',
      'sallyport_device',
    ])
    expect(refreshed.setCookies.map(parts).map(({ name }) => name)).toEqual(['sallyport_refresh'])
    expect(names(browser)).toEqual(['sallyport_device', 'sallyport_page', 'sallyport_refresh'])
    expect(told(await local.as(refreshed.json).get('/v1/me'))).toBe('200')
    expect(told(await browser.get('/v1/me'))).toBe('401 token_missing')
  })
})

/** SE3 and SE4 on operations that really do something. */
describe('a request that a browser adds cookies to', () => {
  const strangers: [string, Record<string, string>][] = [
    ['says nothing of where it comes from', {}],
    ['comes from another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['comes from a sibling', { origin: 'https://other.id.example', 'sec-fetch-site': 'same-site' }],
    ['comes from an opaque origin', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['comes from a host that begins alike', { origin: 'https://id.example.evil' }],
    ['comes from the http twin', { origin: 'http://id.example' }],
    ['comes from another port', { origin: 'https://id.example:8443' }],
    ['is cross-site and says no origin', { 'sec-fetch-site': 'cross-site' }],
  ]
  const friends: [string, Record<string, string>][] = [
    ['same-origin', here],
    ['typed by the user', { 'sec-fetch-site': 'none' }],
    ['from the issuer itself', { origin: 'https://id.example' }],
    ['from a listed origin', { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }],
  ]
  let browser: Browser
  const acts: [string, string, unknown][] = [
    ['PATCH', '/v1/me', { name: 'Eve' }],
    ['POST', '/v1/refresh', undefined],
    ['POST', '/v1/me/password', { current_password: password, new_password: 'taken over by me' }],
    ['DELETE', '/v1/me/sessions', undefined],
    ['DELETE', '/v1/me', undefined],
    ['POST', '/v1/logout/all', undefined],
    ['POST', '/v1/logout', undefined],
  ]
  beforeAll(async () => {
    browser = (await logIn(https, 'cookie')).browser
  })

  it.each(strangers)('and %s changes nothing', async (_how, headers) => {
    for (const [method, path, body] of acts) {
      const answer = await browser.send(method, path, body, headers)
      expect([method, path, told(answer)]).toEqual([method, path, '403 origin_not_allowed'])
      expect(answer.setCookies).toEqual([])
    }
    const me = await browser.get('/v1/me', headers)
    expect(told(me)).toBe('200')
    expect(me.json).not.toHaveProperty('name')
  })

  it.each(friends)('and is %s may change', async (how, headers) => {
    const answer = await browser.send('PATCH', '/v1/me', { given_name: how }, headers)
    expect(told(answer)).toBe('200')
    expect(answer.json.given_name).toBe(how)
  })

  it('is judged before its content type', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])
      expect(told(await browser.send('PATCH', '/v1/me', 'name=Eve', { 'content-type': type }))).toBe(
        '403 origin_not_allowed',
      )
  })

  it('needs no origin where a token is in the header instead', async () => {
    const { answer } = await logIn(https)
    for (const [, headers] of strangers)
      expect(
        told(
          await https
            .browser()
            .send('PATCH', '/v1/me', {}, { ...headers, authorization: `Bearer ${answer.json.access_token}` }),
        ),
      ).toBe('200')
  })

  it.each(strangers.slice(1))('and %s is not signed in to anybody’s account', async (_how, headers) => {
    for (const transport of ['cookie', 'split']) {
      const { answer } = await logIn(https, transport, headers)
      expect(told(answer)).toBe('403 origin_not_allowed')
      expect(answer.setCookies).toEqual([])
      const body = { email: `x${Math.random()}@example.com`, password, transport }
      const signUp = await https.browser().post('/v1/signup', body, headers)
      expect(told(signUp)).toBe('403 origin_not_allowed')
    }
  })
})
