import { createTokenVerifier, importJwk, keySet } from '@sallyport/verify'
import { afterEach, describe, expect, it } from 'vitest'
import { signingKeys } from '../../domain/tables.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { claimsOf, told } from '../../testing/told.js'

const minute = 60_000
let sallyport: Sallyport
afterEach(() => sallyport.close())

const jwks = async () => (await sallyport.browser().get('/.well-known/jwks.json')).json.keys
const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid

/** Somebody elsewhere who reads the key set as seldom as its cache header allows. */
function createReader() {
  let keys = keySet([])
  let readAt = Number.NEGATIVE_INFINITY
  const verifier = createTokenVerifier({
    keys: () => keys,
    issuer: 'http://localhost:4400',
    audience: 'sallyport',
    types: ['at+jwt'],
    required: ['iss', 'aud', 'exp', 'sub'],
    expiryLeeway: 0,
    startLeeway: 15_000,
    maxLifetime: 15 * minute,
    now: () => sallyport.clock.now(),
  })
  return {
    verify: async (token: string) => {
      if (sallyport.clock.now() - readAt > 5 * minute) {
        keys = keySet((await jwks()).map(importJwk))
        readAt = sallyport.clock.now()
      }
      return verifier.verify(token)
    },
  }
}

describe('rotation by schedule', () => {
  it('refuses no valid token at any moment, here or at a reader with a cache', async () => {
    sallyport = await openSallyport({
      settings: { 'keys.rotate-every': '30m', 'access-token.ttl': '15m' },
    })
    const reader = createReader()
    let { access_token, refresh_token } = await sallyport.signUp()
    let alive = [access_token]
    const kids = new Set<string>()
    for (let at = 0; at < 150; at++) {
      sallyport.clock.advance(minute)
      await sallyport.server.upkeep()
      ;({ access_token, refresh_token } = (
        await sallyport.browser().post('/v1/refresh', { refresh_token })
      ).json)
      kids.add(kidOf(access_token))
      alive = [...alive, access_token].filter(
        (token) => (claimsOf(token).exp as number) * 1000 > sallyport.clock.now(),
      )
      for (const token of alive) {
        expect(await reader.verify(token)).toMatchObject({ ok: true })
        expect(told(await sallyport.as({ access_token: token }).get('/v1/me'))).toBe('200')
      }
    }
    expect(kids.size).toBe(6)
    expect(sallyport.events.filter((name) => name === 'key.activated')).toHaveLength(5)
  })

  it('keeps a retired key published until its last token is dead, and forgets it then', async () => {
    sallyport = await openSallyport({ settings: { 'keys.rotate-every': '30m' } })
    const first = kidOf((await sallyport.signUp()).access_token)
    const published = async () => (await jwks()).map(({ kid }: { kid: string }) => kid)
    sallyport.clock.advance(30 * minute)
    await sallyport.server.upkeep()
    expect(kidOf((await sallyport.signUp()).access_token)).not.toBe(first)
    expect(await published()).toHaveLength(3)
    sallyport.clock.advance(20 * minute)
    await sallyport.server.upkeep()
    expect(await published()).toContain(first)
    sallyport.clock.advance(2 * minute)
    await sallyport.server.upkeep()
    expect(await published()).toHaveLength(2)
    expect(await published()).not.toContain(first)
  })

  it('takes one step however long the server slept', async () => {
    sallyport = await openSallyport({ settings: { 'keys.rotate-every': '30m' } })
    sallyport.clock.advance(365 * 24 * 60 * minute)
    await sallyport.server.upkeep()
    await sallyport.server.upkeep()
    expect(sallyport.events.filter((name) => name === 'key.activated')).toHaveLength(1)
    expect(await jwks()).toHaveLength(3)
  })

  it('waits for a next key that readers cannot know yet', async () => {
    sallyport = await openSallyport({ settings: { 'keys.rotate-every': '30m' } })
    await sallyport.server.context.store.remove(signingKeys, { state: 'next' })
    const activated = () => sallyport.events.filter((name) => name === 'key.activated').length
    sallyport.clock.advance(30 * minute)
    await sallyport.server.upkeep()
    sallyport.clock.advance(5 * minute - 1)
    await sallyport.server.upkeep()
    expect(activated()).toBe(0)
    sallyport.clock.advance(1)
    await sallyport.server.upkeep()
    expect(activated()).toBe(1)
  })
})
