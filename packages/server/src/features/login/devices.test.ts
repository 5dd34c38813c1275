import { afterEach, describe, expect, it } from 'vitest'
import type { Browser } from '../../testing/browser.js'
import { openSallyport, type Sallyport, type SignedUp, withDatabaseFile } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

let open: Sallyport | undefined
afterEach(() => open?.close())

const start = async (settings: Record<string, string> = {}) => {
  open = await openSallyport({ settings: { 'limits.login_account.max': '3', ...settings } })
  return open
}
const logIn = (browser: Browser, user: SignedUp, fields: Record<string, unknown> = {}) =>
  browser.post('/v1/login', { identifier: user.email, password: user.password, ...fields })

/** Spends what strangers may guess at an account. */
async function burn(sallyport: Sallyport, user: SignedUp): Promise<void> {
  const guess = { password: 'a wrong guess' }
  for (let at = 0; at < 3; at++)
    expect(told(await logIn(sallyport.browser(), user, guess))).toBe('401 invalid_credentials')
  expect(told(await logIn(sallyport.browser(), user))).toBe('429 too_many_requests')
}

const nextDay = 86_400_000

describe('a known device', () => {
  it('is a browser with the cookie of an earlier log-in: its owner gets in although strangers spent the tries', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    const browser = sallyport.browser()
    const first = await logIn(browser, user, { transport: 'cookie' })
    const [set] = first.setCookies.filter((line) => line.startsWith('sallyport_device='))
    expect(set).toMatch(/^sallyport_device=[\w-]{72}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=15552000$/)
    expect(first.text).not.toContain('device')
    await burn(sallyport, user)
    expect(told(await logIn(browser, user))).toBe('200')
    expect(told(await logIn(browser, user, { transport: 'split' }))).toBe('200')
  })

  it('is an app that sends back the token that it got in a body', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    const { device_token, device_expires_in } = (await logIn(sallyport.browser(), user)).json
    expect(device_expires_in).toBe(180 * 86_400)
    await burn(sallyport, user)
    expect(told(await logIn(sallyport.browser(), user, { device_token }))).toBe('200')
  })

  it('is the one that the account was made on', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    const { device_token } = user as unknown as { device_token: string }
    await burn(sallyport, user)
    expect(told(await logIn(sallyport.browser(), user, { device_token }))).toBe('200')
  })

  it('stays known when the session ends by a log-out', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    const browser = sallyport.browser()
    await logIn(browser, user, { transport: 'cookie' })
    const left = await browser.post('/v1/logout', undefined, { origin: 'http://localhost:4400' })
    expect(told(left)).toBe('204')
    expect([...browser.cookies.keys()]).toEqual(['sallyport_device'])
    await burn(sallyport, user)
    expect(told(await logIn(browser, user))).toBe('200')
  })

  it('has ten tries of its own, which its next log-in does not make more', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    const { device_token } = (await logIn(sallyport.browser(), user)).json
    const renewed = (await logIn(sallyport.browser(), user, { device_token })).json.device_token
    expect(renewed).toBeTypeOf('string')
    const known = (fields: object, at: number) =>
      logIn(sallyport.browser(), user, { device_token: at % 2 ? device_token : renewed, ...fields })
    for (let at = 0; at < 10; at++)
      expect(told(await known({ password: 'not it' }, at))).toBe('401 invalid_credentials')
    const refused = await known({}, 0)
    expect(told(refused)).toBe('429 too_many_requests')
    expect(refused.headers['retry-after']).toBe('900')
    expect(told(await logIn(sallyport.browser(), user))).toBe('200')
  })

  it('gives strangers no new tries when it signs in', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    const { device_token } = (await logIn(sallyport.browser(), user)).json
    await burn(sallyport, user)
    expect(told(await logIn(sallyport.browser(), user, { device_token }))).toBe('200')
    expect(told(await logIn(sallyport.browser(), user))).toBe('429 too_many_requests')
  })

  it('is a stranger to every other account, and its failures there count as a stranger’s', async () => {
    const sallyport = await start()
    const [ada, eve] = [await sallyport.signUp(), await sallyport.signUp()]
    const { device_token } = (await logIn(sallyport.browser(), eve)).json
    await burn(sallyport, ada)
    expect(told(await logIn(sallyport.browser(), ada, { device_token }))).toBe('429 too_many_requests')
  })

  it('is a stranger after the password was changed', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    const session = (await logIn(sallyport.browser(), user)).json
    sallyport.clock.advance(1000)
    const changed = { current_password: user.password, new_password: 'quite another one' }
    expect(told(await sallyport.as(session).post('/v1/me/password', changed))).toBe('204')
    const now = { ...user, password: 'quite another one' }
    await burn(sallyport, now)
    const { device_token } = session
    expect(told(await logIn(sallyport.browser(), now, { device_token }))).toBe('429 too_many_requests')
  })

  it('is a stranger after 180 days without a log-in, and not before', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    const { device_token } = (await logIn(sallyport.browser(), user)).json
    sallyport.clock.advance(180 * nextDay - 1)
    await burn(sallyport, user)
    const renewed = await logIn(sallyport.browser(), user, { device_token })
    expect(told(renewed)).toBe('200')
    sallyport.clock.advance(1)
    expect(told(await logIn(sallyport.browser(), user, { device_token }))).toBe('429 too_many_requests')
    expect(told(await logIn(sallyport.browser(), user, { device_token: renewed.json.device_token }))).toBe(
      '200',
    )
  })

  it.each([
    [
      'a token with another last character',
      (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
    ],
    [
      'a token with another device in it',
      (token: string) => `${token[0] === 'A' ? 'B' : 'A'}${token.slice(1)}`,
    ],
    ['a token that is cut', (token: string) => token.slice(0, -4)],
    ['a token that goes on', (token: string) => `${token}AAAA`],
    ['no token at all', () => ''],
    ['a refresh token', (_token: string, user: SignedUp) => user.refresh_token],
  ])('is not made by %s', async (_what, alter) => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    const { device_token } = (await logIn(sallyport.browser(), user)).json
    await burn(sallyport, user)
    const altered = await logIn(sallyport.browser(), user, { device_token: alter(device_token, user) })
    expect(told(altered)).toBe('429 too_many_requests')
  })

  it('is told apart by a member of the right type, and by no cookie of another shape', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    expect(told(await logIn(sallyport.browser(), user, { device_token: 7 }))).toBe('400 invalid_request')
    const cookie = `sallyport_device=${'x'.repeat(4000)}`
    const body = { identifier: user.email, password: user.password }
    expect(told(await sallyport.browser().post('/v1/login', body, { cookie }))).toBe('200')
  })

  it('is known to a server with the next master secret', async () => {
    await withDatabaseFile(async (settings) => {
      const old = { current: Buffer.alloc(32, 1) }
      const before = await openSallyport({ settings, secret: old })
      const user = await before.signUp()
      const { device_token } = (await logIn(before.browser(), user)).json
      await before.close()
      const secret = { current: Buffer.alloc(32, 2), also: old.current }
      const after = await openSallyport({
        settings: { ...settings, 'limits.login_account.max': '3' },
        secret,
      })
      await burn(after, user)
      expect(told(await logIn(after.browser(), user, { device_token }))).toBe('200')
      await after.close()
    })
  })

  it('carries the prefix that ties a cookie to this host, behind https', async () => {
    const sallyport = await start({ issuer: 'https://id.example' })
    const user = await sallyport.signUp()
    const { setCookies } = await logIn(sallyport.browser(), user, { transport: 'cookie' })
    const [set] = setCookies.filter((line) => line.startsWith('__Host-sallyport_device='))
    expect(set).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=15552000$/)
  })
})
