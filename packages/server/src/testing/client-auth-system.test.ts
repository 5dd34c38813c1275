// The front end of Auth-system: log-in by a multipart form, tokens in localStorage, `bearer` in lower case.
import { afterEach, describe, expect, it } from 'vitest'
import { type Backend, createVisitor, loadClient, mailTo, openBackend, type Visitor } from './clients.js'

const email = 'ada@example.com'
const password = 'a door behind the ivy'
let backend: Backend
afterEach(() => backend.close())

const open = async () => {
  backend = await openBackend('auth-system')
  return createVisitor('http://localhost:3000')
}

describe('the front end of Auth-system', () => {
  async function tab(browser: Visitor) {
    // biome-ignore lint/suspicious/noExplicitAny: plain JavaScript, written by others
    const { createAuth } = await loadClient<any>('auth-system/auth.js')
    const led: string[] = []
    const navigate = (path: string) => void led.push(path)
    return { auth: createAuth({ ...browser, baseUrl: backend.url, navigate }), led }
  }

  async function registered() {
    const browser = await open()
    const { auth, led } = await tab(browser)
    await auth.register({ name: 'Ada', email, password, password2: password })
    return { browser, auth, led }
  }

  async function signedIn() {
    const { browser, auth, led } = await registered()
    await auth.verify(email, (await mailTo(backend.url, email)).code)
    await auth.logIn(email, password)
    browser.seen.length = 0
    led.length = 0
    return { browser, auth, led }
  }

  it('registers, verifies by the code or the link, and logs in with a multipart form', async () => {
    const { browser, auth, led } = await registered()
    await expect(auth.logIn(email, password)).rejects.toThrow('Incorrect username or password')
    await expect(auth.verify(email, `1${email}sgd`)).rejects.toThrow('Token is different')
    await auth.verify(email, (await mailTo(backend.url, email)).token)
    await auth.logIn(email, password)
    expect(led).toEqual(['/email-verify', '/login', '/profile'])
    expect(await auth.profile()).toMatchObject({ email, name: 'Ada', is_active: true, role: 'user' })
    expect(browser.cookies.size).toBe(0)
    await expect(auth.register({ email: 'ada', password, password2: password })).rejects.toThrow(
      'value is not a valid email address',
    )
  })

  it('goes on after the access token has expired, with one refresh for all calls that wait', async () => {
    const { browser, auth } = await signedIn()
    await backend.advance(301)
    const profiles = await Promise.all([auth.profile(), auth.profile(), auth.profile()])
    expect(profiles.map((one) => one.email)).toEqual([email, email, email])
    expect(browser.seen.filter((line) => line === 'POST /token 200')).toHaveLength(1)
    expect(browser.seen.filter((line) => line === 'GET /profile 401')).toHaveLength(3)
  })

  it('goes on in two tabs that refresh at the same moment', async () => {
    const { browser, auth } = await signedIn()
    const other = await tab(browser)
    await backend.advance(301)
    const profiles = await Promise.all([auth.profile(), other.auth.profile()])
    expect(profiles.map((one) => one.email)).toEqual([email, email])
    await backend.advance(301)
    expect(await other.auth.profile()).toMatchObject({ email })
    expect(await auth.profile()).toMatchObject({ email })
    expect(other.led).toEqual([])
  })

  it('is led to the log-in when the refresh token has expired, and after a log-out', async () => {
    const { browser, auth, led } = await signedIn()
    const token = browser.storage.getItem('access-token')
    await auth.logOut()
    expect(await auth.profile()).toBeUndefined()
    expect(led).toEqual(['/login', '/login'])
    const stolen = await browser.fetch(`${backend.url}/profile`, {
      method: 'GET',
      headers: { authorization: `bearer ${token}` },
    })
    expect(stolen.status).toBe(401)
    await auth.logIn(email, password)
    await backend.advance(86_401)
    await expect(auth.profile()).rejects.toMatchObject({ status: 401 })
    expect([led.at(-1), auth.isSignedIn()]).toEqual(['/login', false])
  })
})
