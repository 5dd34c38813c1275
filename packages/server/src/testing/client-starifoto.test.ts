// The user interface of StariFoto: cookies, passwords in base64, and a refresh at 403.
import { afterEach, describe, expect, it } from 'vitest'
import { type Backend, createVisitor, loadClient, mailTo, openBackend, type Visitor } from './clients.js'

const email = 'ada@example.com'
const password = 'a door behind the ivy'
let backend: Backend
afterEach(() => backend.close())

const open = async () => {
  backend = await openBackend('starifoto')
  return createVisitor('http://localhost:5173')
}

describe('the front end of StariFoto', () => {
  /** A tab of this browser, and where it was led. */
  async function tab(browser: Visitor) {
    // biome-ignore lint/suspicious/noExplicitAny: plain JavaScript, written by others
    const { createUser } = await loadClient<any>('starifoto/user.js')
    const led: string[] = []
    const navigate = (path: string) => void led.push(path)
    return { user: createUser({ ...browser, baseUrl: backend.url, navigate }), led }
  }

  async function signedIn() {
    const browser = await open()
    const { user, led } = await tab(browser)
    await user.signUp({ username: 'Ada', email, password })
    await user.confirmEmail((await mailTo(backend.url, email)).token)
    await user.logIn(email, password)
    browser.seen.length = 0
    return { browser, user, led }
  }

  it('signs up, confirms and logs in, and is told what is wrong', async () => {
    const { user } = await tab(await open())
    await user.signUp({ username: 'Ada', email, password })
    await expect(user.logIn(email, password)).rejects.toMatchObject({
      status: 418,
      message: 'Email is not confirmed',
    })
    await expect(user.signUp({ username: 'Ada', email, password })).rejects.toThrow('Email is used')
    await user.confirmEmail((await mailTo(backend.url, email)).token)
    await expect(user.logIn(email, 'a door behind the rose')).rejects.toThrow('Authentication failed')
    const ada = await user.logIn(email, password)
    expect(ada).toMatchObject({ username: 'Ada', email, provider: 'LOCAL' })
    expect(await user.load()).toEqual(ada)
  })

  it('takes a password in Latin-1 and changes it', async () => {
    const { user } = await signedIn()
    await user.changePassword(password, 'grünes Tor am See')
    expect(await user.logIn(email, 'grünes Tor am See')).toMatchObject({ email })
  })

  it('goes on after the access token has expired, with a refresh that all calls wait for', async () => {
    const { browser, user } = await signedIn()
    await backend.advance(86_401)
    const loaded = await Promise.all([user.load(), user.load(), user.load()])
    expect(loaded.map((one) => one.email)).toEqual([email, email, email])
    // A 403 that comes after the refresh takes the new access cookie with it; then there is another.
    const refreshes = browser.seen.filter((line) => line === 'POST /api/auth/refresh 200').length
    expect([1, 2]).toContain(refreshes)
  })

  it('goes on in two tabs that refresh at the same moment', async () => {
    const { browser, user } = await signedIn()
    const other = await tab(browser)
    expect(await other.user.restore()).toMatchObject({ email })
    await backend.advance(86_401)
    const loaded = await Promise.all([user.load(), other.user.load()])
    expect(loaded.map((one) => one.email)).toEqual([email, email])
    expect(await Promise.all([user.load(), other.user.load()])).toHaveLength(2)
    expect(other.led).toEqual([])
  })

  it('is led to the log-in when the refresh token has expired, and after a log-out', async () => {
    const { browser, user, led } = await signedIn()
    await user.logOut()
    expect([led, browser.cookies.size]).toEqual([['/login'], 0])
    const { user: another } = await tab(browser)
    expect(await another.restore()).toBeUndefined()
    await user.logIn(email, password)
    await backend.advance(604_801)
    await expect(user.load()).rejects.toMatchObject({ status: 403 })
    expect([led, browser.cookies.size]).toEqual([['/login', '/login'], 0])
  })
})
