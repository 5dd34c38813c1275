// Tickets that lead back after signing in, and browsers that bring more than one cookie of the gate.
import { afterEach, describe, expect, it } from 'vitest'
import { operate } from '../testing/administrator.js'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { createVisitor, ours } from '../testing/visitor.js'

const password = 'a door behind the ivy'
const address = 'http://app.example.com/where?q=%EA%B9%80&a=1&b=%26x%3D2'
let sallyport: Sallyport
afterEach(() => sallyport?.close())

const open = async () => {
  const settings = {
    issuer: 'http://auth.example.com',
    'gate.hosts': 'app.example.com',
    'gate.cookie_domain': 'example.com',
    'trusted-proxies': '127.0.0.1',
  }
  sallyport = await openSallyport({ settings })
  await sallyport.signUp({ email: 'ada@example.com', password })
}
const ask = async (cookie = '', more: Record<string, string> = {}) => {
  const { statusCode, headers } = await sallyport.server.inject({
    url: '/gate/nginx',
    headers: {
      ...{ cookie, 'x-original-url': address, 'x-original-method': 'GET', 'sec-fetch-mode': 'navigate' },
      ...more,
    },
    remoteAddress: '127.0.0.1',
  })
  const to = headers['sallyport-location'] as string | undefined
  return { status: statusCode, user: headers['remote-user'], to }
}
const ticketPage = async () => {
  const { pathname, search } = new URL((await ask()).to!)
  return pathname + search
}

describe('a ticket', () => {
  const sendFrom = async (visitor: ReturnType<typeof createVisitor>) => {
    await visitor.send('/sign-in', { identifier: 'ada@example.com', password })
    return visitor.at.answer.headers.location ?? visitor.at.path
  }

  it('of the gate is over in ten minutes, unless a browser has come with it', async () => {
    await open()
    const page = await ticketPage()
    const [visitor, late] = [createVisitor(sallyport), createVisitor(sallyport)]
    await visitor.look(page)
    sallyport.clock.advance(10 * 60_000)
    await late.look(page)
    expect(late.at.answer.text).toContain('is not one of ours')
    expect(await sendFrom(late)).toBe('/account')
    // Whoever came in time may take theirs, and look at the page again meanwhile.
    sallyport.clock.advance(10 * 3_600_000)
    await visitor.look(visitor.at.path)
    expect(await sendFrom(visitor)).toBe(address)
  })

  it('is then that browser’s: another one is not led by it', async () => {
    await open()
    const visitor = createVisitor(sallyport)
    await visitor.look(await ticketPage())
    const other = createVisitor(sallyport)
    await other.look('/account')
    await other.look(visitor.at.path)
    expect(other.at.answer.text).toContain('is not one of ours')
    expect(await sendFrom(other)).toBe('/account')
    expect(await sendFrom(visitor)).toBe(address)
  })

  it('of another tab still leads back when somebody has signed in meanwhile', async () => {
    await open()
    const visitor = createVisitor(sallyport)
    await visitor.look(await ticketPage())
    const first = visitor.at.path
    await visitor.look(await ticketPage())
    expect(await sendFrom(visitor)).toBe(address)
    await visitor.look(first)
    expect(visitor.at.answer.headers.location).toBe(address)
  })

  it('leads a browser that keeps no cookies in no circle', async () => {
    await open()
    const bare = async (path: string) => sallyport.browser().get(path, { accept: 'text/html' })
    const first = await bare(await ticketPage())
    expect(first.status).toBe(303)
    const second = await bare(first.headers.location as string)
    expect([second.status, second.text.includes('is not one of ours')]).toEqual([200, true])
  })
})

describe('more than one cookie of the gate', () => {
  const signIn = async (email: string) => {
    const browser = sallyport.browser()
    const body = { identifier: email, password, transport: 'cookie' }
    const answer = await browser.post('/v1/login', body, { ...ours, origin: 'http://auth.example.com' })
    expect(answer.status).toBe(200)
    const { user } = answer.json as { user: { id: string } }
    return { id: user.id, value: browser.cookies.get('sallyport_gate')!, browser }
  }
  const cookies = (...values: string[]) => values.map((value) => `sallyport_gate=${value}`).join('; ')

  it('lets in whom the only live one speaks for, wherever it stands', async () => {
    await open()
    const ada = await signIn('ada@example.com')
    const over = await signIn('ada@example.com')
    await over.browser.post('/v1/logout', undefined, { ...ours, origin: 'http://auth.example.com' })
    const rubbish = [over.value, 'x', '', 'A'.repeat(43), ada.value.slice(0, -1), '"; x="']
    for (const other of rubbish)
      for (const order of [
        [ada.value, other],
        [other, ada.value],
        [other, ada.value, other],
        [ada.value, ada.value],
      ])
        expect([order, (await ask(cookies(...order))).user]).toEqual([order, ada.id])
    const again = await signIn('ada@example.com')
    expect((await ask(cookies(ada.value, again.value))).user).toBe(ada.id)
    expect((await ask(cookies(over.value, 'x'))).status).toBe(401)
  })

  it('lets nobody in where two accounts are, and tells a browser why without leading it in circles', async () => {
    await open()
    await sallyport.signUp({ email: 'eve@example.com', password })
    const [ada, eve] = [await signIn('ada@example.com'), await signIn('eve@example.com')]
    for (const pair of [cookies(ada.value, eve.value), cookies(eve.value, ada.value)]) {
      const told = await ask(pair)
      expect([told.status, told.user]).toEqual([401, undefined])
      expect(told.to).toBe('http://auth.example.com/sign-in?prompt=login&several=1')
      expect((await ask(pair, { 'sec-fetch-mode': 'cors' })).to).toBeUndefined()
    }
    const visitor = createVisitor(sallyport)
    const said = 'sent the cookies of two accounts'
    expect((await visitor.look('/sign-in?prompt=login&several=1')).text).toContain(said)
    await visitor.send('/sign-in', { identifier: 'ada@example.com', password })
    // Whoever is signed in is told the same, and not led back at once.
    expect((await visitor.look('/sign-in?prompt=login&several=1')).text).toContain(said)
    await operate(sallyport, 'users.disable', { id: eve.id })
    expect((await ask(cookies(ada.value, eve.value))).user).toBe(ada.id)
  })

  it('is not looked at without end', async () => {
    await open()
    const ada = await signIn('ada@example.com')
    const many = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(43))
    expect((await ask(cookies(ada.value, ...many.slice(1)))).user).toBe(ada.id)
    expect((await ask(cookies(ada.value, ...many))).status).toBe(401)
  })

  it('closes no page of ours to the browser', async () => {
    await open()
    const ada = await signIn('ada@example.com')
    const page = `sallyport_page=${ada.browser.cookies.get('sallyport_page')}`
    const cookie = `${page}; ${cookies('x', 'y')}`
    const told = await sallyport.browser().get('/account', { cookie, accept: 'text/html' })
    expect(told.status).toBe(200)
    expect(told.setCookies.join()).toContain(`sallyport_gate=${ada.value}`)
  })
})
