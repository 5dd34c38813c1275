import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

let sallyport: Sallyport
let ada: SignedUp
let session: SignedUp
beforeAll(async () => {
  sallyport = await openSallyport()
  ada = await sallyport.signUp()
})
afterAll(() => sallyport.close())

const logIn = async (transport = 'body') => {
  const browser = sallyport.browser()
  const body = { identifier: ada.email, password: ada.password, transport }
  const answer = await browser.post('/v1/login', body, { 'sec-fetch-site': 'same-origin' })
  return { browser, json: answer.json as SignedUp }
}
beforeEach(async () => {
  session = (await logIn()).json
})
const here = { 'sec-fetch-site': 'same-origin' }
const logOut = (refresh_token: string) => sallyport.browser().post('/v1/logout', { refresh_token })
const works = async (one: SignedUp) => [
  told(await sallyport.as(one).get('/v1/me')),
  told(await sallyport.browser().post('/v1/refresh', { refresh_token: one.refresh_token })),
]
const ended = ['401 session_ended', '401 session_ended']

describe('log-out', () => {
  it('by access token ends the session at once, for both of its tokens', async () => {
    const answer = await sallyport.as(session).post('/v1/logout')
    expect(told(answer)).toBe('204')
    expect(answer.text).toBe('')
    expect(await works(session)).toEqual(ended)
    expect(sallyport.events.at(-1)).toBe('session.ended')
  })

  it('by refresh token in the body does the same', async () => {
    expect(told(await logOut(session.refresh_token))).toBe('204')
    expect(await works(session)).toEqual(ended)
  })

  it('by any older refresh token of the session does so as well', async () => {
    const turn = async (refresh_token: string) =>
      (await sallyport.browser().post('/v1/refresh', { refresh_token })).json
    const third = await turn((await turn(session.refresh_token)).refresh_token)
    expect(told(await logOut(session.refresh_token))).toBe('204')
    expect(await works(third)).toEqual(ended)
  })

  it('by cookies ends it and clears every cookie but that of the known device', async () => {
    const { browser } = await logIn('cookie')
    const kept = new Map(browser.cookies)
    expect([...kept.keys()].sort()).toEqual([
      'sallyport_access',
      'sallyport_device',
      'sallyport_page',
      'sallyport_refresh',
    ])
    const answer = await browser.post('/v1/logout', undefined, here)
    expect(told(answer)).toBe('204')
    expect([...browser.cookies.keys()]).toEqual(['sallyport_device'])
    const replay = { ...here, cookie: `sallyport_access=${kept.get('sallyport_access')}` }
    expect(told(await sallyport.browser().get('/v1/me', replay))).toBe('401 session_ended')
  })

  it('by the refresh cookie alone, once the access cookie has gone', async () => {
    const { browser } = await logIn('cookie')
    const cookie = `sallyport_refresh=${browser.cookies.get('sallyport_refresh')}`
    const answer = await sallyport.browser().post('/v1/logout', undefined, { ...here, cookie })
    expect(told(answer)).toBe('204')
    expect(told(await browser.get('/v1/me'))).toBe('401 session_ended')
  })

  it('works with an expired access token, and again for a session that has ended', async () => {
    sallyport.clock.advance(3_600_000)
    expect(told(await sallyport.as(session).post('/v1/logout'))).toBe('204')
    expect((await works(session))[1]).toBe('401 session_ended')
    expect(told(await sallyport.as(session).post('/v1/logout'))).toBe('204')
    expect(told(await logOut(session.refresh_token))).toBe('204')
  })

  it('asks for a token, and believes no forged one', async () => {
    expect(told(await sallyport.browser().post('/v1/logout'))).toBe('401 token_missing')
    const [kept, end] = [session.refresh_token.slice(0, -1), session.refresh_token.slice(-1)]
    expect(told(await logOut(`${kept}${end === 'A' ? 'Q' : 'A'}`))).toBe('401 refresh_token_invalid')
    const forged = { access_token: `${session.access_token.slice(0, -4)}AAAA` }
    expect(told(await sallyport.as(forged).post('/v1/logout'))).toBe('401 access_token_invalid')
    expect(await works(session)).toEqual(['200', '200'])
  })

  it('is a change and so no GET', async () => {
    const answer = await sallyport.as(session).get('/v1/logout')
    expect(told(answer)).toBe('405 method_not_allowed')
    expect(answer.headers.allow).toBe('POST, OPTIONS')
    expect(await works(session)).toEqual(['200', '200'])
  })

  it('leaves the other sessions of the user alone', async () => {
    const other = (await logIn()).json
    await sallyport.as(session).post('/v1/logout')
    expect(await works(other)).toEqual(['200', '200'])
  })
})

describe('log-out everywhere', () => {
  it('ends every session of the user, this one too, and nobody else’s', async () => {
    const other = (await logIn()).json
    const stranger = await sallyport.signUp()
    expect(told(await sallyport.as(session).post('/v1/logout/all'))).toBe('204')
    expect(await works(session)).toEqual(ended)
    expect(await works(other)).toEqual(ended)
    expect(await works(stranger)).toEqual(['200', '200'])
  })

  it('does not touch a session that begins in the same millisecond after it', async () => {
    await sallyport.as(session).post('/v1/logout/all')
    const next = (await logIn()).json
    expect(await works(next)).toEqual(['200', '200'])
    await sallyport.as(next).post('/v1/logout/all')
    expect(await works(next)).toEqual(ended)
  })

  it('needs a live access token', async () => {
    expect(told(await sallyport.browser().post('/v1/logout/all'))).toBe('401 token_missing')
    sallyport.clock.advance(3_600_000)
    expect(told(await sallyport.as(session).post('/v1/logout/all'))).toBe('401 access_token_expired')
  })
})
