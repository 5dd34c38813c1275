// The hosted pages through the front door, without scripts and without eyes: what is sent, what is kept, who is let in.
// The real browser is in journeys/.
import { afterEach, describe, expect, it } from 'vitest'
import { sessions } from '../domain/tables.js'
import { type Options, openSallyport, type Sallyport } from '../testing/sallyport.js'
import { attribute, createVisitor, ours } from '../testing/visitor.js'

let open: Sallyport | undefined
afterEach(() => open?.close())
const start = async (options: Options = {}) => {
  open = await openSallyport(options)
  return open
}

const password = 'a door behind the ivy'
const someone = async (sallyport: Sallyport, identifier = 'ada@example.com') => {
  const visitor = createVisitor(sallyport)
  await visitor.look('/sign-up')
  await visitor.send('/sign-up', { identifier, password, name: 'Ada' })
  expect(visitor.at.path).toBe('/account')
  return visitor
}

describe('signing up', () => {
  it('makes the account that the API knows, and signs the browser in on pages and at the API alike', async () => {
    const sallyport = await start()
    const visitor = await someone(sallyport)
    expect([...visitor.browser.cookies.keys()].sort()).toEqual(
      [
        'sallyport_access',
        'sallyport_device',
        'sallyport_flow',
        'sallyport_form',
        'sallyport_page',
        'sallyport_refresh',
        'sallyport_return',
      ].sort(),
    )
    const me = await visitor.browser.get('/v1/me')
    expect(me.json).toMatchObject({ email: 'ada@example.com', name: 'Ada', locale: 'en' })
    expect((await visitor.browser.post('/v1/refresh', undefined, ours)).status).toBe(200)
    expect(visitor.at.answer.text).toContain('Ada')
  })

  it('takes a username where it is none with an @', async () => {
    const visitor = await someone(await start(), 'grace')
    expect((await visitor.browser.get('/v1/me')).json.preferred_username).toBe('grace')
  })

  it('shows the form again with what was typed, the password excepted, and names the field', async () => {
    const visitor = createVisitor(await start())
    await visitor.look('/sign-up')
    const fields = { identifier: 'ada@example.com', password: 'short', name: 'Ada' }
    const again = await visitor.send('/sign-up', fields)
    expect(again.status).toBe(422)
    expect(again.text).toContain('<title>Error: Create an account')
    expect(again.text).toMatch(
      /<a href="#password">Password: The password needs at least 8 characters\.<\/a>/,
    )
    const [form] = visitor.forms()
    expect(form!.fields).toMatchObject({ identifier: 'ada@example.com', name: 'Ada', password: '' })
    const input = /<input[^>]*id="password"[^>]*>/.exec(again.text)![0]
    expect(attribute(input, 'aria-invalid')).toBe('true')
    expect(attribute(input, 'aria-describedby')).toBe('password-wrong password-hint')
  })

  it('says at the field that an address is taken, and that an address is none', async () => {
    const sallyport = await start()
    await someone(sallyport)
    const visitor = createVisitor(sallyport)
    await visitor.look('/sign-up')
    const taken = await visitor.send('/sign-up', { identifier: 'ADA@example.com', password })
    expect(taken.status).toBe(409)
    expect(taken.text).toContain('href="#identifier"')
    const none = await visitor.send('/sign-up', { identifier: 'ada@', password })
    expect(none.status).toBe(400)
    expect(none.text).toContain('Write an email address such as')
  })

  it('is not offered where strangers may make no accounts, and refused all the same', async () => {
    const visitor = createVisitor(await start({ settings: { 'signup.open': 'false' } }))
    const closed = await visitor.look('/sign-up')
    expect(closed.status).toBe(403)
    expect((await visitor.look('/sign-in')).text).not.toContain('/sign-up')
    const { form } = visitor.forms()[0]!.fields
    const body = new URLSearchParams({ form: form!, identifier: 'eve@example.com', password }).toString()
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await visitor.browser.send('POST', '/sign-up', body, { ...ours, ...type })).status).toBe(403)
  })
})

describe('signing in', () => {
  it('says one sentence for a wrong password and for nobody, with the status of the API', async () => {
    const sallyport = await start()
    await someone(sallyport)
    const told: string[] = []
    for (const identifier of ['ada@example.com', 'nobody@example.com']) {
      const visitor = createVisitor(sallyport)
      await visitor.look('/sign-in')
      const answer = await visitor.send('/sign-in', { identifier, password: 'not the one' })
      expect(answer.status).toBe(401)
      told.push(/role="alert"[\s\S]*?<\/div>/.exec(answer.text)![0])
    }
    expect(told[0]).toBe(told[1])
  })

  it('counts against the limits of the API, and says how long to wait', async () => {
    const sallyport = await start({ settings: { 'limits.login_account.max': '2' } })
    await someone(sallyport)
    const visitor = createVisitor(sallyport)
    await visitor.look('/sign-in')
    const wrong = { identifier: 'ada@example.com', password: 'not the one' }
    await visitor.send('/sign-in', wrong)
    await sallyport.browser().post('/v1/login', wrong)
    const refused = await visitor.send('/sign-in', { ...wrong, password })
    expect(refused.status).toBe(429)
    expect(refused.headers['retry-after']).toBe('900')
    expect(refused.text).toContain('Try again in 15 minutes.')
    expect(refused.text).toContain('data-wait="900"')
    expect((await sallyport.browser().post('/v1/login', { ...wrong, password })).status).toBe(429)
  })

  it('is audited like the API, with the browser’s name and without what was typed', async () => {
    const sallyport = await start()
    await someone(sallyport)
    const visitor = createVisitor(sallyport)
    await visitor.look('/sign-in')
    await visitor.send('/sign-in', { identifier: 'ada@example.com', password: 'my canary word' })
    await visitor.send('/sign-in', { identifier: 'ada@example.com', password })
    expect(sallyport.events.filter((name) => name.startsWith('login.'))).toEqual([
      'login.failed',
      'login.succeeded',
    ])
    expect(sallyport.logged.join('\n')).not.toMatch(/my canary word|a door behind the ivy/)
  })

  it('leads back to the page that asked for it', async () => {
    const sallyport = await start()
    await someone(sallyport)
    const visitor = createVisitor(sallyport)
    await visitor.look('/account/sessions')
    expect(visitor.at.path).toMatch(/^\/sign-in\?rt=/)
    await visitor.send('/sign-in', { identifier: 'ada@example.com', password })
    expect(visitor.at.path).toBe('/account/sessions')
  })

  it('uses the known device of the browser: strangers who spent the tries do not keep its owner out', async () => {
    const sallyport = await start({ settings: { 'limits.login_account.max': '1' } })
    const visitor = await someone(sallyport)
    await visitor.send('/sign-out')
    const wrong = { identifier: 'ada@example.com', password: 'not the one' }
    for (let at = 0; at < 2; at++) await sallyport.browser().post('/v1/login', wrong)
    await visitor.look('/sign-in')
    await visitor.send('/sign-in', { identifier: 'ada@example.com', password })
    expect(visitor.at.path).toBe('/account')
  })
})

describe('the page cookie', () => {
  it('is 43 characters, of which the store keeps a hash, and no API takes it for a token', async () => {
    const sallyport = await start()
    const visitor = await someone(sallyport)
    const token = visitor.browser.cookies.get('sallyport_page')!
    expect(token).toMatch(/^[\w-]{43}$/)
    const [row] = await sallyport.server.context.store.list(sessions, { limit: 1 })
    expect(row!.page_hash).toHaveLength(32)
    expect(JSON.stringify(row)).not.toContain(token)
    const alone = { cookie: `sallyport_page=${token}` }
    expect((await sallyport.browser().get('/v1/me', alone)).status).toBe(401)
    for (const authorization of [`Bearer ${token}`, `bearer ${token}`])
      expect((await sallyport.browser().get('/v1/me', { authorization })).status).toBe(401)
    const refresh = await sallyport.browser().post('/v1/refresh', { refresh_token: token })
    expect(refresh.status).toBe(401)
    expect((await sallyport.browser().get('/account', { ...alone, accept: 'text/html' })).status).toBe(200)
  })

  it('is set by a log-in of the API in cookie transport too, and never in body transport', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    const browser = sallyport.browser()
    const fields = { identifier: user.email, password: user.password }
    await browser.post('/v1/login', fields)
    expect(browser.cookies.has('sallyport_page')).toBe(false)
    const answer = await browser.post('/v1/login', { ...fields, transport: 'cookie' }, ours)
    expect(answer.text).not.toContain('page')
    expect((await browser.get('/account', { accept: 'text/html' })).status).toBe(200)
  })

  it.each([
    ['another secret', (token: string) => token.slice(0, -4) + (token.endsWith('AAAA') ? 'BBBA' : 'AAAA')],
    [
      'another spelling',
      (token: string) => `${token.slice(0, -1)}${String.fromCharCode(token.charCodeAt(42) + 1)}`,
    ],
    ['less', (token: string) => token.slice(0, -1)],
    ['more', (token: string) => `${token}A`],
    ['nothing', () => ''],
    ['a refresh token', (_: string, refresh: string) => refresh],
  ])('with %s opens nothing', async (_what, alter) => {
    const visitor = await someone(await start())
    const { cookies } = visitor.browser
    const value = alter(cookies.get('sallyport_page')!, cookies.get('sallyport_refresh') ?? 'x')
    const answer = await open!.browser().get('/account', { cookie: `sallyport_page=${value}` })
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toMatch(/^\/sign-in\?rt=/)
  })

  it('ends with its session, wherever that was ended', async () => {
    const sallyport = await start()
    const visitor = await someone(sallyport)
    const other = createVisitor(sallyport)
    await other.look('/sign-in')
    await other.send('/sign-in', { identifier: 'ada@example.com', password })
    sallyport.clock.advance(1000)
    expect((await visitor.browser.post('/v1/logout/all', undefined, ours)).status).toBe(204)
    await other.look('/account')
    expect(other.at.path).toMatch(/^\/sign-in\?rt=.*ended=1/)
    expect(other.at.answer.text).toContain('Your session has ended.')
  })

  it('slides on the server at most once a minute, without a new cookie, and never past the absolute end', async () => {
    const sallyport = await start({
      settings: { 'refresh-token.idle-ttl': '10m', 'refresh-token.absolute-ttl': '25m' },
    })
    const visitor = await someone(sallyport)
    const row = async () => (await sallyport.server.context.store.list(sessions, { limit: 1 }))[0]!
    const began = (await row()).idle_ends_at
    sallyport.clock.advance(59_000)
    await visitor.look('/account')
    expect((await row()).idle_ends_at).toBe(began)
    sallyport.clock.advance(1000)
    const answer = await visitor.look('/account')
    expect((await row()).idle_ends_at).toBe(began + 60_000)
    expect(answer.setCookies).toEqual([])
    for (let at = 0; at < 2; at++) {
      sallyport.clock.advance(9 * 60_000)
      expect((await visitor.look('/account')).status).toBe(200)
    }
    sallyport.clock.advance(6 * 60_000)
    await visitor.look('/account')
    expect(visitor.at.path).toMatch(/^\/sign-in/)
  })

  it('is not good at the pages of another contract’s session, and dies with a disabled user at once', async () => {
    const sallyport = await start()
    const visitor = await someone(sallyport)
    const { store } = sallyport.server.context
    const [row] = await store.list(sessions, { limit: 1 })
    await store.update(sessions, { id: row!.id }, { contract: 'another' })
    expect((await visitor.look('/account')).text).toContain('Sign in')
    await store.update(sessions, { id: row!.id }, { contract: 'native', epoch: 7 })
    await visitor.look('/account')
    expect(visitor.at.path).toMatch(/^\/sign-in/)
  })

  it('carries its prefixes and Secure behind https', async () => {
    const sallyport = await start({ settings: { issuer: 'https://id.example' } })
    const visitor = createVisitor(sallyport)
    const shown = await visitor.look('/sign-up')
    expect(shown.setCookies[0]).toMatch(
      /^__Host-sallyport_form=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    )
    expect(shown.headers['strict-transport-security']).toBe('max-age=31536000')
    const headers = { origin: 'https://id.example' }
    await visitor.send('/sign-up', { identifier: 'ada@example.com', password }, headers)
    const set = visitor.browser.cookies
    expect([...set.keys()].filter((name) => !/^__(Host|Secure)-/.test(name))).toEqual([])
    expect(set.has('__Host-sallyport_page')).toBe(true)
  })
})
