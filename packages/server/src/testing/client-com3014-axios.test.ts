// A client of com3014_auth that is written with axios and axios-auth-refresh, on a server that listens.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Backend, createStorage, loadClient, openBackend, recordingFetch } from './clients.js'

interface Client {
  userId(): string | null
  signUp(email: string, password: string): Promise<object>
  logIn(email: string, password: string): Promise<object>
  logOut(): Promise<void>
}

let backend: Backend
let createClient: (base: string, storage: object, fetch: object) => Client
let asked: string[]
let storage: ReturnType<typeof createStorage>
let openTab: () => Client
let tab: Client
let people = 0
const email = () => `ada-${people}@example.com`

beforeAll(async () => {
  backend = await openBackend('com3014')
  ;({ createClient } = await loadClient<{ createClient: typeof createClient }>('com3014/axios-client.mjs'))
})
afterAll(() => backend.close())
beforeEach(async () => {
  asked = []
  storage = createStorage()
  openTab = () => createClient(backend.url, storage, recordingFetch(asked))
  tab = openTab()
  people += 1
  await backend.advance(11)
  await tab.signUp(email(), 'pass')
  asked.length = 0
})

it('logs out and in again', async () => {
  await tab.logOut()
  expect(tab.userId()).toBe(null)
  await tab.logIn(email(), 'pass')
  expect(tab.userId()).toMatch(/^[0-9a-f]{24}$/)
  expect(asked).toEqual(['POST /auth/logout 200', 'POST /auth/login 200'])
})

it('refreshes unseen when five minutes have passed, once for everything that waits', async () => {
  await backend.advance(301)
  const before = storage.getItem('refresh_token')
  await tab.logOut()
  expect(asked).toEqual(['POST /auth/logout 401', 'POST /auth/refresh 200', 'POST /auth/logout 200'])
  expect(before).not.toBe(null)
})

it('comes through in two tabs at once, or is told in one of them', async () => {
  await backend.advance(301)
  const outcomes = await Promise.allSettled([tab.logOut(), openTab().logOut()])
  expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true)
  expect(asked.length).toBeLessThanOrEqual(6)
})

it('signs out when the refresh is refused, after one try', async () => {
  storage.setItem('refresh_token', 'abc')
  await backend.advance(301)
  await expect(tab.logOut()).rejects.toMatchObject({ response: { status: 401 } })
  expect(asked).toEqual(['POST /auth/logout 401', 'POST /auth/refresh 401'])
  expect(tab.userId()).toBe(null)
})

it('shows a wrong password as what it is', async () => {
  await expect(tab.logIn(email(), 'another')).rejects.toMatchObject({
    response: { status: 401, data: { message: 'Incorrect email or password' } },
  })
  expect(asked).toEqual(['POST /auth/login 401'])
})
