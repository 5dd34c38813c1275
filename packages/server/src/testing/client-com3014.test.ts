// The client of com3014_auth, as its user interface has it, on a server that listens, by both of its variants.
import { createHmac, createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Backend, createStorage, loadClient, openBackend, recordingFetch } from './clients.js'

interface Client {
  userId(): string | null
  signUp(email: string, password: string): Promise<object>
  logIn(email: string, password: string): Promise<object>
  refresh(): Promise<object>
  logOut(): Promise<void>
}

const secret = 'a secret that other services hold too'

describe.each(['com3014', 'com3014-head'])('the client of %s', (contract) => {
  let backend: Backend
  let createClient: (base: string, storage: object, fetch: object) => Client
  beforeAll(async () => {
    const env: Record<string, string> =
      contract === 'com3014' ? { SALLYPORT_CONTRACT_SECRETS: `com3014=${secret}` } : {}
    backend = await openBackend(contract, { env })
    ;({ createClient } = await loadClient<{ createClient: typeof createClient }>('com3014/client.mjs'))
  })
  afterAll(() => backend.close())

  let asked: string[]
  let storage: ReturnType<typeof createStorage>
  let openTab: () => Client
  let tab: Client
  let people = 0
  beforeEach(async () => {
    asked = []
    storage = createStorage()
    openTab = () => createClient(backend.url, storage, recordingFetch(asked))
    tab = openTab()
    await backend.advance(11)
    await tab.signUp(`ada-${++people}@example.com`, 'pass')
    asked.length = 0
  })

  it('signs up and keeps who it is', () => {
    expect(tab.userId()).toMatch(/^[0-9a-f]{24}$/)
  })

  it('has an access token that another service verifies by what it holds', async () => {
    const [header, claims, signature] = storage.getItem('access_token')!.split('.') as [
      string,
      string,
      string,
    ]
    const signed = Buffer.from(`${header}.${claims}`)
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      user_id: tab.userId(),
      scope: 'access',
    })
    if (contract === 'com3014') {
      expect(signature).toBe(createHmac('sha256', secret).update(signed).digest('base64url'))
      return
    }
    const answer = await fetch(`${backend.url}/auth/get-public-key`, { method: 'POST' })
    const { public_key } = (await answer.json()) as { public_key: string }
    const key = createPublicKey(public_key)
    const bytes = Buffer.from(signature, 'base64url')
    expect(verify('RSA-SHA256', signed, key, bytes)).toBe(true)
    expect(verify('RSA-SHA256', Buffer.from(`${header}.e30`), key, bytes)).toBe(false)
  })

  it('logs out with its header in the body, by way of a refresh', async () => {
    await tab.logOut()
    expect(asked).toEqual(['POST /auth/logout 401', 'POST /auth/refresh 200', 'POST /auth/logout 200'])
    expect(tab.userId()).toBe(null)
  })

  it('refreshes unseen when five minutes have passed', async () => {
    await backend.advance(301)
    await tab.logOut()
    expect(asked.slice(1)).toEqual(['POST /auth/refresh 200', 'POST /auth/logout 200'])
  })

  it('has two tabs that refresh at once and both come through', async () => {
    const before = storage.getItem('refresh_token')
    await Promise.all([tab.refresh(), openTab().refresh()])
    expect(storage.getItem('refresh_token')).not.toBe(before)
    await tab.refresh()
    expect(asked.at(-1)).toBe('POST /auth/refresh 200')
    expect(asked.length).toBeLessThan(12)
  })

  it.each([
    ['was used up', 'used'],
    ['is none', 'abc'],
    ['is not there', undefined],
  ])('ends its endless refreshing when the refresh token %s', async (_what, token) => {
    const spent = storage.getItem('refresh_token') as string
    await tab.refresh()
    await backend.advance(11)
    if (token === undefined) storage.removeItem('refresh_token')
    else storage.setItem('refresh_token', token === 'used' ? spent : token)
    asked.length = 0
    await expect(tab.logOut()).rejects.toMatchObject({ status: 429 })
    expect(asked[0]).toBe('POST /auth/logout 401')
    expect(asked.at(-1)).toBe('POST /auth/refresh 429')
    expect(asked.length).toBeLessThanOrEqual(12)
  })

  it('can log in again once it has waited', async () => {
    storage.setItem('refresh_token', 'abc')
    await expect(tab.refresh()).rejects.toMatchObject({ status: 429 })
    await backend.advance(11)
    await tab.logIn(`ada-${people}@example.com`, 'pass')
    await tab.refresh()
    expect(asked.at(-1)).toBe('POST /auth/refresh 200')
  })
})
