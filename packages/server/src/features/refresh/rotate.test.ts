import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sessions, sharedTables, users } from '../../domain/tables.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { claimsOf, told } from '../../testing/told.js'

let sallyport: Sallyport
let ada: SignedUp
beforeAll(async () => {
  sallyport = await openSallyport({ settings: { 'limits.login_account.max': '100000' } })
  ada = await sallyport.signUp()
})
afterAll(() => sallyport.close())

/** A session of its own for each test, on one account: only the first password costs a hash. */
const logIn = async (at = sallyport, user = ada): Promise<SignedUp> =>
  (await at.browser().post('/v1/login', { identifier: user.email, password: user.password })).json
const refresh = (refresh_token: string, more = {}, at = sallyport) =>
  at.browser().post('/v1/refresh', { refresh_token, ...more })
const me = (access_token: string, at = sallyport) => at.as({ access_token }).get('/v1/me')
const rowOf = (id: string, at = sallyport) => at.server.context.store.get(sessions, { id })

let session: SignedUp
beforeEach(async () => {
  session = await logIn()
})

describe('a refresh', () => {
  it('trades the token for a new pair of the same session', async () => {
    sallyport.clock.advance(1000)
    const answer = await refresh(session.refresh_token)
    expect(told(answer)).toBe('200')
    expect(answer.json.session_id).toBe(session.session_id)
    expect(answer.json.refresh_token).toMatch(/^[\w-]{86}$/)
    expect(answer.json.refresh_token).not.toBe(session.refresh_token)
    expect(answer.json.access_token).not.toBe(session.access_token)
    expect(answer.json.user.id).toBe(ada.user.id)
    expect(told(await me(answer.json.access_token))).toBe('200')
    expect(told(await me(session.access_token))).toBe('200')
  })

  it('keeps when and how the user proved it, and reads the roles again', async () => {
    const { store } = sallyport.server.context
    const user = await sallyport.signUp()
    const before = claimsOf(user.access_token)
    sallyport.clock.advance(60_000)
    await store.update(users, { id: user.user.id }, { roles: ['editor'] })
    const raised = claimsOf((await refresh(user.refresh_token)).json.access_token)
    expect(raised).toMatchObject({ auth_time: before.auth_time, amr: before.amr, roles: ['editor'] })
    expect(raised.iat).toBe((before.iat as number) + 60)
    expect(raised.jti).not.toBe(before.jti)
  })

  it('takes the token as Bearer and in a cookie as well', async () => {
    const bearer = await sallyport.as({ access_token: session.refresh_token }).post('/v1/refresh')
    expect(told(bearer)).toBe('200')
    const browser = sallyport.browser()
    const cookie = {
      cookie: `sallyport_refresh=${bearer.json.refresh_token}`,
      'sec-fetch-site': 'same-origin',
    }
    expect(told(await browser.post('/v1/refresh', undefined, cookie))).toBe('200')
  })

  it('writes its one row and nothing else, a thousand times over', async () => {
    const fresh = await openSallyport()
    const user = await fresh.signUp()
    const counted = async () => {
      await fresh.server.context.audit.settled()
      return Promise.all(sharedTables.map((table) => fresh.server.context.store.count(table as never, {})))
    }
    const before = await counted()
    let token = user.refresh_token
    for (let at = 0; at < 1000; at++) token = (await refresh(token, {}, fresh)).json.refresh_token
    expect(await counted()).toEqual(before)
    expect((await rowOf(user.session_id, fresh))?.generation).toBe(1000)
    expect(fresh.events).toEqual(['user.created', 'session.created'])
    await fresh.close()
  })
})

describe('a lost answer', () => {
  it('is repeated within the grace: the same successor, nothing written', async () => {
    const first = await refresh(session.refresh_token)
    const row = await rowOf(session.session_id)
    sallyport.clock.advance(10_000)
    const again = await refresh(session.refresh_token)
    expect(again.json.refresh_token).toBe(first.json.refresh_token)
    expect(await rowOf(session.session_id)).toEqual(row)
    expect(again.json.refresh_expires_in).toBe(14 * 86_400 - 10)
    expect(told(await me(again.json.access_token))).toBe('200')
    expect(told(await refresh(again.json.refresh_token))).toBe('200')
  })

  it('is not repeated after the grace: the session ends for everybody', async () => {
    const first = await refresh(session.refresh_token)
    sallyport.clock.advance(10_001)
    expect(told(await refresh(session.refresh_token))).toBe('401 refresh_token_reused')
    expect(told(await refresh(session.refresh_token))).toBe('401 session_ended')
    expect(told(await refresh(first.json.refresh_token))).toBe('401 session_ended')
    expect(told(await me(first.json.access_token))).toBe('401 session_ended')
    expect(told(await me(session.access_token))).toBe('401 session_ended')
    expect(sallyport.events.filter((name) => name === 'session.reuse_detected')).toHaveLength(1)
  })

  it('asked for by many at once after the grace ends the session once', async () => {
    await refresh(session.refresh_token)
    sallyport.clock.advance(10_001)
    const seen = sallyport.events.length
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(session.refresh_token)))
    expect(answers.every(({ status }) => status === 401)).toBe(true)
    expect(sallyport.events.slice(seen).sort()).toEqual(['session.ended', 'session.reuse_detected'])
  })

  it('is not repeated once the successor was used, however soon', async () => {
    const second = await refresh(session.refresh_token)
    const third = await refresh(second.json.refresh_token)
    expect(told(await refresh(session.refresh_token))).toBe('401 refresh_token_reused')
    expect(told(await refresh(third.json.refresh_token))).toBe('401 session_ended')
  })

  it('is repeated hours later to whoever shows the attempt id', async () => {
    const attempt_id = 'attempt-0123456789'
    const first = await refresh(session.refresh_token, { attempt_id })
    sallyport.clock.advance(5 * 3_600_000)
    const again = await refresh(session.refresh_token, { attempt_id })
    expect(again.json.refresh_token).toBe(first.json.refresh_token)
    expect(told(await refresh(first.json.refresh_token))).toBe('200')
    expect(told(await refresh(session.refresh_token, { attempt_id }))).toBe('401 refresh_token_reused')
  })

  it('is not repeated for another attempt id', async () => {
    await refresh(session.refresh_token, { attempt_id: 'attempt-0123456789' })
    sallyport.clock.advance(11_000)
    const other = await refresh(session.refresh_token, { attempt_id: 'attempt-9876543210' })
    expect(told(other)).toBe('401 refresh_token_reused')
    expect(await rowOf(session.session_id)).toBeUndefined()
  })

  it.each(['short', 'x'.repeat(65), 'with a blank in it', 17, null])(
    'has an attempt id of the right form: %j is refused and spends nothing',
    async (attempt_id) => {
      const refused = await refresh(session.refresh_token, { attempt_id })
      expect(told(refused)).toBe('400 invalid_request')
      expect((await rowOf(session.session_id))?.generation).toBe(0)
    },
  )
})

describe('without a grace', () => {
  let strict: Sallyport
  let user: SignedUp
  beforeAll(async () => {
    strict = await openSallyport({ settings: { 'refresh-token.grace': '0' } })
    user = await strict.signUp()
  })
  afterAll(() => strict.close())

  it('a doubled request is refused and ends nothing', async () => {
    const mine = await logIn(strict, user)
    const first = await refresh(mine.refresh_token, {}, strict)
    strict.clock.advance(1999)
    expect(told(await refresh(mine.refresh_token, {}, strict))).toBe('401 refresh_token_reused')
    expect(told(await refresh(first.json.refresh_token, {}, strict))).toBe('200')
  })

  it('a token that comes back after two seconds ends the session', async () => {
    const mine = await logIn(strict, user)
    const first = await refresh(mine.refresh_token, {}, strict)
    strict.clock.advance(2000)
    expect(told(await refresh(mine.refresh_token, {}, strict))).toBe('401 refresh_token_reused')
    expect(told(await refresh(first.json.refresh_token, {}, strict))).toBe('401 session_ended')
  })

  it('an attempt id still finds its successor', async () => {
    const mine = await logIn(strict, user)
    const attempt_id = 'attempt-0123456789'
    const first = await refresh(mine.refresh_token, { attempt_id }, strict)
    strict.clock.advance(60_000)
    const again = await refresh(mine.refresh_token, { attempt_id }, strict)
    expect(again.json.refresh_token).toBe(first.json.refresh_token)
  })
})

it('is told that the store lost a rotation, and that is no theft', async () => {
  const { store } = sallyport.server.context
  const before = (await rowOf(session.session_id))!
  const next = await refresh(session.refresh_token)
  const after = (await rowOf(session.session_id))!
  const { id: _id, ...old } = before
  await store.update(sessions, { id: after.id }, old)
  const seen = sallyport.events.length
  expect(told(await refresh(next.json.refresh_token))).toBe('401 session_ended')
  expect(sallyport.events.slice(seen)).toEqual(['session.rolled_back'])
  expect(told(await refresh(session.refresh_token))).toBe('200')
})

describe('a token that was never ours', () => {
  const last = (token: string) => (token.endsWith('A') ? 'B' : 'A')
  const altered: [string, (token: string) => string][] = [
    ['cut', (token) => token.slice(0, -1)],
    ['longer', (token) => `${token}A`],
    ['padded', (token) => `${token}==`],
    ['re-cased', (token) => token.replace(/[a-z]/, (letter) => letter.toUpperCase())],
    ['in the other base64 alphabet', (token) => `+${token.slice(1)}`],
    ['with another session', (token) => `AZOO${token.slice(4)}`],
    ['with another generation', (token) => `${token.slice(0, 24)}zz${token.slice(26)}`],
    ['with another secret', (token) => `${token.slice(0, 40)}zzzz${token.slice(44)}`],
    ['with another tag', (token) => `${token.slice(0, 70)}zzzz${token.slice(74)}`],
    ['with another last character', (token) => token.slice(0, -1) + last(token)],
    ['made of another alphabet', () => 'é'.repeat(86)],
    ['very long', () => 'A'.repeat(20_000)],
  ]
  it.each(altered)('is refused and ends nothing: %s', async (_how, alter) => {
    expect(told(await refresh(alter(session.refresh_token)))).toBe('401 refresh_token_invalid')
    expect((await rowOf(session.session_id))?.generation).toBe(0)
  })

  it('is not the access token, as the refresh token is not an access token', async () => {
    expect(told(await refresh(session.access_token))).toBe('401 refresh_token_invalid')
    expect(told(await sallyport.as(session).post('/v1/refresh'))).toBe('401 refresh_token_invalid')
    expect(told(await me(session.refresh_token))).toBe('401 access_token_invalid')
  })

  it('is asked for where there is none', async () => {
    const answer = await sallyport.browser().post('/v1/refresh')
    expect(told(answer)).toBe('401 token_missing')
    expect(answer.headers['www-authenticate']).toBe('Bearer')
    expect(told(await refresh(''))).toBe('401 token_missing')
    expect(told(await refresh(17 as never))).toBe('400 invalid_request')
    expect(told(await sallyport.browser().post(`/v1/refresh?refresh_token=${session.refresh_token}`))).toBe(
      '401 token_missing',
    )
  })

  it('comes from another server with another secret', async () => {
    const other = await openSallyport()
    expect(told(await refresh(session.refresh_token, {}, other))).toBe('401 refresh_token_invalid')
    await other.close()
  })
})

describe('limits', () => {
  let limited: Sallyport
  afterEach(() => limited.close())

  it('hold one session to sixty refreshes a minute, without counting repeats', async () => {
    limited = await openSallyport({ settings: { 'limits.refresh_session.max': '60' } })
    let token = (await limited.signUp()).refresh_token
    let used = token
    for (let at = 0; at < 60; at++) {
      used = token
      token = (await refresh(token, {}, limited)).json.refresh_token
    }
    for (let at = 0; at < 5; at++) expect(told(await refresh(used, {}, limited))).toBe('200')
    const refused = await refresh(token, {}, limited)
    expect(told(refused)).toBe('429 too_many_requests')
    expect(refused.headers['retry-after']).toBe('60')
    limited.clock.advance(60_000)
    expect(told(await refresh(token, {}, limited))).toBe('200')
  })

  it('slow a client that repeats a refused refresh without a pause, and nobody else', async () => {
    limited = await openSallyport({ settings: { 'limits.refresh_refused.max': '10' } })
    const { refresh_token } = await limited.signUp()
    for (let at = 0; at < 10; at++)
      expect(told(await refresh('nonsense', {}, limited))).toBe('401 refresh_token_invalid')
    const refused = await refresh('nonsense', {}, limited)
    expect(told(refused)).toBe('429 too_many_requests')
    expect(refused.headers['retry-after']).toBe('10')
    expect(told(await refresh(refresh_token, {}, limited))).toBe('200')
    limited.clock.advance(10_000)
    expect(told(await refresh('nonsense', {}, limited))).toBe('401 refresh_token_invalid')
  })

  it('slow a client that repeats a refresh without a token all the same', async () => {
    limited = await openSallyport({ settings: { 'limits.refresh_refused.max': '3' } })
    const bare = async () => told(await limited.browser().post('/v1/refresh', {}))
    for (let at = 0; at < 3; at++) expect(await bare()).toBe('401 token_missing')
    expect(await bare()).toBe('429 too_many_requests')
    limited.clock.advance(10_000)
    expect(await bare()).toBe('401 token_missing')
  })
})
