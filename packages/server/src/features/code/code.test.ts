import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { operate } from '../../testing/administrator.js'
import { hostileAddresses } from '../../testing/hostile.js'
import { newest, otherThan, topics } from '../../testing/mailed.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { claimsOf, pointers, told } from '../../testing/told.js'

let sallyport: Sallyport
let user: SignedUp
beforeAll(async () => {
  sallyport = await openSallyport()
})
afterAll(() => sallyport.close())
beforeEach(async () => {
  user = await sallyport.signUp()
  await operate(sallyport, 'users.update', { id: user.user.id, email_verified: true })
})

const post = (path: string, body: unknown) => sallyport.browser().post(path, body)
const ask = (email = user.email) => post('/v1/login/code', { email })
const enter = (body: object) => post('/v1/login/code/verify', body)
const mailed = () => newest(sallyport, user.email, 'login_code')

describe('a code by mail', () => {
  it('signs in, says how, and leaves everything as it was', async () => {
    const answer = await ask()
    expect(told(answer)).toBe('202')
    expect(answer.json).toEqual({ ticket: expect.any(String), expires_in: 600, resend_after: 30 })
    const { code } = await mailed()
    const signedIn = await enter({ email: user.email, code })
    expect(told(signedIn)).toBe('200')
    expect(claimsOf(signedIn.json.access_token)).toMatchObject({ amr: ['otp'], sub: user.user.id })
    expect(signedIn.json.device_token).toMatch(/^[\w-]{72}$/)
    expect(told(await sallyport.as(user).get('/v1/me'))).toBe('200')
    const { email: identifier, password } = user
    expect(told(await post('/v1/login', { identifier, password }))).toBe('200')
    expect(sallyport.events.at(-1)).toBe('login.succeeded')
  })

  it('is used up by signing in, and so is the link beside it', async () => {
    const { ticket } = (await ask()).json
    const { code, token } = await mailed()
    expect(told(await enter({ email: user.email, code }))).toBe('200')
    expect(told(await enter({ email: user.email, code }))).toBe('401 code_invalid')
    expect(told(await enter({ token, ticket }))).toBe('401 code_invalid')
  })

  it('is taken at its own address alone', async () => {
    const other = await sallyport.signUp()
    await ask()
    await ask(other.email)
    const { code } = await mailed()
    const theirs = await newest(sallyport, other.email, 'login_code')
    if (code !== theirs.code) expect(told(await enter({ email: other.email, code }))).toBe('401 code_invalid')
    expect(told(await enter({ email: user.email, code }))).toBe('200')
  })

  it('fails at the sixth try even when it is right', async () => {
    await ask()
    const { code } = await mailed()
    for (let at = 0; at < 5; at++)
      expect(told(await enter({ email: user.email, code: otherThan(code) }))).toBe('401 code_invalid')
    expect(told(await enter({ email: user.email, code }))).toBe('401 code_invalid')
  })

  it('is not taken with the ticket of somebody else', async () => {
    await ask()
    const { code } = await mailed()
    const ticket = 'x'.repeat(43)
    expect(told(await enter({ email: user.email, code, ticket }))).toBe('401 code_invalid')
    expect(told(await enter({ email: user.email, code }))).toBe('200')
  })

  it('can leave its tokens in cookies, for pages of ours alone', async () => {
    await ask()
    const { code } = await mailed()
    const body = { email: user.email, code, transport: 'cookie' }
    const browser = sallyport.browser()
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    expect(told(await browser.post('/v1/login/code/verify', body, foreign))).toBe('403 origin_not_allowed')
    const here = { 'sec-fetch-site': 'same-origin' }
    expect(told(await browser.post('/v1/login/code/verify', body, here))).toBe('200')
    expect(told(await browser.get('/v1/me'))).toBe('200')
  })

  it('lets nobody in who was shut out since', async () => {
    await ask()
    const { code } = await mailed()
    await operate(sallyport, 'users.disable', { id: user.user.id })
    expect(told(await enter({ email: user.email, code }))).toBe('401 code_invalid')
  })
})

describe('a link by mail', () => {
  it('signs in with the ticket of whoever asked', async () => {
    const { ticket } = (await ask()).json
    const { token, link } = await mailed()
    expect(link).toMatch(/^http:\/\/localhost:4400\/sign-in\/link\?t=/)
    expect(told(await enter({ token, ticket }))).toBe('200')
  })

  it('signs nobody in without the ticket, or with another one, and is not used up by trying', async () => {
    const { ticket } = (await ask()).json
    const other = (await ask('unknown@example.com')).json
    const { token } = await mailed()
    const without = await enter({ token })
    expect([told(without), pointers(without)]).toEqual(['400 invalid_request', ['/ticket']])
    for (const wrong of [other.ticket, 'x', ticket.toUpperCase(), `${ticket}x`])
      expect(told(await enter({ token, ticket: wrong }))).toBe('401 code_invalid')
    expect(told(await enter({ token, ticket }))).toBe('200')
  })

  it('is void once another one was asked for, with the ticket of either', async () => {
    const first = (await ask()).json
    const { token } = await mailed()
    const second = (await ask()).json
    for (const { ticket } of [first, second])
      expect(told(await enter({ token, ticket }))).toBe('401 code_invalid')
  })
})

describe('an address that nobody had proven', () => {
  it('is proven by signing in, and whoever made the account with it is out', async () => {
    const attacker = await sallyport.signUp({ email: 'victim@example.com' })
    await ask('victim@example.com')
    const { code } = await newest(sallyport, 'victim@example.com', 'login_code')
    const answer = await enter({ email: 'victim@example.com', code })
    expect(told(answer)).toBe('200')
    expect(answer.json.user).toMatchObject({ id: attacker.user.id, email_verified: true })
    expect(told(await sallyport.as(answer.json).get('/v1/me'))).toBe('200')
    expect(told(await post('/v1/refresh', answer.json))).toBe('200')
    expect(told(await sallyport.as(attacker).get('/v1/me'))).toBe('401 session_ended')
    expect(told(await post('/v1/refresh', attacker))).toBe('401 session_ended')
    const { email: identifier, password } = attacker
    expect(told(await post('/v1/login', { identifier, password }))).toBe('401 invalid_credentials')
  })
})

it('an unknown or disabled account is answered like a known one, and sent nothing', async () => {
  const disabled = await sallyport.signUp()
  await operate(sallyport, 'users.disable', { id: disabled.user.id })
  const before = (await sallyport.mail()).length
  const seen = []
  for (const email of ['unknown@example.com', disabled.email]) {
    const { status, json } = await ask(email)
    seen.push([status, { ...json, ticket: json.ticket.length }])
  }
  expect(await sallyport.mail()).toHaveLength(before)
  const { status, json } = await ask()
  expect(seen).toEqual(Array(2).fill([status, { ...json, ticket: json.ticket.length }]))
  expect(await topics(sallyport, user.email)).toContain('login_code')
})

it('a code for nobody has its five tries too, so that they tell nothing', async () => {
  await ask('unknown@example.com')
  for (let at = 0; at < 7; at++)
    expect(told(await enter({ email: 'unknown@example.com', code: '123456' }))).toBe('401 code_invalid')
})

it.each([
  [{}, '/code'],
  [{ code: '123456' }, '/email'],
  [{ email: 'a@example.com', phone_number: '+821012345678', code: '1' }, '/phone_number'],
  [{ email: 'a@b@c', code: '123456' }, '/email'],
  [{ phone_number: '+821012345678', code: '123456' }, '/phone_number'],
  [{ email: 'a@example.com', code: 123456 }, '/code'],
  [{ token: {}, ticket: 'x' }, '/token'],
])('what cannot be a proof is refused by the name of the member: %j', async (body, pointer) => {
  const answer = await enter(body)
  expect([told(answer), pointers(answer)]).toEqual(['400 invalid_request', [pointer]])
})

it.each([
  [{}, '/email'],
  [{ email: 'nobody' }, '/email'],
  [{ email: 'a@example.com', phone_number: '+821012345678' }, '/phone_number'],
  [{ phone_number: '+821012345678' }, '/phone_number'],
  [{ phone_number: 821012345678 }, '/phone_number'],
])('what cannot be sent to is refused by the name of the member: %j', async (body, pointer) => {
  const answer = await post('/v1/login/code', body)
  expect([told(answer), pointers(answer)]).toEqual(['400 invalid_request', [pointer]])
})

it.each(hostileAddresses)('no message goes to what is not one mailbox: %j', async (email) => {
  const before = (await sallyport.mail()).length
  for (const path of ['/v1/login/code', '/v1/password/forgot', '/v1/email/verify/resend']) {
    const answer = await post(path, { email })
    expect([path, told(answer), pointers(answer)]).toEqual([path, '400 invalid_request', ['/email']])
  }
  expect(await sallyport.mail()).toHaveLength(before)
})

it('wrong codes and wrong passwords are counted apart, and neither’s success renews the other', async () => {
  const strict = await openSallyport({ settings: { 'limits.code_tries.max': '5' } })
  const { email, password } = await strict.signUp()
  const tried = async (path: string, body: object) => told(await strict.browser().post(path, body))
  const byCode = (code: string) => tried('/v1/login/code/verify', { email, code })
  const byPassword = (given: string) => tried('/v1/login', { identifier: email, password: given })
  await strict.browser().post('/v1/login/code', { email })
  for (let at = 0; at < 5; at++) expect(await byCode('1234567')).toBe('401 code_invalid')
  expect(await byPassword(password)).toBe('200')
  await strict.browser().post('/v1/login/code', { email })
  const { code } = await newest(strict, email, 'login_code')
  expect(await byCode(code)).toBe('429 too_many_requests')
  for (let at = 0; at < 10; at++) expect(await byPassword('wrong password')).toBe('401 invalid_credentials')
  expect(await byPassword(password)).toBe('429 too_many_requests')
  strict.clock.advance(3_600_000)
  await strict.browser().post('/v1/login/code', { email })
  expect(await byCode((await newest(strict, email, 'login_code')).code)).toBe('200')
  await strict.close()
})
