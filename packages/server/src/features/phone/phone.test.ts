import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { operate } from '../../testing/administrator.js'
import { newest, otherThan, topics } from '../../testing/mailed.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { claimsOf, pointers, told } from '../../testing/told.js'

const settings = {
  'phone.countries': 'KR,US',
  'phone.default-country': 'KR',
  'signup.identifiers': 'email,username,phone',
  'limits.sms_prefix.max': '1000',
}
let sallyport: Sallyport
let user: SignedUp
let count = 0
let number = ''
beforeAll(async () => {
  sallyport = await openSallyport({ settings })
})
afterAll(() => sallyport.close())
beforeEach(async () => {
  user = await sallyport.signUp()
  count += 1
  number = `+8210${String(20_000_000 + count * 10_001)}`
})

const password = 'a door behind the ivy'
const post = (path: string, body: unknown) => sallyport.browser().post(path, body)
const change = (phone_number: unknown, tokens: { access_token: string } = user) =>
  sallyport.as(tokens).post('/v1/me/phone', { phone_number })
const verify = (code: string, tokens: { access_token: string } = user) =>
  sallyport.as(tokens).post('/v1/me/phone/verify', { code })
const remove = (tokens: { access_token: string } = user) =>
  sallyport.as(tokens).send('DELETE', '/v1/me/phone')
const logIn = (identifier: string, given = password) => post('/v1/login', { identifier, password: given })
const ask = (phone_number = number) => post('/v1/login/code', { phone_number })
const enter = (code: string, phone_number = number) => post('/v1/login/code/verify', { phone_number, code })
async function proven(tokens: { access_token: string } = user, to = number): Promise<void> {
  await change(to, tokens)
  const answer = await verify((await newest(sallyport, to, 'verify_phone')).code, tokens)
  if (answer.status !== 200) throw new Error(answer.text)
}

describe('a number', () => {
  it('is the account’s once its code was typed, in E.164 however it was written', async () => {
    const answer = await change(`0${number.slice(3, 5)}-${number.slice(5, 9)} ${number.slice(9)}`)
    expect([told(answer), answer.json]).toEqual(['202', { expires_in: 600, resend_after: 30 }])
    expect((await sallyport.as(user).get('/v1/me')).json).not.toHaveProperty('phone_number')
    const [message] = await sallyport.mail(number)
    expect(message).toMatchObject({ topic: 'verify_phone', channel: 'sms', to: number })
    expect(Object.keys(message!.facts).sort()).toEqual(['code', 'minutes'])
    const done = await verify(String(message!.facts.code))
    expect(told(done)).toBe('200')
    expect(done.json).toMatchObject({ id: user.user.id, phone_number: number, phone_number_verified: true })
    expect(sallyport.events.at(-1)).toBe('phone.changed')
    expect(told(await verify(String(message!.facts.code)))).toBe('401 code_invalid')
  })

  it('may be named beside the code: then the code of another one proves nothing', async () => {
    await change(number)
    const { code } = await newest(sallyport, number)
    const named = (phone_number: unknown) =>
      sallyport.as(user).post('/v1/me/phone/verify', { code, phone_number })
    expect(told(await named('+821012345678'))).toBe('401 code_invalid')
    const unreadable = await named('12')
    expect([told(unreadable), pointers(unreadable)]).toEqual(['400 invalid_request', ['/phone_number']])
    const done = await named(`0${number.slice(3)}`)
    expect([told(done), done.json.phone_number]).toEqual(['200', number])
  })

  it('has a code with five tries, for the account that asked', async () => {
    await change(number)
    const { code } = await newest(sallyport, number)
    const other = await sallyport.signUp()
    expect(told(await verify(code, other))).toBe('401 code_invalid')
    for (let at = 0; at < 5; at++) expect(told(await verify(otherThan(code)))).toBe('401 code_invalid')
    expect(told(await verify(code))).toBe('401 code_invalid')
  })

  it('needs a recent proof of who asks', async () => {
    sallyport.clock.advance(301_000)
    const { access_token } = (await post('/v1/refresh', user)).json
    expect(told(await change(number, { access_token }))).toBe('401 step_up_required')
    expect(told(await remove({ access_token }))).toBe('401 step_up_required')
    expect(await topics(sallyport, number)).toEqual([])
  })

  it.each([
    'nonsense',
    '+82 2 123 4567',
    '+4915123456789',
    '+1 900 234 5678',
    '+1 800 234 5678',
    '+821012345678x9',
    '+8210123456789999',
    '0',
    `+${'1'.repeat(60)}`,
    'tel:+821012345678',
    '+82 10 1234 5678, +82 10 1234 5679',
  ])('is refused as %j: no mobile number of the listed countries', async (given) => {
    const answer = await change(given)
    expect([told(answer), pointers(answer)]).toEqual(['400 invalid_request', ['/phone_number']])
  })

  it.each([{ $gt: '' }, ['+821012345678'], 821012345678, null, true])('is refused as %j', async (given) => {
    const answer = await change(given)
    expect([told(answer), pointers(answer)]).toEqual(['400 invalid_request', ['/phone_number']])
  })

  it('that another account has proven is refused, also when that happens on the way', async () => {
    const other = await sallyport.signUp()
    await proven(other)
    expect(told(await change(number))).toBe('409 phone_taken')
    const next = `${number.slice(0, -1)}${(Number(number.at(-1)) + 1) % 10}`
    await change(next)
    const { code } = await newest(sallyport, next)
    await proven(other, next)
    expect(told(await verify(code))).toBe('409 phone_taken')
  })

  it('goes where it is not the only way to sign in', async () => {
    await proven()
    expect(told(await remove())).toBe('204')
    expect((await sallyport.as(user).get('/v1/me')).json).not.toHaveProperty('phone_number')
    expect(told(await remove())).toBe('204')
    const only = (await post('/v1/signup', { phone_number: number, password })).json
    expect(told(await remove(only))).toBe('409 conflict')
    const answer = await sallyport.as(only).send('PATCH', '/v1/me', { preferred_username: `only${count}` })
    expect(told(answer)).toBe('200')
    expect(told(await remove(only))).toBe('204')
  })
})

describe('an account by number', () => {
  it('signs up, is sent a code, and logs in by the number in any spelling', async () => {
    const made = await post('/v1/signup', { phone_number: number, password })
    expect(told(made)).toBe('201')
    expect(made.json.user).toMatchObject({ phone_number: number, phone_number_verified: false })
    expect(await topics(sallyport, number)).toEqual(['verify_phone'])
    for (const identifier of [number, ` ${number.slice(0, 5)} ${number.slice(5)}`, `0${number.slice(3)}`])
      expect([identifier, told(await logIn(identifier))]).toEqual([identifier, '200'])
    const { code } = await newest(sallyport, number)
    const done = await verify(code, made.json)
    expect(done.json).toMatchObject({ phone_number_verified: true })
    expect(told(await sallyport.as(made.json).get('/v1/me'))).toBe('200')
  })

  it('is one: the number is taken afterwards', async () => {
    await post('/v1/signup', { phone_number: number, password })
    expect(told(await post('/v1/signup', { phone_number: `0${number.slice(3)}`, password }))).toBe(
      '409 phone_taken',
    )
  })

  it('does not shadow a username of digits, nor is it shadowed', async () => {
    const name = `9${String(count).padStart(5, '0')}`
    await post('/v1/signup', { preferred_username: name, password })
    expect(told(await logIn(name))).toBe('200')
    await post('/v1/signup', { phone_number: number, password })
    await post('/v1/signup', { preferred_username: `0${number.slice(3)}`, password: 'another good one' })
    expect((await logIn(`0${number.slice(3)}`)).json.user.phone_number).toBe(number)
  })

  it('cannot have its own number as password', async () => {
    const digits = number.slice(3)
    expect(told(await post('/v1/signup', { phone_number: number, password: digits }))).toBe(
      '422 password_too_common',
    )
  })
})

describe('a code by SMS', () => {
  it('signs in to the account that has proven the number', async () => {
    await proven()
    expect(told(await ask())).toBe('202')
    const { code, facts } = await newest(sallyport, number, 'login_code')
    expect(facts).not.toHaveProperty('link')
    const answer = await enter(code, `0${number.slice(3)}`)
    expect(told(answer)).toBe('200')
    expect(claimsOf(answer.json.access_token)).toMatchObject({ sub: user.user.id, amr: ['otp'] })
    expect(told(await sallyport.as(user).get('/v1/me'))).toBe('200')
    expect(told(await enter(code))).toBe('401 code_invalid')
  })

  it('is not sent for a number that an account with a proven address only claims', async () => {
    const email = `claims${count}@example.com`
    const { ticket } = (await post('/v1/signup', { email, phone_number: number, password })).json
    const { token } = await newest(sallyport, email)
    await post('/v1/email/verify', { token, ticket })
    expect(told(await ask())).toBe('202')
    expect(await topics(sallyport, number)).toEqual(['verify_phone'])
  })

  it('proves the number, and whoever made the account with it is out, address and all', async () => {
    const email = `attacker${count}@example.com`
    const attacker = (await post('/v1/signup', { email, phone_number: number, password })).json
    await ask()
    const answer = await enter((await newest(sallyport, number, 'login_code')).code)
    expect(told(answer)).toBe('200')
    expect(answer.json.user).toMatchObject({ id: attacker.user.id, phone_number_verified: true })
    expect(answer.json.user).not.toHaveProperty('email')
    expect(told(await sallyport.as(attacker).get('/v1/me'))).toBe('401 session_ended')
    for (const identifier of [email, number])
      expect(told(await logIn(identifier))).toBe('401 invalid_credentials')
    const { token } = await newest(sallyport, email)
    expect(told(await post('/v1/email/verify', { token }))).toBe('401 code_invalid')
  })

  it('is void once the number is another account’s', async () => {
    await proven()
    await ask()
    const { code } = await newest(sallyport, number, 'login_code')
    await remove()
    expect(told(await enter(code))).toBe('401 code_invalid')
  })
})

describe('whoever proves the address of an account', () => {
  it('frees it where somebody else proved the number: a mistyped address opens nothing, and is kept from nobody', async () => {
    const other = await sallyport.signUp()
    await proven(other)
    const { token } = await newest(sallyport, other.email)
    expect(told(await post('/v1/email/verify', { token }))).toBe('409 conflict')
    const { user: left } = await operate(sallyport, 'users.get', { id: other.user.id })
    expect(left).toMatchObject({ phone_number: number, phone_number_verified: true })
    expect(left).not.toHaveProperty('email')
    expect((await sallyport.signUp({ email: other.email })).user.id).not.toBe(other.user.id)
  })
})

describe('limits of SMS', () => {
  const open = (more: Record<string, string>) => openSallyport({ settings: { ...settings, ...more } })
  const numbers = (of: number) =>
    Array.from({ length: of }, (_, at) => `+821099990${String(at).padStart(3, '0')}`)

  it('hold for numbers side by side, and are not told', async () => {
    const strict = await open({ 'limits.sms_prefix.max': '3' })
    for (const phone_number of numbers(6)) {
      await strict.browser().post('/v1/signup', { phone_number, password })
      const answer = await strict.browser().post('/v1/login/code', { phone_number })
      expect(told(answer)).toBe('202')
    }
    expect(await topics(strict)).toHaveLength(3)
    await strict.browser().post('/v1/signup', { phone_number: '+821088880000', password })
    expect(await topics(strict)).toHaveLength(4)
    await strict.close()
  })

  it('hold for all numbers together, and the hour passes', async () => {
    const strict = await open({ 'limits.sms_total.max': '2' })
    const signUp = (phone_number: string) => strict.browser().post('/v1/signup', { phone_number, password })
    for (const phone_number of ['+821011110000', '+821022220000', '+821033330000'])
      expect(told(await signUp(phone_number))).toBe('201')
    expect(await topics(strict)).toHaveLength(2)
    const email = 'mail@example.com'
    expect(told(await strict.browser().post('/v1/signup', { email, password }))).toBe('201')
    expect(await topics(strict, email)).toEqual(['verify_email'])
    strict.clock.advance(3_600_000)
    await strict.browser().post('/v1/login/code', { phone_number: '+821033330000' })
    expect(await topics(strict, '+821033330000')).toEqual(['login_code'])
    await strict.close()
  })

  it('hold for one address of the network, over numbers and addresses', async () => {
    const strict = await open({ 'limits.message_ip.max': '4' })
    for (const phone_number of numbers(3))
      await strict.browser().post('/v1/signup', { phone_number, password })
    for (const name of ['a', 'b', 'c']) await strict.signUp({ email: `${name}@example.com` })
    expect(await topics(strict)).toHaveLength(4)
    await strict.close()
  })
})

it('without listed countries there are no numbers, and a start with a wrong country says so', async () => {
  const none = await openSallyport({ settings: { 'signup.identifiers': 'email,phone' } })
  const answer = await none.browser().post('/v1/signup', { phone_number: '+821012345678', password })
  expect([told(answer), pointers(answer)]).toEqual(['400 invalid_request', ['/phone_number']])
  expect(answer.json.errors[0].detail).toContain('switched off')
  await none.close()
  await expect(openSallyport({ settings: { 'phone.countries': 'Korea' } })).rejects.toThrow('phone.countries')
})

it('where numbers do not name accounts, a sign-up with one is refused', async () => {
  const usual = await openSallyport({ settings: { 'phone.countries': 'KR' } })
  const body = { email: 'a@example.com', phone_number: '+821012345678', password }
  const answer = await usual.browser().post('/v1/signup', body)
  expect([told(answer), pointers(answer)]).toEqual(['400 invalid_request', ['/phone_number']])
  await usual.close()
})
