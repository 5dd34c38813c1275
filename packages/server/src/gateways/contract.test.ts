// The gate with a contract of an earlier backend: whose tokens count, and in whose words those without are refused.
import { afterEach, describe, expect, it } from 'vitest'
import { users } from '../domain/tables.js'
import { operate } from '../testing/administrator.js'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { askingOf, type Headers, navigates } from './asking.js'

let sallyport: Sallyport
const ask = askingOf(() => sallyport)
afterEach(() => sallyport?.close())

const password = 'a door behind the ivy'

describe('on an earlier backend’s wire', () => {
  const start = async () => {
    const settings = {
      'trusted-proxies': '127.0.0.1',
      'gate.hosts': 'localhost:8080',
      contracts: 'starifoto',
    }
    sallyport = await openSallyport({ settings })
    const browser = sallyport.browser()
    const word = Buffer.from(password).toString('base64')
    const made = await browser.post('/api/auth/sign-up', {
      username: 'Ada',
      email: 'ada@example.com',
      password: word,
    })
    expect(made.status, made.text).toBeLessThan(300)
    expect((await sallyport.browser().get('/sign-in', { accept: 'text/html' })).status).toBe(200)
    const link = ((await sallyport.mail('ada@example.com'))[0]!.facts as { link: string }).link
    await browser.post('/api/auth/email/confirm', { token: new URL(link).searchParams.get('token') })
    const answer = await browser.post('/api/auth/login', { email: 'ada@example.com', password: word })
    expect(answer.status).toBe(200)
    const [user] = await sallyport.server.context.store.list(users, { limit: 1 })
    return { browser, access: answer.json.accessToken as string, id: user!.id }
  }
  const query = '?contract=starifoto&headers=user'

  it('knows its tokens, in the header first, then in its cookie, and elsewhere too', async () => {
    const { access } = await start()
    const cookie = { cookie: `accessToken=${access}` }
    const good = { authorization: `Bearer ${access}` }
    for (const headers of [good, cookie]) {
      const told = await ask('caddy', headers as Headers, { query })
      expect([told.status, told.headers['x-user-email']]).toEqual([200, 'ada@example.com'])
      expect((await ask('caddy', headers as Headers)).status).toBe(200)
    }
    expect((await ask('caddy', { ...cookie, authorization: 'Bearer nonsense' }, { query })).status).toBe(403)
  })

  it('says no in its words: the access cookie goes, the refresh cookie stays, nobody is led away', async () => {
    const { access, browser } = await start()
    const said = async (headers: Headers) => {
      const told = await ask('caddy', { ...navigates, ...headers }, { query })
      return { ...told, json: JSON.parse(told.text), cookies: [told.headers['set-cookie'] ?? []].flat() }
    }
    const none = await said({})
    expect([none.status, none.json.message, none.headers.location]).toEqual([403, 'Access Denied', undefined])
    expect(none.cookies).toEqual([])
    // The path is the visitor's: where the gateway asks is not theirs to know.
    const { timestamp, ...body } = none.json
    expect(Date.parse(timestamp)).toBe(sallyport.clock.now())
    expect(body).toEqual({ status: 403, error: 'Forbidden', message: 'Access Denied', path: '/where' })
    const wrong = await ask('caddy', navigates, { query: `${query}&nonsense=1` })
    expect([wrong.status, JSON.parse(wrong.text)]).toEqual([
      403,
      { ...body, path: '', timestamp: expect.anything(), message: expect.anything() },
    ])
    await browser.post('/api/auth/logout')
    for (const token of [access, 'nonsense']) {
      const over = await said({ cookie: `accessToken=${token}; refreshToken=kept` })
      expect([over.status, over.json.message]).toEqual([
        403,
        'Failed to authenticate. Token is invalid or expired.',
      ])
      expect(over.cookies).toEqual(['accessToken=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0'])
    }
  })

  it('lets a token count no more once roles are others, the next one by those, and none of somebody disabled', async () => {
    const { browser, access, id } = await start()
    const passes = async (token: string, more = '') =>
      (await ask('caddy', { authorization: `Bearer ${token}` }, { query: query + more })).status
    const refreshed = async () => (await browser.post('/api/auth/refresh')).json.accessToken as string
    expect([await passes(access), await passes(access, '&role=ops')]).toEqual([200, 403])
    await operate(sallyport, 'users.update', { id, add_roles: ['ops'] })
    expect(await passes(access)).toBe(403)
    const next = await refreshed()
    expect([await passes(next), await passes(next, '&role=ops')]).toEqual([200, 200])
    await operate(sallyport, 'users.update', { id, remove_roles: ['ops'] })
    const last = await refreshed()
    expect([await passes(next), await passes(last), await passes(last, '&role=ops')]).toEqual([403, 200, 403])
    await operate(sallyport, 'users.disable', { id })
    expect(await passes(last)).toBe(403)
  })
})
