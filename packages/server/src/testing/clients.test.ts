// Front ends as those of other backends are, unchanged but for the address, against a server on a port. They lie in
// examples/clients and know nothing of us.
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { newest } from './mailed.js'
import { openSallyport, type Sallyport } from './sallyport.js'

const examples = new URL('../../../../examples/clients/', import.meta.url)
// biome-ignore lint/suspicious/noExplicitAny: plain JavaScript, written by others
const load = async (path: string): Promise<any> => import(new URL(path, examples).href)

const password = 'a door behind the ivy'
let sallyport: Sallyport
let url: string
afterEach(() => sallyport.close())

/** A server for the clients of a contract, on a port of its own. */
async function open(contract: string): Promise<void> {
  const port = await freePort()
  const settings = { contracts: contract, port: String(port), 'metrics.port': '0', 'testing.clock': 'true' }
  sallyport = await openSallyport({ settings })
  await sallyport.server.listen()
  url = `http://localhost:${port}`
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done))
  const { port } = probe.address() as { port: number }
  await new Promise((done) => probe.close(done))
  return port
}

async function later(seconds: number): Promise<void> {
  const answer = await fetch(`${url}/dev/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advance: `${seconds}s` }),
  })
  expect(answer.status).toBe(200)
}

/** What the tabs of one browser share, and what its network saw. */
interface Shared {
  readonly storage: {
    getItem(name: string): string | null
    setItem(name: string, value: string): void
    removeItem(name: string): void
  }
  readonly fetch: typeof fetch
  /** `POST /path 200`, in the order of the answers. */
  readonly seen: string[]
  readonly cookies: Map<string, string>
}

function openBrowser(origin: string): Shared {
  const kept = new Map<string, string>()
  const cookies = new Map<string, string>()
  const seen: string[] = []
  return {
    seen,
    cookies,
    storage: {
      getItem: (name) => kept.get(name) ?? null,
      setItem: (name, value) => void kept.set(name, value),
      removeItem: (name) => void kept.delete(name),
    },
    fetch: async (target, { credentials, ...options } = {}) => {
      const withCookies = credentials === 'include'
      const headers = new Headers(options.headers)
      headers.set('origin', origin)
      if (withCookies)
        headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
      const answer = await fetch(target, { ...options, headers })
      for (const line of withCookies ? answer.headers.getSetCookie() : []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '') cookies.delete(name)
        else cookies.set(name, value)
      }
      // What a browser would not let the page read is nothing to the page.
      if (answer.headers.get('access-control-allow-origin') !== origin) throw new TypeError('Failed to fetch')
      seen.push(`${options.method} ${new URL(String(target)).pathname} ${answer.status}`)
      return answer
    },
  }
}

describe('the front end of StariFoto', () => {
  const email = 'ada@example.com'

  /** A tab of this browser, and where it was led. */
  async function tab(browser: Shared) {
    const { createUser } = await load('starifoto/user.js')
    const led: string[] = []
    const navigate = (path: string) => void led.push(path)
    return { user: createUser({ ...browser, baseUrl: url, navigate }), led }
  }

  async function signedIn() {
    await open('starifoto')
    const browser = openBrowser('http://localhost:5173')
    const { user, led } = await tab(browser)
    await user.signUp({ username: 'Ada', email, password })
    const { link } = await newest(sallyport, email)
    await user.confirmEmail(new URL(link).searchParams.get('token'))
    await user.logIn(email, password)
    browser.seen.length = 0
    return { browser, user, led }
  }

  it('signs up, confirms and logs in, and is told what is wrong', async () => {
    await open('starifoto')
    const { user } = await tab(openBrowser('http://localhost:5173'))
    await user.signUp({ username: 'Ada', email, password })
    await expect(user.logIn(email, password)).rejects.toMatchObject({
      status: 418,
      message: 'Email is not confirmed',
    })
    await expect(user.signUp({ username: 'Ada', email, password })).rejects.toThrow('Email is used')
    const { link } = await newest(sallyport, email)
    await user.confirmEmail(new URL(link).searchParams.get('token'))
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
    await later(86_401)
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
    await later(86_401)
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
    await later(604_801)
    await expect(user.load()).rejects.toMatchObject({ status: 403 })
    expect([led, browser.cookies.size]).toEqual([['/login', '/login'], 0])
  })
})

describe('the front end of Auth-system', () => {
  const email = 'ada@example.com'

  async function tab(browser: Shared) {
    const { createAuth } = await load('auth-system/auth.js')
    const led: string[] = []
    const navigate = (path: string) => void led.push(path)
    return { auth: createAuth({ ...browser, baseUrl: url, navigate }), led }
  }

  async function registered() {
    await open('auth-system')
    const browser = openBrowser('http://localhost:3000')
    const { auth, led } = await tab(browser)
    await auth.register({ name: 'Ada', email, password, password2: password })
    return { browser, auth, led }
  }

  async function signedIn() {
    const { browser, auth, led } = await registered()
    await auth.verify(email, (await newest(sallyport, email)).code)
    await auth.logIn(email, password)
    browser.seen.length = 0
    led.length = 0
    return { browser, auth, led }
  }

  it('registers, verifies by the code or the link, and logs in with a multipart form', async () => {
    const { browser, auth, led } = await registered()
    await expect(auth.logIn(email, password)).rejects.toThrow('Incorrect username or password')
    await expect(auth.verify(email, `1${email}sgd`)).rejects.toThrow('Token is different')
    const { link } = await newest(sallyport, email)
    await auth.verify(email, new URL(link).searchParams.get('token'))
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
    await later(301)
    const profiles = await Promise.all([auth.profile(), auth.profile(), auth.profile()])
    expect(profiles.map((one) => one.email)).toEqual([email, email, email])
    expect(browser.seen.filter((line) => line === 'POST /token 200')).toHaveLength(1)
    expect(browser.seen.filter((line) => line === 'GET /profile 401')).toHaveLength(3)
  })

  it('goes on in two tabs that refresh at the same moment', async () => {
    const { browser, auth } = await signedIn()
    const other = await tab(browser)
    await later(301)
    const profiles = await Promise.all([auth.profile(), other.auth.profile()])
    expect(profiles.map((one) => one.email)).toEqual([email, email])
    await later(301)
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
    const stolen = await browser.fetch(`${url}/profile`, {
      method: 'GET',
      headers: { authorization: `bearer ${token}` },
    })
    expect(stolen.status).toBe(401)
    await auth.logIn(email, password)
    await later(86_401)
    await expect(auth.profile()).rejects.toMatchObject({ status: 401 })
    expect([led.at(-1), auth.isSignedIn()]).toEqual(['/login', false])
  })
})
