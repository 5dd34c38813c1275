// On the way from the sign-in page back to an application, for somebody who is signed in already: what the application
// takes is the access cookie, which is over in minutes.
import { afterEach, describe, expect, it } from 'vitest'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { createVisitor, ours, type Visitor } from '../testing/visitor.js'

const app = 'https://notes.example.com'
const there = `${app}/page?id=7`
const html = { accept: 'text/html' }
const minute = 60_000

let open: Sallyport | undefined
afterEach(() => open?.close())

async function signedIn(): Promise<{ sallyport: Sallyport; visitor: Visitor }> {
  const sallyport = await openSallyport({ settings: { origins: app } })
  open = sallyport
  const visitor = createVisitor(sallyport)
  await visitor.look('/sign-up')
  await visitor.send('/sign-up', {
    identifier: 'ada@example.com',
    password: 'a door behind the ivy',
    name: 'Ada',
  })
  return { sallyport, visitor }
}

const signInTo = (address: string, more = '') => `/sign-in?return_to=${encodeURIComponent(address)}${more}`
const cookiesOf = ({ browser }: Visitor, ...without: string[]) =>
  [...browser.cookies]
    .filter(([name]) => !without.includes(name))
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
const sessionCount = async ({ browser }: Visitor) => (await browser.get('/v1/me/sessions')).json.items.length

describe('whoever is signed in and comes to be led back', () => {
  it('has an access cookie again where the last one is over, and is in the same session', async () => {
    const { sallyport, visitor } = await signedIn()
    sallyport.clock.advance(6 * minute)
    expect((await visitor.browser.get('/v1/me')).status).toBe(401)
    const before = visitor.browser.cookies
    expect((await visitor.look(signInTo(there))).headers.location).toBe(there)
    expect(visitor.at.path).toMatch(/^\/v1\/renew\?rt=/)
    expect((await visitor.browser.get('/v1/me')).json.email).toBe('ada@example.com')
    expect(await sessionCount(visitor)).toBe(1)
    expect(visitor.browser.cookies.get('sallyport_refresh')).not.toBe(before.get('sallyport_refresh'))
    expect(visitor.browser.cookies.get('sallyport_page')).toBe(before.get('sallyport_page'))
    expect(sallyport.events).not.toContain('session.reuse_detected')
  })

  it('goes on at once with one that is good', async () => {
    const { visitor } = await signedIn()
    const answer = await visitor.browser.get(signInTo(there), html)
    expect([answer.status, answer.headers.location]).toEqual([303, there])
    expect(answer.setCookies).toEqual([])
  })

  it('goes on as it is where another site sent it, which sees none of the cookies and could close the window', async () => {
    const { visitor } = await signedIn()
    const cookie = cookiesOf(visitor, 'sallyport_access')
    const sent = { ...html, cookie, 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' }
    const answer = await visitor.browser.get(signInTo(there), sent)
    expect([answer.status, answer.headers.location]).toEqual([303, there])
    const { headers } = await visitor.browser.get(signInTo(there), { ...html, cookie })
    expect(headers.location).toMatch(/^\/v1\/renew/)
    expect((await visitor.browser.get(String(headers.location), sent)).status).toBe(404)
  })

  it('gets the same tokens where several tabs come at once, and none ends the session', async () => {
    const { sallyport, visitor } = await signedIn()
    const cookie = cookiesOf(visitor, 'sallyport_access')
    const { headers } = await visitor.browser.get(signInTo(there), { ...html, cookie })
    const ways = await Promise.all(
      Array.from({ length: 8 }, () => visitor.browser.get(String(headers.location), { ...html, cookie })),
    )
    expect(new Set(ways.map((way) => way.headers.location))).toEqual(new Set([there]))
    const tokens = ways.map(({ setCookies }) =>
      setCookies.find((line) => line.startsWith('sallyport_refresh=')),
    )
    expect(new Set(tokens.map((line) => line?.split(';')[0])).size).toBe(1)
    // A browser whose answer was lost long ago.
    sallyport.clock.advance(5 * minute)
    const late = await visitor.browser.get(String(headers.location), { ...html, cookie })
    expect(late.headers.location).toBe(there)
    expect(sallyport.events).not.toContain('session.reuse_detected')
  })

  it('is asked whether to go on where there is no refresh cookie, and is led in no circle', async () => {
    const { sallyport, visitor } = await signedIn()
    const cookie = cookiesOf(visitor, 'sallyport_access', 'sallyport_refresh')
    let path = signInTo(there)
    const statuses: number[] = []
    for (let at = 0; at < 5; at++) {
      const { status, headers, text } = await sallyport.browser().get(path, { ...html, cookie })
      statuses.push(status)
      path = String(headers.location)
      if (status === 200) expect(text).toContain(`href="${there}"`)
      if (status === 200) break
    }
    expect(statuses).toEqual([303, 303, 200])
  })

  it('signs in where the session has ended', async () => {
    const { visitor } = await signedIn()
    expect((await visitor.browser.post('/v1/logout', undefined, ours)).status).toBe(204)
    expect((await visitor.look(signInTo(there))).text).toContain('name="password"')
  })
})

describe('the way by which an access cookie is made anew', () => {
  const renew = (visitor: Visitor, rt: string, headers: Record<string, string> = html) =>
    visitor.browser.get(`/v1/renew?rt=${rt}`, headers)

  it('spends nothing for a ticket that the sign-in page did not make for this browser', async () => {
    const { sallyport, visitor } = await signedIn()
    const stranger = createVisitor(sallyport)
    await stranger.look(signInTo(there))
    const [form] = stranger.forms().filter(({ action }) => action === '/sign-in')
    const theirs = String(form?.fields.rt)
    const own = String(
      (
        await visitor.browser.get(signInTo(there), {
          ...html,
          cookie: cookiesOf(visitor, 'sallyport_access'),
        })
      ).headers.location,
    )
    const before = visitor.browser.cookies.get('sallyport_refresh')
    for (const rt of [theirs, '', 'nonsense', encodeURIComponent(there)]) {
      const answer = await renew(visitor, rt)
      expect([answer.status, answer.headers.location, answer.setCookies]).toEqual([303, '/sign-in', []])
    }
    sallyport.clock.advance(25 * 60 * minute)
    expect((await visitor.browser.get(own, html)).headers.location).toBe('/sign-in')
    expect(visitor.browser.cookies.get('sallyport_refresh')).toBe(before)
  })

  it('is for browsers that go there, and for no script of a page', async () => {
    const { visitor } = await signedIn()
    const { headers } = await visitor.browser.get(signInTo(there), {
      ...html,
      cookie: cookiesOf(visitor, 'sallyport_access'),
    })
    const way = String(headers.location)
    expect(way).toMatch(/^\/v1\/renew/)
    for (const said of [
      { accept: '*/*' },
      { ...html, 'sec-fetch-mode': 'cors' },
      { ...html, 'sec-fetch-mode': 'no-cors' },
    ])
      expect((await visitor.browser.get(way, said)).status).toBe(404)
    expect((await visitor.browser.send('POST', way, {}, ours)).status).toBe(404)
  })
})
