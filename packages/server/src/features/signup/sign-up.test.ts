import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { users } from '../../domain/tables.js'
import { hostileAddresses } from '../../testing/hostile.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { claimsOf, pointers, told } from '../../testing/told.js'

let sallyport: Sallyport
beforeAll(async () => {
  sallyport = await openSallyport()
})
afterAll(() => sallyport.close())

const password = 'correct horse battery'
const signUp = (body: unknown, headers?: Record<string, string>) =>
  sallyport.browser().post('/v1/signup', body, headers)

describe('who signs up', () => {
  it('by email is signed in and gets the whole answer', async () => {
    const answer = await signUp({ email: 'Ada@Example.com', password, name: 'Ada', locale: 'en-GB' })
    expect(told(answer)).toBe('201')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.setCookies).toEqual([])
    const { access_token, refresh_token, device_token, session_id, user, ticket, ...rest } = answer.json
    expect(rest).toEqual({
      token_type: 'Bearer',
      expires_in: 300,
      refresh_expires_in: 14 * 86_400,
      device_expires_in: 180 * 86_400,
    })
    expect(device_token).toMatch(/^[\w-]{72}$/)
    expect(ticket).toMatch(/^[\w-]{43}$/)
    expect(refresh_token).toMatch(/^[\w-]{86}$/)
    expect(user).toEqual({
      id: claimsOf(access_token).sub,
      email: 'Ada@example.com',
      email_verified: false,
      phone_number_verified: false,
      name: 'Ada',
      locale: 'en-GB',
      roles: [],
      status: 'active',
      created_at: '2030-01-01T00:00:00.000Z',
      updated_at: '2030-01-01T00:00:00.000Z',
      last_login_at: '2030-01-01T00:00:00.000Z',
    })
    expect(claimsOf(access_token).sid).toBe(session_id)
    expect(told(await sallyport.as(answer.json).get('/v1/me'))).toBe('200')
  })

  it('by username needs no address', async () => {
    const answer = await signUp({ preferred_username: 'Grace', password })
    expect(told(answer)).toBe('201')
    expect(answer.json.user.preferred_username).toBe('Grace')
    expect(answer.json.user).not.toHaveProperty('email')
  })

  it('by both is found by either', async () => {
    await signUp({ email: 'both@example.com', preferred_username: 'both', password })
    for (const identifier of ['both@example.com', 'both'])
      expect(told(await sallyport.browser().post('/v1/login', { identifier, password }))).toBe('200')
  })

  it('by neither is told which member is missing', async () => {
    const answer = await signUp({ password })
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual(['/email'])
  })

  it('never sees the password again, nor anything made of it', async () => {
    const answer = await signUp({ email: 'canary@example.com', password: 'canary in a coal mine' })
    expect(answer.text).not.toMatch(/canary in|argon2|hash/)
    expect(sallyport.logged.join('\n')).not.toMatch(/canary in|argon2id/)
  })
})

describe('a taken identifier', () => {
  beforeAll(async () => {
    await signUp({ email: 'taken@bücher.example', preferred_username: 'Taken', password })
  })

  it.each([
    'taken@bücher.example',
    'TAKEN@BÜCHER.EXAMPLE',
    'taken＠bücher.example',
    ' taken@bücher.example ',
    'taken@xn--bcher-kva.example',
    'taken@bu\u0308cher.example',
    'ｔａｋｅｎ@bücher。example',
  ])('is the address %j in any spelling', async (email) => {
    expect(told(await signUp({ email, password }))).toBe('409 email_taken')
  })

  it.each(['Taken', 'TAKEN', ' taken', 'ｔａｋｅｎ'])('is the username %j in any spelling', async (name) => {
    expect(told(await signUp({ preferred_username: name, password }))).toBe('409 username_taken')
  })

  it('leaves no half of an account behind', async () => {
    const fresh = { email: 'half@example.com', preferred_username: 'taken', password }
    expect(told(await signUp(fresh))).toBe('409 username_taken')
    expect(told(await signUp({ email: 'half@example.com', password }))).toBe('201')
  })
})

describe('what cannot be an identifier', () => {
  it.each(hostileAddresses)('is refused as an address: %j', async (email) => {
    const answer = await signUp({ email, password })
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual(['/email'])
  })

  it.each(['аdmin', 'ad\u200bmin', 'Admin', 'ａdmin', 'a b', 'ada@example.com', 'sallyport', '', '\u202ex'])(
    'is refused as a username: %j',
    async (preferred_username) => {
      const answer = await signUp({ preferred_username, password })
      expect(told(answer)).toBe('400 invalid_request')
      expect(pointers(answer)).toEqual(['/preferred_username'])
    },
  )

  it.each([
    [{ email: ['a@example.com'] }, '/email'],
    [{ email: { $gt: '' } }, '/email'],
    [{ email: 1 }, '/email'],
    [{ email: null }, '/email'],
    [{ email: true }, '/email'],
    [{ email: 'a@example.com', password: 12345678 }, '/password'],
    [{ email: 'a@example.com', password: null }, '/password'],
    [{ email: 'a@example.com', name: {} }, '/name'],
    [{ email: 'a@example.com', metadata: 'text' }, '/metadata'],
    [{ email: 'a@example.com', transport: 'smoke' }, '/transport'],
  ])('is refused and never converted: %j', async (body, pointer) => {
    const answer = await signUp({ password, ...body })
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toContain(pointer)
  })
})

describe('a new password', () => {
  const tried = async (password: string, more = {}) => {
    const answer = await signUp({ email: `pw${Math.random()}@example.com`, password, ...more })
    return [told(answer), answer.json.errors?.[0]?.pointer, answer.json.detail]
  }

  it('has eight characters at least, counted as code points', async () => {
    const short = ['422 password_too_short', '/password', 'The password needs at least 8 characters.']
    expect(await tried('tzqxvwk')).toEqual(short)
    expect(await tried('🐎🐎🐎🐎')).toEqual(short)
    expect((await tried('tzqxvwkj'))[0]).toBe('201')
  })

  it('needs no composition: digits, words or blanks will do', async () => {
    for (const good of ['83920174650192837465', 'ocean lamp drift quiet', '  leading and trailing  '])
      expect((await tried(good))[0]).toBe('201')
  })

  it('is at most 1,024 bytes, and longer ones are refused aloud', async () => {
    expect((await tried('é'.repeat(512)))[0]).toBe('201')
    expect((await tried(`${'é'.repeat(512)}x`))[0]).toBe('422 password_too_long')
    expect((await tried('x'.repeat(60_000)))[0]).toBe('422 password_too_long')
  })

  it('is not a common one, nor made of its owner', async () => {
    expect((await tried('password123'))[0]).toBe('422 password_too_common')
    expect((await tried('PASSWORD123'))[0]).toBe('422 password_too_common')
    expect((await tried('Anna.Smith_1987!', { email: 'anna.smith@example.com' }))[0]).toBe(
      '422 password_too_common',
    )
    expect((await tried('sallyport'))[0]).toBe('422 password_too_common')
  })

  it('asks for 15 characters under the preset nist', async () => {
    const strict = await openSallyport({ settings: { 'password.preset': 'nist' } })
    const of = async (password: string) =>
      told(await strict.browser().post('/v1/signup', { email: `${password.length}@example.com`, password }))
    expect(await of('tzqxvwkjhfbnmr')).toBe('422 password_too_short')
    expect(await of('tzqxvwkjhfbnmrd')).toBe('201')
    await strict.close()
  })
})

describe('what a client may not decide', () => {
  it('is ignored at sign-up, whatever it is called', async () => {
    const answer = await signUp({
      email: 'mass@example.com',
      password,
      id: '00000000-0000-7000-8000-000000000000',
      roles: ['admin'],
      role: 'admin',
      is_admin: true,
      status: 'disabled',
      email_verified: true,
      phone_number_verified: true,
      created_at: '2001-01-01T00:00:00Z',
      app_metadata: { plan: 'gold' },
      epoch: 99,
      password_hash: 'x',
      tenant: 'other',
    })
    expect(told(answer)).toBe('201')
    const { json: user } = await sallyport.as(answer.json).get('/v1/me')
    expect(user).toMatchObject({ roles: [], status: 'active', email_verified: false })
    expect(user.created_at).toBe('2030-01-01T00:00:00.000Z')
    expect(user.id).not.toBe('00000000-0000-7000-8000-000000000000')
    for (const absent of ['app_metadata', 'phone_number', 'tenant', 'is_admin', 'role'])
      expect(user).not.toHaveProperty(absent)
    expect(claimsOf(answer.json.access_token).roles).toEqual([])
  })

  it('is not reached through a prototype either', async () => {
    const answer = await signUp(
      '{"email":"proto@example.com","password":"correct horse battery","__proto__":{"roles":["admin"]},"constructor":{"prototype":{"status":"x"}},"metadata":{"__proto__":{"a":1},"b":2}}',
    )
    expect(told(answer)).toBe('201')
    expect(answer.json.user).toMatchObject({ roles: [], status: 'active', metadata: { b: 2 } })
    const after = await signUp({ email: 'proto2@example.com', password })
    expect(after.json.user.roles).toEqual([])
  })
})

describe('metadata', () => {
  it('is kept as it was sent, up to 16 KiB', async () => {
    const fits = { text: 'x'.repeat(16 * 1024 - '{"text":""}'.length) }
    const kept = await signUp({ email: 'meta@example.com', password, metadata: fits })
    expect(kept.json.user.metadata).toEqual(fits)
    const over = { text: `${fits.text}x` }
    const refused = await signUp({ email: 'meta2@example.com', password, metadata: over })
    expect(told(refused)).toBe('400 invalid_request')
    expect(pointers(refused)).toEqual(['/metadata'])
  })
})

it('makes one account of a hundred sign-ups with one address at once', async () => {
  const crowd = await openSallyport()
  const all = await Promise.all(
    Array.from({ length: 100 }, (_, at) =>
      crowd.browser().post('/v1/signup', { email: at % 2 ? 'crowd@x.example' : 'CROWD@x.example', password }),
    ),
  )
  const answers = all.map(told)
  expect(answers.filter((one) => one === '201')).toHaveLength(1)
  expect(answers.filter((one) => one === '409 email_taken')).toHaveLength(99)
  expect(await crowd.server.context.store.count(users, {})).toBe(1)
  await crowd.close()
})

describe('settings', () => {
  it('close the door to strangers', async () => {
    const closed = await openSallyport({ settings: { 'signup.open': 'false' } })
    const answer = await closed.browser().post('/v1/signup', { email: 'a@example.com', password })
    expect(told(answer)).toBe('403 forbidden')
    expect(await closed.server.context.store.count(users, {})).toBe(0)
    await closed.close()
  })

  it('say which identifiers count, at sign-up and at log-in', async () => {
    const emails = await openSallyport({ settings: { 'signup.identifiers': 'email' } })
    const both = { email: 'a@example.com', preferred_username: 'ada', password }
    const refused = await emails.browser().post('/v1/signup', both)
    expect(told(refused)).toBe('400 invalid_request')
    expect(pointers(refused)).toEqual(['/preferred_username'])
    await emails.close()
    const names = await openSallyport({ settings: { 'signup.identifiers': 'username' } })
    expect(pointers(await names.browser().post('/v1/signup', { password }))).toEqual(['/preferred_username'])
    expect(told(await names.browser().post('/v1/signup', { preferred_username: 'ada', password }))).toBe(
      '201',
    )
    await names.close()
  })

  it('limit sign-ups from one address, and the limit passes', async () => {
    const limited = await openSallyport({ settings: { 'limits.signup_address.max': '2' } })
    const again = (at: number) =>
      limited.browser().post('/v1/signup', { email: `l${at}@example.com`, password })
    expect([told(await again(1)), told(await again(2))]).toEqual(['201', '201'])
    const third = await again(3)
    expect(told(third)).toBe('429 too_many_requests')
    expect(third.headers['retry-after']).toBe('3600')
    limited.clock.advance(3_600_000)
    expect(told(await again(3))).toBe('201')
    await limited.close()
  })
})
