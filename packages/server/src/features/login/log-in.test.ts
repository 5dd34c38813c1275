import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { users } from '../../domain/tables.js'
import type { Answer } from '../../testing/browser.js'
import { openSallyport, type Sallyport, type SignedUp, withDatabaseFile } from '../../testing/sallyport.js'
import { claimsOf, told } from '../../testing/told.js'

let sallyport: Sallyport
let ada: SignedUp
const password = 'correct horse battery'
const secret = { current: Buffer.alloc(32, 7) }

beforeAll(async () => {
  sallyport = await openSallyport({ settings: { 'limits.login_account.max': '100000' } })
  ada = await sallyport.signUp({ email: 'Ada@bücher.example', preferred_username: 'Ada', password })
})
afterAll(() => sallyport.close())

const logIn = (identifier: unknown, given: unknown = password) =>
  sallyport.browser().post('/v1/login', { identifier, password: given })

describe('who logs in', () => {
  it.each([
    'Ada@bücher.example',
    'ADA@BÜCHER.EXAMPLE',
    'ada＠bücher.example',
    ' ada@bücher.example ',
    'ada@xn--bcher-kva.example',
    'Ada',
    'ADA',
    'ａｄａ',
    ' ada ',
  ])('as %j reaches the same account', async (identifier) => {
    const answer = await logIn(identifier)
    expect(told(answer)).toBe('200')
    expect(answer.json.user.id).toBe(ada.user.id)
  })

  it('gets a session of its own that says how and when it was proven', async () => {
    sallyport.clock.advance(60_000)
    const first = await logIn('ada')
    const second = await logIn('ada')
    expect(first.json.session_id).not.toBe(second.json.session_id)
    const claims = claimsOf(first.json.access_token)
    const now = sallyport.clock.now() / 1000
    expect(claims).toMatchObject({
      iss: 'http://localhost:4400',
      aud: 'sallyport',
      sub: ada.user.id,
      sid: first.json.session_id,
      client_id: 'sallyport',
      amr: ['pwd'],
      auth_time: now,
      iat: now,
      exp: now + 300,
      roles: [],
    })
    expect(Object.keys(claims).sort()).toEqual(
      'amr aud auth_time client_id exp iat iss jti roles scope sid sub'.split(' '),
    )
    expect(first.json.user.last_login_at).toBe(new Date(sallyport.clock.now()).toISOString())
  })

  it('proves the password in any composition, and in no other way', async () => {
    await sallyport.signUp({ email: 'nfc@example.com', password: 'caf\u00e9 au lait' })
    expect(told(await logIn('nfc@example.com', 'cafe\u0301 au lait'))).toBe('200')
    for (const wrong of ['cafe au lait', 'Caf\u00e9 au lait', ' caf\u00e9 au lait', 'caf\u00e9 au lait '])
      expect(told(await logIn('nfc@example.com', wrong))).toBe('401 invalid_credentials')
  })

  it('proves every character of a long password', async () => {
    const long = 'ab3d'.repeat(50)
    await sallyport.signUp({ email: 'long@example.com', password: long })
    expect(told(await logIn('long@example.com', long))).toBe('200')
    for (const wrong of [long.slice(0, 72), `${long.slice(0, 199)}x`, `${long}x`, 'x'.repeat(60_000)])
      expect(told(await logIn('long@example.com', wrong))).toBe('401 invalid_credentials')
  })
})

describe('who fails', () => {
  /** What an observer can compare: everything but the request id. */
  const seen = ({ status, headers, json, setCookies }: Answer) => {
    const { date: _date, 'x-request-id': _id, ...others } = headers
    return { status, setCookies, headers: others, body: { ...json, instance: '' } }
  }

  it('cannot tell an unknown, deleted or password-less account from a wrong password', async () => {
    const { store } = sallyport.server.context
    const passwordless = await sallyport.signUp()
    await store.update(users, { id: passwordless.user.id }, { password_hash: null })
    const deleted = await sallyport.signUp()
    expect(told(await sallyport.as(deleted).send('DELETE', '/v1/me'))).toBe('204')
    const { hasher } = sallyport.server.context
    const wrong = await logIn('ada', 'wrong password')
    expect(told(wrong)).toBe('401 invalid_credentials')
    const cases: [string, string][] = [
      ['nobody@example.com', password],
      ['nobody', password],
      ['not an identifier', password],
      ['a@b@c', password],
      [passwordless.email, passwordless.password],
      [deleted.email, deleted.password],
    ]
    for (const [identifier, given] of cases) {
      const before = hasher.stats().done
      expect(seen(await logIn(identifier, given))).toEqual(seen(wrong))
      expect(hasher.stats().done - before).toBe(1)
    }
  })

  it('learns that an account is disabled only with the right password', async () => {
    const disabled = await sallyport.signUp()
    await sallyport.server.context.store.update(users, { id: disabled.user.id }, { status: 'disabled' })
    expect(told(await logIn(disabled.email, 'wrong password'))).toBe('401 invalid_credentials')
    expect(told(await logIn(disabled.email, disabled.password))).toBe('403 account_disabled')
  })

  it.each([
    [{ identifier: { $gt: '' }, password }, '/identifier'],
    [{ identifier: ['ada'], password }, '/identifier'],
    [{ identifier: 'ada', password: true }, '/password'],
    [{ identifier: '', password }, '/identifier'],
    [{ identifier: 'ada' }, '/password'],
    [{ password }, '/identifier'],
  ])('with %j is told which member is wrong', async (body, pointer) => {
    const answer = await sallyport.browser().post('/v1/login', body)
    expect(told(answer)).toBe('400 invalid_request')
    expect(answer.json.errors.map((one: { pointer: string }) => one.pointer)).toContain(pointer)
  })
})

it('renews a stored hash that is weaker than one made now, and only at the right password', async () => {
  await withDatabaseFile(async (settings) => {
    const before = await openSallyport({ settings, secret })
    const user = await before.signUp()
    await before.close()
    const stronger = { ...settings, 'password.argon2': '{"passes":3}' }
    const after = await openSallyport({ settings: stronger, secret })
    const stored = async () =>
      (await after.server.context.store.get(users, { id: user.user.id }))?.password_hash
    const tried = async (password: string) =>
      told(await after.browser().post('/v1/login', { identifier: user.email, password }))
    expect(await stored()).toContain('m=19456,t=2,p=1')
    expect(await tried('wrong password')).toBe('401 invalid_credentials')
    expect(await stored()).toContain('m=19456,t=2,p=1')
    expect(await tried(user.password)).toBe('200')
    expect(await stored()).toContain('m=19456,t=3,p=1')
    expect(await tried(user.password)).toBe('200')
    expect(told(await after.browser().post('/v1/refresh', user))).toBe('200')
    await after.close()
  })
})

it('takes only the identifiers that the settings name', async () => {
  await withDatabaseFile(async (settings) => {
    const before = await openSallyport({ settings, secret })
    const user = await before.signUp({ preferred_username: 'grace' })
    await before.close()
    const emails = await openSallyport({ settings: { ...settings, 'signup.identifiers': 'email' }, secret })
    const tried = async (identifier: string) =>
      told(await emails.browser().post('/v1/login', { identifier, password: user.password }))
    expect(await tried('grace')).toBe('401 invalid_credentials')
    expect(await tried(user.email)).toBe('200')
    await emails.close()
  })
})
