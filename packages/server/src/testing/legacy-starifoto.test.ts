// The evening of the switch from StariFoto, where nobody is signed out: the tokens of its own user service, in the cookies
// in which they lie, are good until a date.
import { createHmac } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { users } from '../domain/tables.js'
import { operate } from './administrator.js'
import type { Browser } from './browser.js'
import { openSallyport, type Sallyport } from './sallyport.js'

let sallyport: Sallyport
afterEach(() => sallyport.close())

const email = 'ada@example.com'
const secret = 'the secret of the old user service, which is HS512 and long enough'
const entry = (kind: 'access' | 'refresh') => ({
  contract: 'starifoto',
  kind,
  algorithm: 'HS512',
  key: secret,
  user: 'sub',
  by: 'email',
  claims: { iss: 'photomap', scope: `${kind.toUpperCase()}_TOKEN` },
  until: '2030-01-08',
})

/** As the old user service made them. */
function old(scope: string, seconds: number): string {
  const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(sallyport.clock.now() / 1000) + seconds
  const input = `${base64url({ alg: 'HS512' })}.${base64url({ iss: 'photomap', sub: email, scope, exp })}`
  return `${input}.${createHmac('sha512', secret).update(input).digest('base64url')}`
}

/** A server that Ada was taken over to, and a request with the cookies of before. */
async function open() {
  const env = { SALLYPORT_LEGACY_TOKENS: JSON.stringify([entry('access'), entry('refresh')]) }
  sallyport = await openSallyport({ settings: { contracts: 'starifoto' }, env })
  const { user } = await operate(sallyport, 'users.create', { email, name: 'Ada', email_verified: true })
  // As the import marks those who come.
  const taken = { taken_over_at: sallyport.clock.now() }
  await sallyport.server.context.store.update(users, { id: user.id }, taken)
  const browser = sallyport.browser()
  const cookie = `accessToken=${old('ACCESS_TOKEN', 86_400)}; refreshToken=${old('REFRESH_TOKEN', 604_800)}`
  return { browser, cookie }
}

const me = (browser: Browser, cookie: string) => browser.get('/api/user/me', { cookie })

it('old access tokens are good, and an old refresh token gives a new pair, once', async () => {
  const { browser, cookie } = await open()
  expect((await me(browser, cookie)).json).toMatchObject({ username: 'Ada', email })
  const answer = await browser.post('/api/auth/refresh', undefined, { cookie })
  expect([answer.status, answer.json.user?.email]).toEqual([200, email])
  expect((await browser.get('/api/user/me')).json).toMatchObject({ email })
  sallyport.clock.advance(11_000)
  expect((await sallyport.browser().post('/api/auth/refresh', undefined, { cookie })).status).toBe(403)
})

it('neither kind stands in for the other, and both end on the day that was said', async () => {
  const { browser, cookie } = await open()
  const swapped = `accessToken=${old('REFRESH_TOKEN', 600)}; refreshToken=${old('ACCESS_TOKEN', 600)}`
  expect((await me(browser, swapped)).status).toBe(403)
  expect((await browser.post('/api/auth/refresh', undefined, { cookie: swapped })).status).toBe(403)
  sallyport.clock.advance(8 * 86_400_000)
  expect((await me(browser, cookie)).status).toBe(403)
  const late = `refreshToken=${old('REFRESH_TOKEN', 600)}`
  expect((await browser.post('/api/auth/refresh', undefined, { cookie: late })).status).toBe(403)
})
