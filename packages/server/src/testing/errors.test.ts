// Every code of the catalogue that can be met today, met once; `told` holds each against the promised shape.
import { type ErrorCode, errors } from '@sallyport/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { users } from '../domain/tables.js'
import { loadDriver, openWriting } from '../store/engines/sqlite/driver.js'
import { machine } from './administrator.js'
import type { Answer } from './browser.js'
import { openSallyport, type Sallyport, type SignedUp, withDatabaseFile } from './sallyport.js'
import { told } from './told.js'

/** It needs a provider that answers, and is met in features/social. */
const elsewhere: ErrorCode[] = ['link_required']

const password = 'correct horse battery'
let sallyport: Sallyport
let closed: Sallyport
let strict: Sallyport
let ada: SignedUp
beforeAll(async () => {
  sallyport = await openSallyport({
    settings: {
      'limits.login_address.max': '50',
      'signup.identifiers': 'email,username,phone',
      'phone.countries': 'KR',
    },
  })
  closed = await openSallyport({ settings: { 'signup.open': 'false' } })
  strict = await openSallyport({
    settings: {
      'signup.require-verified': 'true',
    },
  })
  ada = await sallyport.signUp({ preferred_username: 'ada' })
})
afterAll(() => Promise.all([sallyport.close(), closed.close(), strict.close()]))

const post = (path: string, body?: unknown, headers?: Record<string, string>) =>
  sallyport.browser().post(path, body, headers)
const signUp = (more: object) => post('/v1/signup', { email: 'new@example.com', password, ...more })
const me = (access_token: string) => sallyport.as({ access_token }).get('/v1/me')

const ways: Partial<Record<ErrorCode, () => Promise<Answer>>> = {
  invalid_request: () => post('/v1/login', { identifier: 1 }),
  invalid_json: () => post('/v1/login', '{"identifier":"a","identifier":"b"}'),
  unsupported_media_type: () => post('/v1/login', 'identifier=a', { 'content-type': 'text/plain' }),
  payload_too_large: () => signUp({ name: 'x'.repeat(70_000) }),
  not_found: () => sallyport.browser().get('/v1/nothing'),
  method_not_allowed: () => sallyport.browser().get('/v1/login'),
  invalid_credentials: () => post('/v1/login', { identifier: 'nobody', password }),
  token_missing: () => sallyport.browser().get('/v1/me'),
  access_token_invalid: () => me('nonsense'),
  refresh_token_invalid: () => post('/v1/refresh', { refresh_token: 'nonsense' }),
  forbidden: () => closed.browser().post('/v1/signup', { email: 'a@example.com', password }),
  email_taken: () => signUp({ email: ada.email }),
  username_taken: () => signUp({ preferred_username: 'ADA' }),
  password_too_short: () => signUp({ password: 'x1!' }),
  password_too_long: () => signUp({ password: 'ab3d'.repeat(400) }),
  password_too_common: () => signUp({ password: 'password1' }),
  origin_not_allowed: () =>
    post('/v1/logout', undefined, {
      cookie: `sallyport_access=${ada.access_token}`,
      origin: 'https://evil.example',
    }),
  account_disabled: async () => {
    const { email: identifier, password, user } = await sallyport.signUp()
    await sallyport.server.context.store.update(users, { id: user.id }, { status: 'disabled' })
    return post('/v1/login', { identifier, password })
  },
  code_invalid: () => post('/v1/email/verify', { email: 'a@example.com', code: '123456' }),
  email_not_verified: async () => {
    const browser = strict.browser()
    await browser.post('/v1/signup', { email: 'a@example.com', password })
    return browser.post('/v1/login', { identifier: 'a@example.com', password })
  },
  phone_taken: async () => {
    const phone_number = '+821012345678'
    await signUp({ email: 'b@example.com', phone_number })
    return signUp({ email: 'c@example.com', phone_number })
  },
  session_ended: async () => {
    const user = await sallyport.signUp()
    await sallyport.as(user).post('/v1/logout')
    return me(user.access_token)
  },
  refresh_token_reused: async () => {
    const user = await sallyport.signUp()
    const next = await post('/v1/refresh', user)
    await post('/v1/refresh', next.json)
    return post('/v1/refresh', user)
  },
  access_token_expired: async () => {
    const user = await sallyport.signUp()
    sallyport.clock.advance(300_000)
    return me(user.access_token)
  },
  step_up_required: async () => {
    const user = await sallyport.signUp()
    sallyport.clock.advance(301_000)
    const { access_token } = (await post('/v1/refresh', user)).json
    return sallyport.as({ access_token }).send('DELETE', '/v1/me')
  },
  refresh_token_expired: async () => {
    const user = await sallyport.signUp()
    sallyport.clock.advance(15 * 86_400_000)
    return post('/v1/refresh', user)
  },
  conflict: async () => {
    const bot = await machine(sallyport, 'keys:write')
    await bot.post('/v1/admin/keys/rotate')
    return bot.post('/v1/admin/keys/rotate')
  },
  too_many_requests: async () => {
    let answer: Answer
    do answer = await post('/v1/login', { identifier: '-', password })
    while (answer.status === 401)
    return answer
  },
  provider_unavailable: async () => {
    const nowhere = { 'social.google.jwks_uri': 'http://127.0.0.1:9/', 'social.google.client_id': 'web' }
    const server = await openSallyport({ settings: nowhere })
    const credential = `${Buffer.from('{"alg":"RS256","kid":"a"}').toString('base64url')}.e30.AA`
    const answer = await server.browser().post('/v1/social/google', { credential })
    await server.close()
    return answer
  },
  overloaded: async () => {
    const crowd = await Promise.all(
      Array.from({ length: 800 }, (_, at) => signUp({ email: `crowd${at}@example.com` })),
    )
    return crowd.find(({ status }) => status === 503) ?? crowd[0]!
  },
}

describe('a refusal', () => {
  it.each(Object.keys(errors).filter((code) => code in ways) as ErrorCode[])('is met: %s', async (code) => {
    const answer = await ways[code]!()
    expect(told(answer)).toBe(`${errors[code].status} ${code}`)
    expect(answer.text).not.toMatch(/node_modules|\.js:\d|SELECT|sqlite|argon2/i)
    if (['too_many_requests', 'overloaded', 'provider_unavailable'].includes(code))
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    if (code === 'method_not_allowed') expect(answer.headers.allow).toBe('POST, OPTIONS')
    if (answer.status === 401 && code !== 'invalid_credentials')
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/)
  })

  it('is on the list', () => {
    const known = [...Object.keys(ways), ...elsewhere, 'store_unavailable', 'internal']
    expect(known.sort()).toEqual(Object.keys(errors).sort())
  })
})

describe('a store that cannot work', () => {
  it('is 503 for what writes, and the same request works when the lock is gone', async () => {
    await withDatabaseFile(async (settings, path) => {
      const server = await openSallyport({ settings })
      const user = await server.signUp()
      const foreign = openWriting(await loadDriver(), path)
      foreign.exec('BEGIN IMMEDIATE')
      const refused = await server.browser().post('/v1/refresh', user)
      expect(told(refused)).toBe('503 store_unavailable')
      expect(refused.headers['retry-after']).toBe('1')
      expect(told(await server.as(user).get('/v1/me'))).toBe('200')
      expect(told(await server.browser().get('/healthz'))).toBe('200')
      foreign.exec('ROLLBACK')
      foreign.close()
      expect(told(await server.browser().post('/v1/refresh', user))).toBe('200')
      await server.close()
    })
  })

  it('is 500 without a word of why where something is broken, and the log has the why', async () => {
    await withDatabaseFile(async (settings, path) => {
      const server = await openSallyport({ settings })
      const user = await server.signUp()
      const foreign = openWriting(await loadDriver(), path)
      foreign.exec('DROP TABLE sessions')
      foreign.close()
      // The reads of one turn of the loop share a state of the database.
      await new Promise(setImmediate)
      const answer = await server.as(user).get('/v1/me/sessions')
      expect(told(answer)).toBe('500 internal')
      expect(answer.text).not.toMatch(/sqlite|table|sessions\.|at /i)
      const line = server.logged.find((one) => one.includes('no such table'))
      expect(line).toContain(answer.json.instance)
      await server.close()
    })
  })
})
