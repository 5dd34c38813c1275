import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { users } from '../../domain/tables.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

const day = 86_400_000
let sallyport: Sallyport
let user: SignedUp
beforeAll(async () => {
  sallyport = await openSallyport()
})
afterAll(() => sallyport.close())
beforeEach(async () => {
  sallyport.clock.advance(1000 - (sallyport.clock.now() % 1000))
  user = await sallyport.signUp()
})

const refresh = (refresh_token: string) => sallyport.browser().post('/v1/refresh', { refresh_token })
const me = (access_token: string) => sallyport.as({ access_token }).get('/v1/me')

describe('a session', () => {
  it('ends when it was idle for 14 days, and that is no reuse', async () => {
    sallyport.clock.advance(14 * day - 1)
    const alive = await refresh(user.refresh_token)
    expect(told(alive)).toBe('200')
    const seen = sallyport.events.length
    sallyport.clock.advance(14 * day)
    expect(told(await refresh(alive.json.refresh_token))).toBe('401 refresh_token_expired')
    expect(told(await refresh(user.refresh_token))).toBe('401 refresh_token_expired')
    expect(sallyport.events.slice(seen)).toEqual([])
  })

  it('ends after 90 days however often it is refreshed, and says so ahead', async () => {
    let answer = await refresh(user.refresh_token)
    for (let at = 0; at < 8; at++) {
      sallyport.clock.advance(11 * day)
      answer = await refresh(answer.json.refresh_token)
      expect(told(answer)).toBe('200')
      expect(answer.json.refresh_expires_in).toBe(Math.min(14, 90 - 11 * (at + 1)) * 86_400)
    }
    sallyport.clock.advance(2 * day - 1)
    expect(told(await refresh(answer.json.refresh_token))).toBe('200')
    sallyport.clock.advance(1)
    expect(told(await refresh(answer.json.refresh_token))).toBe('401 refresh_token_expired')
  })

  it('is forgotten a month after its end, and then was simply ended', async () => {
    sallyport.clock.advance(121 * day)
    await sallyport.server.upkeep()
    expect(told(await refresh(user.refresh_token))).toBe('401 session_ended')
  })
})

describe('an access token', () => {
  it('lives five minutes, to the second, and is told apart from a wrong one', async () => {
    sallyport.clock.advance(299_999)
    expect(told(await me(user.access_token))).toBe('200')
    sallyport.clock.advance(1)
    const expired = await me(user.access_token)
    expect(told(expired)).toBe('401 access_token_expired')
    expect(expired.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    expect(told(await me(`${user.access_token}x`))).toBe('401 access_token_invalid')
  })
})

describe('a user who is disabled', () => {
  it('is refused at every door with what they hold', async () => {
    await sallyport.server.context.store.update(users, { id: user.user.id }, { status: 'disabled' })
    expect(told(await me(user.access_token))).toBe('401 session_ended')
    expect(told(await refresh(user.refresh_token))).toBe('401 session_ended')
    expect(told(await sallyport.as(user).get('/v1/me/sessions'))).toBe('401 session_ended')
    expect(told(await sallyport.as(user).send('PATCH', '/v1/me', { name: 'x' }))).toBe('401 session_ended')
    const body = { password: user.password }
    expect(told(await sallyport.as(user).post('/v1/me/confirm', body))).toBe('401 session_ended')
  })

  it('does not come back to life with the sessions of before when the epoch has moved', async () => {
    const { store } = sallyport.server.context
    await store.update(users, { id: user.user.id }, { status: 'disabled', epoch: { add: 1 } })
    await store.update(users, { id: user.user.id }, { status: 'active' })
    expect(told(await refresh(user.refresh_token))).toBe('401 session_ended')
  })
})
