// The provider's keys: when they are asked for, and what happens while it does not answer.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from '../../config/errors.js'
import { claimsFor, newKey, openProvider, type Provider, signed } from '../../testing/provider.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

const hour = 3_600_000
let sallyport: Sallyport
let provider: Provider
beforeEach(async () => {
  provider = await openProvider()
  sallyport = await openSallyport({ settings: provider.settings })
})
afterEach(() => Promise.all([sallyport.close(), provider.close()]))

let people = 0
async function logIn(key = provider.key, header: object = {}): Promise<string> {
  people += 1
  const of = { sub: `person${people}`, email: `person${people}@gmail.com` }
  const credential = await signed(key, claimsFor(provider, sallyport.clock.now(), of), header)
  return told(await sallyport.browser().post('/v1/social/google', { credential }))
}
const many = (count: number) => Promise.all(Array.from({ length: count }, () => logIn()))

describe('the keys of a provider', () => {
  it('are asked for once, however many need them at once and afterwards', async () => {
    expect(new Set(await many(30))).toEqual(new Set(['200']))
    expect(new Set(await many(30))).toEqual(new Set(['200']))
    expect(provider.asked).toBe(1)
  })

  it('are asked for again when they are an hour old, once', async () => {
    await logIn()
    sallyport.clock.advance(hour - 1)
    await logIn()
    expect(provider.asked).toBe(1)
    sallyport.clock.advance(1)
    expect(new Set(await many(20))).toEqual(new Set(['200']))
    expect(provider.asked).toBe(2)
  })

  it('that were taken back are taken back here when they are asked for again', async () => {
    const next = await newKey()
    await logIn()
    provider.keys = [next.jwk]
    expect(await logIn()).toBe('200')
    sallyport.clock.advance(hour)
    expect(await logIn()).toBe('401 invalid_credentials')
    expect(await logIn(next)).toBe('200')
  })

  it('that are new are found, but unknown ones are asked for once in 30 seconds', async () => {
    await logIn()
    const next = await newKey()
    provider.keys = [provider.key.jwk, next.jwk]
    expect(await logIn(next)).toBe('401 invalid_credentials')
    expect(provider.asked).toBe(1)
    sallyport.clock.advance(30_000)
    expect(await logIn(next)).toBe('200')
    for (let at = 0; at < 20; at++) await logIn(provider.key, { kid: `unknown ${at}` })
    expect(provider.asked).toBe(2)
    sallyport.clock.advance(30_000)
    for (let at = 0; at < 20; at++) await logIn(provider.key, { kid: `unknown ${at}` })
    expect(provider.asked).toBe(3)
    expect(await logIn()).toBe('200')
  })
})

const moods = ['broken', 'moved', 'nonsense', 'endless'] as const

describe('a provider that does not answer as it should', () => {
  it.each(moods)('is 503 and says when to come back, where no key is known yet: %s', async (mood) => {
    provider.mood = mood
    const claims = claimsFor(provider, sallyport.clock.now())
    const credential = await signed(provider.key, claims)
    const refused = await sallyport.browser().post('/v1/social/google', { credential })
    expect(told(refused)).toBe('503 provider_unavailable')
    expect(refused.headers['retry-after']).toBe('3')
    expect(await logIn()).toBe('503 provider_unavailable')
    expect(provider.asked).toBe(1)
    expect(sallyport.logged.join()).toContain('the keys of a provider could not be fetched')
    provider.mood = 'well'
    sallyport.clock.advance(3000)
    expect(told(await sallyport.browser().post('/v1/social/google', { credential }))).toBe('200')
  })

  it.each(moods)('keeps nobody out whose key is known: %s', async (mood) => {
    await logIn()
    provider.mood = mood
    sallyport.clock.advance(20 * hour)
    expect(new Set(await many(5))).toEqual(new Set(['200']))
    sallyport.clock.advance(20 * hour)
    expect(await logIn()).toBe('200')
    expect(provider.asked).toBe(3)
  })

  it('is let go after three seconds, and holds up nobody else meanwhile', async () => {
    await logIn()
    provider.mood = 'silent'
    sallyport.clock.advance(hour)
    const waiting = logIn()
    while (provider.asked < 2) await new Promise(setImmediate)
    const others = await Promise.race([many(10), waiting.then(() => ['the silent one was first'])])
    expect(new Set(others)).toEqual(new Set(['200']))
    expect(await waiting).toBe('200')
  })

  it('that is silent from the start is 503 for all who wait, by one request', async () => {
    provider.mood = 'silent'
    expect(new Set(await many(20))).toEqual(new Set(['503 provider_unavailable']))
    expect(provider.asked).toBe(1)
  })

  it('costs nobody a try', async () => {
    provider.mood = 'broken'
    const strict = await openSallyport({
      settings: { ...provider.settings, 'limits.login_address.max': '1' },
    })
    const credential = await signed(provider.key, claimsFor(provider, strict.clock.now()))
    for (let at = 0; at < 3; at++) {
      const answer = await strict.browser().post('/v1/social/google', { credential })
      expect(told(answer)).toBe('503 provider_unavailable')
    }
    await strict.close()
  })
})

describe('the settings of a provider', () => {
  const opening = (settings: Record<string, string>, mode: 'development' | 'production' = 'development') =>
    openSallyport({ settings: { ...provider.settings, ...settings }, mode })

  it.each([
    'http://keys.example/certs',
    'ftp://127.0.0.1/certs',
    'https://user:password@keys.example/certs',
    'http://127.0.0.1.evil.example/',
    'keys',
  ])('refuse %s at the start', async (uri) => {
    await expect(opening({ 'social.google.jwks_uri': uri })).rejects.toThrow(ConfigError)
    await expect(opening({ 'social.google.issuer': uri })).rejects.toThrow(ConfigError)
  })

  it('take plain http on this machine in development only', async () => {
    await expect(opening({}, 'production')).rejects.toThrow(/social\.google\.issuer.*for development only/s)
    const secure = {
      'social.google.issuer': 'https://accounts.google.com',
      'social.google.jwks_uri': 'https://keys.example/certs',
    }
    await (await opening(secure)).close()
  })

  it('leave the door shut where there is no client id, and say so', async () => {
    const without = await openSallyport()
    const credential = await signed(provider.key, claimsFor(provider, without.clock.now()))
    const refused = await without.browser().post('/v1/social/google', { credential })
    expect(told(refused)).toBe('404 not_found')
    expect(refused.json.detail).toContain('social.google.client_id')
    expect((await without.browser().get('/v1/social')).json).toEqual({ items: [] })
    await without.close()
  })

  it('tell pages the client id of browsers', async () => {
    const items = [{ provider: 'google', client_id: 'web.apps.example' }]
    expect((await sallyport.browser().get('/v1/social')).json).toEqual({ items })
  })

  it('know both names of Google', async () => {
    const google = await opening({ 'social.google.issuer': 'https://accounts.google.com' })
    for (const [sub, iss] of [
      ['1', 'https://accounts.google.com'],
      ['2', 'accounts.google.com'],
    ]) {
      const of = { iss, sub, email: `google${sub}@gmail.com` }
      const credential = await signed(provider.key, claimsFor(provider, google.clock.now(), of))
      expect(told(await google.browser().post('/v1/social/google', { credential }))).toBe('200')
    }
    const of = claimsFor(provider, google.clock.now(), { iss: 'http://accounts.google.com' })
    const answer = await google
      .browser()
      .post('/v1/social/google', { credential: await signed(provider.key, of) })
    expect(told(answer)).toBe('401 invalid_credentials')
    await google.close()
  })
})
