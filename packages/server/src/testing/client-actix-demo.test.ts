// The client of the actix demo, as its users wrote it, on a server that listens.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Backend, createLocks, loadClient, openBackend, recordingFetch } from './clients.js'

interface Client {
  register(username: string, email: string, password: string): Promise<object>
  logIn(email: string, password: string): Promise<object>
  me(): Promise<object>
  logOut(): Promise<void>
}

let backend: Backend
let createClient: (base: string, browser: object) => Client
let createBrowserFetch: () => typeof fetch
beforeAll(async () => {
  backend = await openBackend('actix-demo')
  ;({ createClient } = await loadClient<{ createClient: typeof createClient }>('actix-demo/client.mjs'))
  ;({ createBrowserFetch } = await loadClient<{ createBrowserFetch: typeof createBrowserFetch }>(
    'actix-demo/cookie-jar.mjs',
  ))
})
afterAll(() => backend.close())

let asked: string[]
let people = 0
const openBrowser = () => {
  const fetch = recordingFetch(asked, createBrowserFetch())
  const browser = { fetch, locks: createLocks() }
  return () => createClient(backend.url, browser)
}
let openTab: () => Client
let tab: Client
let user: object
beforeEach(async () => {
  asked = []
  openTab = openBrowser()
  tab = openTab()
  user = await tab.register('ada', `ada-${++people}@example.com`, 'ivy')
  asked.length = 0
})
const refreshes = () => asked.filter((line) => line.includes('refreshAccessToken'))
const refreshed = 'GET /auth/refreshAccessToken 200'

describe('the client of the actix demo', () => {
  it('registers and knows who it is', async () => {
    expect(await tab.me()).toEqual(user)
    expect(user).toMatchObject({ username: 'ada', email: `ada-${people}@example.com` })
  })

  it('refreshes unseen when five minutes have passed', async () => {
    await backend.advance(301)
    expect(await tab.me()).toEqual(user)
    expect(asked).toEqual(['GET /auth/me 401', refreshed, 'GET /auth/me 200'])
  })

  it('comes back in a new tab by its cookie alone', async () => {
    expect(await openTab().me()).toEqual(user)
    expect(asked).toEqual([refreshed, 'GET /auth/me 200'])
  })

  it('has two tabs that refresh at once, one after the other', async () => {
    const other = openTab()
    await other.me()
    await backend.advance(301)
    asked.length = 0
    expect(await Promise.all([tab.me(), other.me()])).toEqual([user, user])
    expect(refreshes()).toEqual([refreshed, refreshed])
  })

  it('is replaced by a log-in in another browser', async () => {
    const elsewhere = openBrowser()()
    await elsewhere.logIn(`ada-${people}@example.com`, 'ivy')
    expect(await tab.me()).toEqual(user)
    await backend.advance(301)
    await expect(tab.me()).rejects.toMatchObject({ status: 401, code: 'INVALID_REFRESH_TOKEN' })
    expect(await elsewhere.me()).toEqual(user)
  })

  it('logs out, and no tab of its browser comes back', async () => {
    await tab.logOut()
    const none = { status: 401, code: 'NO_JWT_REFTOKEN_COOKIE' }
    await expect(tab.me()).rejects.toMatchObject(none)
    await expect(openTab().me()).rejects.toMatchObject(none)
  })
})
