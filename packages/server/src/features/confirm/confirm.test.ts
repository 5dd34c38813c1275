import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { claimsOf, told } from '../../testing/told.js'

let sallyport: Sallyport
let user: SignedUp
beforeAll(async () => {
  sallyport = await openSallyport()
  user = await sallyport.signUp()
})
afterAll(() => sallyport.close())

const refreshed = async (refresh_token: string) =>
  (await sallyport.browser().post('/v1/refresh', { refresh_token })).json

describe('a confirmation', () => {
  it('makes the proof recent, and the refresh token stays the one it was', async () => {
    sallyport.clock.advance(600_000)
    const before = await refreshed(user.refresh_token)
    expect(claimsOf(before.access_token).auth_time).toBe(Date.UTC(2030, 0, 1) / 1000)
    const answer = await sallyport.as(before).post('/v1/me/confirm', { password: user.password })
    expect(told(answer)).toBe('200')
    expect(answer.json).not.toHaveProperty('refresh_token')
    expect(answer.json.session_id).toBe(user.session_id)
    expect(claimsOf(answer.json.access_token).auth_time).toBe(sallyport.clock.now() / 1000)
    sallyport.clock.advance(60_000)
    const after = await refreshed(before.refresh_token)
    expect(claimsOf(after.access_token).auth_time).toBe(sallyport.clock.now() / 1000 - 60)
  })

  it('needs the password, and counts every guess', async () => {
    const one = await sallyport.signUp()
    expect(told(await sallyport.as(one).post('/v1/me/confirm', { password: 'wrong' }))).toBe(
      '401 invalid_credentials',
    )
    expect(told(await sallyport.as(one).post('/v1/me/confirm', {}))).toBe('400 invalid_request')
    expect(told(await sallyport.browser().post('/v1/me/confirm', { password: one.password }))).toBe(
      '401 token_missing',
    )
  })

  it('is good for five minutes', async () => {
    const one = await sallyport.signUp()
    const confirmed = await sallyport.as(one).post('/v1/me/confirm', { password: one.password })
    sallyport.clock.advance(299_000)
    const { refresh_token } = one
    const late = await refreshed(refresh_token)
    sallyport.clock.advance(2000)
    expect(told(await sallyport.as(late).send('DELETE', '/v1/me'))).toBe('401 step_up_required')
    expect(told(confirmed)).toBe('200')
    sallyport.clock.advance(-2000)
    expect(told(await sallyport.as(late).send('DELETE', '/v1/me'))).toBe('204')
  })

  it('in cookie transport answers with a cookie and no token in the body', async () => {
    const here = { 'sec-fetch-site': 'same-origin' }
    const one = await sallyport.signUp()
    const browser = sallyport.browser()
    const { email: identifier, password } = one
    await browser.post('/v1/login', { identifier, password, transport: 'cookie' }, here)
    const before = browser.cookies.get('sallyport_access')
    const refresh = browser.cookies.get('sallyport_refresh')
    sallyport.clock.advance(1000)
    const answer = await browser.post('/v1/me/confirm', { password }, here)
    expect(told(answer)).toBe('200')
    expect(answer.json).not.toHaveProperty('access_token')
    expect(answer.json).not.toHaveProperty('refresh_token')
    expect(browser.cookies.get('sallyport_access')).not.toBe(before)
    expect(browser.cookies.get('sallyport_refresh')).toBe(refresh)
  })

  it('of a session that is ended meanwhile does not bring it back', async () => {
    const one = await sallyport.signUp()
    const [confirmed, left] = await Promise.all([
      sallyport.as(one).post('/v1/me/confirm', { password: one.password }),
      sallyport.as(one).post('/v1/logout/all'),
    ])
    expect(told(left)).toBe('204')
    expect(told(confirmed)).toBe('401 session_ended')
  })
})
