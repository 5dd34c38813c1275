// The client of JWT LOGIN, as its users wrote it, on a server that listens.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type Backend,
  createLocks,
  createStorage,
  loadClient,
  openBackend,
  recordingFetch,
} from './clients.js'

interface Client {
  isLoggedIn(): boolean
  signUp(username: string, password: string): Promise<unknown>
  logIn(username: string, password: string): Promise<void>
  profile(): Promise<Record<string, string>>
  changeProfile(changes: object): Promise<unknown>
  logOut(): Promise<void>
}

let backend: Backend
let createClient: (base: string, browser: object) => Client
beforeAll(async () => {
  backend = await openBackend('login-jwt')
  ;({ createClient } = await loadClient<{ createClient: typeof createClient }>('login-jwt/client.mjs'))
})
afterAll(() => backend.close())

let asked: string[]
let browser: object
let tab: Client
let people = 0
beforeEach(async () => {
  asked = []
  browser = { storage: createStorage(), locks: createLocks(), fetch: recordingFetch(asked) }
  tab = createClient(backend.url, browser)
  const name = `ada-${++people}`
  await tab.signUp(name, 'ivy')
  await tab.logIn(name, 'ivy')
  asked.length = 0
})

describe('the client of JWT LOGIN', () => {
  it('signs up, logs in, and writes a profile', async () => {
    await tab.changeProfile({ first_name: 'Ada', pict_link: '/ada.png' })
    expect(await tab.profile()).toMatchObject({
      username: `ada-${people}`,
      first_name: 'Ada',
      last_name: '',
      picture_link: '/ada.png',
      user_id: expect.stringMatching(/^[0-9a-f]{24}$/),
    })
  })

  it('refreshes unseen when fifteen minutes have passed', async () => {
    await backend.advance(901)
    expect(await tab.profile()).toMatchObject({ username: `ada-${people}` })
    expect(asked).toEqual(['GET /profile 401', 'POST /refresh/token 200', 'GET /profile 200'])
  })

  it('refreshes once for two tabs that come at once', async () => {
    const other = createClient(backend.url, browser)
    await backend.advance(901)
    const both = await Promise.all([tab.profile(), other.profile()])
    expect(both[0]).toEqual(both[1])
    expect(asked.filter((line) => line.startsWith('POST /refresh'))).toEqual(['POST /refresh/token 200'])
  })

  it('logs out of both of its tabs, and is told why nothing works afterwards', async () => {
    const other = createClient(backend.url, browser)
    await tab.logOut()
    expect([tab.isLoggedIn(), other.isLoggedIn()]).toEqual([false, false])
    await expect(other.profile()).rejects.toMatchObject({ status: 401, message: 'Unauthorized' })
    await expect(tab.logIn(`ada-${people}`, 'wrong')).rejects.toMatchObject({
      status: 401,
      message: 'Invalid Credentials',
    })
  })

  it('gives up when the refresh token has run out too', async () => {
    await backend.advance(604_801)
    await expect(tab.profile()).rejects.toMatchObject({
      status: 401,
      message: 'Unable to verify token: Refresh token might be expired or invalid',
    })
    expect(tab.isLoggedIn()).toBe(false)
  })
})
