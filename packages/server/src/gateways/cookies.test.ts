// A browser that brings several cookies: what has ended leaves the word to what has not, also where the gate remembers it.
import { afterEach, expect, it } from 'vitest'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { ours } from '../testing/visitor.js'

let sallyport: Sallyport
afterEach(() => sallyport?.close())

const password = 'a door behind the ivy'
const settings = {
  'trusted-proxies': '127.0.0.1',
  issuer: 'http://auth.example.com',
  'gate.cookie_domain': 'example.com',
  'gate.hosts': '*.example.com',
}

async function ask(cookies: Record<string, string | undefined>) {
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`)
  const answer = await sallyport.server.inject({
    url: '/gate/nginx',
    headers: {
      'x-original-url': 'http://app.example.com/where',
      'x-original-method': 'GET',
      cookie: cookie.join('; '),
    },
    remoteAddress: '127.0.0.1',
  })
  return [answer.statusCode, answer.headers['remote-user']]
}

async function signIn(identifier: string) {
  const browser = sallyport.browser()
  const headers = { ...ours, origin: 'http://auth.example.com' }
  const body = { identifier, password, transport: 'cookie' }
  expect((await browser.post('/v1/login', body, headers)).status).toBe(200)
  const [page, gate] = ['sallyport_page', 'sallyport_gate'].map((name) => browser.cookies.get(name))
  const out = async () => expect((await browser.post('/v1/logout', undefined, headers)).status).toBe(204)
  return { page, gate, out }
}

it('an access cookie that has ended leaves the word to that of the pages', async () => {
  sallyport = await openSallyport({ settings })
  const signedUp = await sallyport.signUp({ password })
  const { user, email, access_token } = signedUp
  expect(await ask({ sallyport_access: access_token })).toEqual([200, user.id])
  expect((await sallyport.as(signedUp).post('/v1/logout')).status).toBe(204)
  expect(await ask({ sallyport_access: access_token })).toEqual([401, undefined])
  const { page } = await signIn(email)
  expect(await ask({ sallyport_access: access_token, sallyport_page: page })).toEqual([200, user.id])
})

it('a cookie of the gate that has ended leaves the word to that of the pages', async () => {
  sallyport = await openSallyport({ settings })
  const { user, email } = await sallyport.signUp({ password })
  const [before, after] = [await signIn(email), await signIn(email)]
  expect(await ask({ sallyport_gate: before.gate })).toEqual([200, user.id])
  await before.out()
  expect(await ask({ sallyport_gate: before.gate })).toEqual([401, undefined])
  expect(await ask({ sallyport_gate: before.gate, sallyport_page: after.page })).toEqual([200, user.id])
})
