import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { operate } from '../../testing/administrator.js'
import { newest, otherThan, topics } from '../../testing/mailed.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { claimsOf, pointers, told } from '../../testing/told.js'

let sallyport: Sallyport
let user: SignedUp & { ticket: string }
beforeAll(async () => {
  sallyport = await openSallyport({ settings: { 'limits.code_tries.max': '1000' } })
})
afterAll(() => sallyport.close())
beforeEach(async () => {
  user = (await sallyport.signUp({ name: 'Ada', locale: 'ko' })) as typeof user
})

const post = (path: string, body: unknown) => sallyport.browser().post(path, body)
const verify = (body: object) => post('/v1/email/verify', body)
const logIn = (password: string, identifier = user.email) => post('/v1/login', { identifier, password })
const me = async (tokens: { access_token: string }) => sallyport.as(tokens).get('/v1/me')
const isVerified = async () =>
  (await operate(sallyport, 'users.get', { id: user.user.id })).user.email_verified

describe('a sign-up', () => {
  it('is followed by one mail with a code to type and a link to follow, in its own language', async () => {
    const [message, ...others] = await sallyport.mail(user.email)
    expect(others).toEqual([])
    expect(message).toMatchObject({
      topic: 'verify_email',
      channel: 'email',
      to: user.email,
      userId: user.user.id,
      locale: 'ko',
      goodUntil: sallyport.clock.now() + 600_000,
    })
    const { code, link, ...facts } = message!.facts
    expect(facts).toEqual({ name: 'Ada', minutes: 10 })
    expect(code).toMatch(/^\d{6}$/)
    expect(link).toMatch(/^http:\/\/localhost:4400\/verify\/link\?t=[\w-]{43}$/)
  })

  it('without an address is followed by none', async () => {
    const before = (await sallyport.mail()).length
    const answer = await post('/v1/signup', {
      preferred_username: `nobody${before}`,
      password: 'a good long one',
    })
    expect(told(answer)).toBe('201')
    expect(answer.json).not.toHaveProperty('ticket')
    expect(await sallyport.mail()).toHaveLength(before)
  })
})

describe('who proves an address', () => {
  it('with the ticket of the sign-up is signed in and keeps everything', async () => {
    const { token } = await newest(sallyport, user.email)
    const answer = await verify({ token, ticket: user.ticket })
    expect(told(answer)).toBe('200')
    expect(answer.json.user).toMatchObject({ id: user.user.id, email_verified: true })
    expect(claimsOf(answer.json.access_token).amr).toEqual(['otp'])
    expect(told(await me(user))).toBe('200')
    expect(told(await logIn(user.password))).toBe('200')
  })

  it('with the password is signed in and keeps everything', async () => {
    const { code } = await newest(sallyport, user.email)
    const answer = await verify({ email: user.email.toUpperCase(), code, password: user.password })
    expect(told(answer)).toBe('200')
    expect(claimsOf(answer.json.access_token).amr).toEqual(['pwd'])
    expect(told(await me(user))).toBe('200')
  })

  it('without either has the account alone: password, sessions and pending changes are gone', async () => {
    expect(told(await sallyport.as(user).post('/v1/me/email', { email: 'pending@example.com' }))).toBe('202')
    await post('/v1/password/forgot', { email: user.email })
    const reset = await newest(sallyport, user.email, 'reset_password')
    const { token } = await newest(sallyport, user.email, 'verify_email')
    const answer = await verify({ token })
    expect(told(answer)).toBe('200')
    expect(answer.json).toEqual({ next: 'set_password', ticket: expect.any(String), expires_in: 1800 })
    expect(answer.setCookies).toEqual([])
    expect(await isVerified()).toBe(true)
    expect(told(await me(user))).toBe('401 session_ended')
    expect(told(await post('/v1/refresh', user))).toBe('401 session_ended')
    expect(told(await logIn(user.password))).toBe('401 invalid_credentials')
    const pending = await newest(sallyport, 'pending@example.com')
    expect(told(await verify({ token: pending.token, password: user.password }))).toBe('401 code_invalid')
    const again = { token: reset.token, new_password: 'attacker again' }
    expect(told(await post('/v1/password/reset', again))).toBe('401 code_invalid')
    const { ticket } = answer.json
    expect(told(await post('/v1/password/reset', { ticket, new_password: 'the owner’s own' }))).toBe('204')
    expect(told(await logIn('the owner’s own'))).toBe('200')
  })

  it('with a wrong password changes nothing, loses no try, and may go on', async () => {
    const { code } = await newest(sallyport, user.email)
    const proof = { email: user.email, code }
    for (let at = 0; at < 7; at++)
      expect(told(await verify({ ...proof, password: 'wrong password' }))).toBe('401 invalid_credentials')
    expect(await isVerified()).toBe(false)
    expect(told(await me(user))).toBe('200')
    expect(told(await verify({ ...proof, password: user.password }))).toBe('200')
  })

  it('with the ticket of another sign-up changes nothing', async () => {
    const other = (await sallyport.signUp()) as typeof user
    const { token } = await newest(sallyport, user.email)
    expect(told(await verify({ token, ticket: other.ticket }))).toBe('401 code_invalid')
    expect(await isVerified()).toBe(false)
    expect(told(await verify({ token, ticket: user.ticket }))).toBe('200')
  })

  it('can have the tokens in cookies', async () => {
    const { token } = await newest(sallyport, user.email)
    const browser = sallyport.browser()
    const body = { token, ticket: user.ticket, transport: 'cookie' }
    const answer = await browser.post('/v1/email/verify', body, { 'sec-fetch-site': 'same-origin' })
    expect(told(answer)).toBe('200')
    expect(answer.text).not.toContain('access_token')
    expect(told(await browser.get('/v1/me'))).toBe('200')
    expect(told(await browser.post('/v1/email/verify', body, { 'sec-fetch-site': 'cross-site' }))).toBe(
      '403 origin_not_allowed',
    )
  })

  it('does so once: the code and the link beside it are used up together', async () => {
    const { token, code } = await newest(sallyport, user.email)
    expect(told(await verify({ token, ticket: user.ticket }))).toBe('200')
    for (const proof of [{ token }, { email: user.email, code }])
      expect(told(await verify({ ...proof, ticket: user.ticket }))).toBe('401 code_invalid')
    expect(told(await me(user))).toBe('200')
  })
})

describe('a code', () => {
  it('is good for ten minutes, and no longer', async () => {
    const { token, code } = await newest(sallyport, user.email)
    sallyport.clock.advance(600_000)
    for (const proof of [{ token }, { email: user.email, code }])
      expect(told(await verify({ ...proof, ticket: user.ticket }))).toBe('401 code_invalid')
  })

  it('is good up to the last millisecond, by a clock that is a minute off as well', async () => {
    const { token } = await newest(sallyport, user.email)
    sallyport.clock.advance(-60_000)
    sallyport.clock.advance(60_000 + 599_999)
    expect(told(await verify({ token, ticket: user.ticket }))).toBe('200')
  })

  it('has five tries; the sixth fails even when it is right, while the link goes on', async () => {
    const { code, token } = await newest(sallyport, user.email)
    const tried = async (code: string) => told(await verify({ email: user.email, code, ticket: user.ticket }))
    for (let at = 0; at < 5; at++) expect(await tried(otherThan(code))).toBe('401 code_invalid')
    expect(await tried(code)).toBe('401 code_invalid')
    expect(told(await verify({ token, ticket: user.ticket }))).toBe('200')
  })

  it('is right at the fifth try', async () => {
    const { code } = await newest(sallyport, user.email)
    const tried = async (code: string) => told(await verify({ email: user.email, code, ticket: user.ticket }))
    for (let at = 0; at < 4; at++) expect(await tried(otherThan(code))).toBe('401 code_invalid')
    expect(await tried(` ${code.slice(0, 3)} ${code.slice(3)} `)).toBe('200')
  })

  it('is nobody’s where the address is, and answers alike', async () => {
    const wrong = await verify({ email: user.email, code: '12345' })
    const unknown = await verify({ email: 'unknown@example.com', code: '123456' })
    expect([told(wrong), told(unknown)]).toEqual(['401 code_invalid', '401 code_invalid'])
    expect({ ...wrong.json, instance: '' }).toEqual({ ...unknown.json, instance: '' })
  })

  it('is void once the password, the address or the status has changed', async () => {
    const { id } = user.user
    const acts: [string, () => Promise<unknown>][] = [
      ['password', () => operate(sallyport, 'users.set_password', { id, password: 'another good one' })],
      ['address', () => operate(sallyport, 'users.update', { id, email: `moved${id}@example.com` })],
      ['status', () => operate(sallyport, 'users.disable', { id })],
    ]
    for (const [what, act] of acts) {
      sallyport.clock.advance(3_600_000)
      await post('/v1/email/verify/resend', { email: user.email })
      const { token } = await newest(sallyport, user.email, 'verify_email')
      expect(told(await post('/v1/link', { token }))).toBe('200')
      await act()
      expect([what, told(await verify({ token }))]).toEqual([what, '401 code_invalid'])
      if (what === 'address') await operate(sallyport, 'users.update', { id, email: user.email })
      if (what === 'status') await operate(sallyport, 'users.enable', { id })
      expect([what, told(await verify({ token }))]).toEqual([what, '401 code_invalid'])
    }
  })

  it.each([
    [{}, '/token'],
    [{ email: 'a@example.com' }, '/code'],
    [{ email: 'nobody', code: '123456' }, '/email'],
    [{ token: 1 }, '/token'],
    [{ token: { $gt: '' } }, '/token'],
    [{ email: ['a@example.com'], code: '123456' }, '/email'],
    [{ email: 'a@example.com', code: 123456 }, '/code'],
    [{ token: 'x'.repeat(129) }, '/token'],
    [{ token: 'x', ticket: null }, '/ticket'],
    [{ token: 'x', password: true }, '/password'],
  ])('that is %j is refused by the name of the member', async (body, pointer) => {
    const answer = await verify(body)
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual([pointer])
  })
})

describe('asking for it again', () => {
  const resend = (email: string) => post('/v1/email/verify/resend', { email })

  it('voids the one before, and the ticket of the sign-up stays good for a day', async () => {
    const first = await newest(sallyport, user.email)
    sallyport.clock.advance(3_600_000)
    expect((await resend(user.email)).json).toEqual({ expires_in: 600, resend_after: 30 })
    const second = await newest(sallyport, user.email)
    expect(told(await verify({ token: first.token, ticket: user.ticket }))).toBe('401 code_invalid')
    expect(told(await verify({ token: second.token, ticket: user.ticket }))).toBe('200')
    expect(told(await me((await logIn(user.password)).json))).toBe('200')
  })

  it('answers alike for unknown, proven and disabled addresses, and sends them nothing', async () => {
    const proven = await sallyport.signUp()
    await operate(sallyport, 'users.update', { id: proven.user.id, email_verified: true })
    const disabled = await sallyport.signUp()
    await operate(sallyport, 'users.disable', { id: disabled.user.id })
    const before = (await sallyport.mail()).length
    const answers = []
    for (const email of ['unknown@example.com', proven.email, disabled.email]) {
      const answer = await resend(email)
      answers.push([told(answer), answer.json])
    }
    expect(answers).toEqual(Array(3).fill(['202', { expires_in: 600, resend_after: 30 }]))
    expect(await sallyport.mail()).toHaveLength(before)
  })

  it('sends at most five an hour to an address, and says how long the next one takes', async () => {
    const answers = []
    for (let at = 0; at < 100; at++) answers.push(await resend(user.email))
    expect(new Set(answers.map(told))).toEqual(new Set(['202']))
    expect(await topics(sallyport, user.email)).toEqual(Array(5).fill('verify_email'))
    expect(answers[2]!.json.resend_after).toBe(30)
    expect(answers[3]!.json.resend_after).toBe(3600)
    expect(answers[99]!.json.resend_after).toBe(3600)
    expect(sallyport.events.filter((name) => name === 'message.withheld').length).toBeGreaterThan(95)
    const { token } = await newest(sallyport, user.email)
    expect(told(await post('/v1/link', { token }))).toBe('200')
    sallyport.clock.advance(3_600_000)
    await resend(user.email)
    expect(await topics(sallyport, user.email)).toHaveLength(6)
  })

  it('counts one address in any spelling', async () => {
    const spellings = [user.email, user.email.toUpperCase(), ` ${user.email}`, user.email.replace('@', '＠')]
    for (const email of [...spellings, ...spellings]) expect(told(await resend(email))).toBe('202')
    expect(await topics(sallyport, user.email)).toHaveLength(5)
  })
})

it('wrong codes for one address are limited over all of its codes, and other addresses go on', async () => {
  const strict = await openSallyport({ settings: { 'limits.message_address.max': '100' } })
  const ada = await strict.signUp()
  const guess = async (email: string) =>
    told(await strict.browser().post('/v1/email/verify', { email, code: '1234567' }))
  for (let round = 0; round < 4; round++) {
    await strict.browser().post('/v1/email/verify/resend', { email: ada.email })
    for (let at = 0; at < 5; at++) expect(await guess(ada.email)).toBe('401 code_invalid')
  }
  await strict.browser().post('/v1/email/verify/resend', { email: ada.email })
  expect(await guess(ada.email)).toBe('429 too_many_requests')
  expect(await guess('other@example.com')).toBe('401 code_invalid')
  const { token } = await newest(strict, ada.email)
  const body = { token, password: ada.password }
  expect(told(await strict.browser().post('/v1/email/verify', body))).toBe('200')
  strict.clock.advance(3_600_000)
  expect(await guess(ada.email)).toBe('401 code_invalid')
  await strict.close()
})
