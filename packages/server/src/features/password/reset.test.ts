import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { operate } from '../../testing/administrator.js'
import { newest, otherThan, topics } from '../../testing/mailed.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

let sallyport: Sallyport
let user: SignedUp & { device_token: string }
beforeAll(async () => {
  sallyport = await openSallyport()
})
afterAll(() => sallyport.close())
beforeEach(async () => {
  user = (await sallyport.signUp()) as typeof user
})

const fresh = 'a gate beneath the oak'
const post = (path: string, body: unknown) => sallyport.browser().post(path, body)
const forgot = (email = user.email) => post('/v1/password/forgot', { email })
const reset = (body: object, new_password: unknown = fresh) =>
  post('/v1/password/reset', { ...body, new_password })
const logIn = (password: string, more = {}) =>
  post('/v1/login', { identifier: user.email, password, ...more })
const mailed = () => newest(sallyport, user.email, 'reset_password')
const verified = () => operate(sallyport, 'users.update', { id: user.user.id, email_verified: true })

describe('a forgotten password', () => {
  it('is asked for without changing anything: the old one and the sessions go on', async () => {
    const answer = await forgot()
    expect([told(answer), answer.json]).toEqual(['202', { expires_in: 1800, resend_after: 30 }])
    expect(told(await logIn(user.password))).toBe('200')
    expect(told(await post('/v1/refresh', user))).toBe('200')
    const { link, code, facts } = await mailed()
    expect(link).toMatch(/^http:\/\/localhost:4400\/reset\?t=[\w-]{43}$/)
    expect(code).toMatch(/^\d{6}$/)
    expect(facts.minutes).toBe(30)
  })

  it('is replaced by the link: every session ends, nobody is signed in, and the owner is told', async () => {
    await verified()
    await forgot()
    const { token } = await mailed()
    const answer = await reset({ token })
    expect([told(answer), answer.text, answer.setCookies]).toEqual(['204', '', []])
    expect(told(await logIn(user.password))).toBe('401 invalid_credentials')
    expect(told(await post('/v1/refresh', user))).toBe('401 session_ended')
    expect(told(await sallyport.as(user).get('/v1/me'))).toBe('401 session_ended')
    expect(told(await logIn(fresh))).toBe('200')
    const [told_, ...others] = await sallyport.mail(user.email)
    expect(told_).toMatchObject({ topic: 'password_changed', facts: { ip: '127.0.0.1' } })
    expect(others).toHaveLength(2)
  })

  it('is replaced by the code as well, at the address in any spelling', async () => {
    await forgot()
    const { code } = await mailed()
    expect(told(await reset({ email: ` ${user.email.toUpperCase()}`, code }))).toBe('204')
    expect(told(await logIn(fresh))).toBe('200')
  })

  it('proves the address, and leaves nothing of who made the account with it', async () => {
    await forgot()
    const { token } = await mailed()
    await reset({ token })
    const { user: after } = await operate(sallyport, 'users.get', { id: user.user.id })
    expect(after.email_verified).toBe(true)
    expect(sallyport.events).toContain('user.claimed')
  })

  it('is for accounts without a password too', async () => {
    const { token } = await newest(sallyport, user.email, 'verify_email')
    expect((await post('/v1/email/verify', { token })).json.next).toBe('set_password')
    await forgot()
    expect(told(await reset({ token: (await mailed()).token }))).toBe('204')
    expect(told(await logIn(fresh))).toBe('200')
  })

  it('makes the devices strangers, and forgets the failures of whoever guessed', async () => {
    for (let at = 0; at < 10; at++) await logIn('wrong password')
    expect(told(await logIn(user.password))).toBe('429 too_many_requests')
    await forgot()
    await reset({ token: (await mailed()).token })
    expect(told(await logIn(fresh))).toBe('200')
    const { device_token } = user
    for (let at = 0; at < 10; at++) await logIn('wrong password', { device_token })
    expect(told(await logIn(fresh, { device_token }))).toBe('429 too_many_requests')
  })
})

describe('a link to a new password', () => {
  it('is good once, for thirty minutes, and the newest alone', async () => {
    await forgot()
    const first = await mailed()
    await forgot()
    const second = await mailed()
    expect(told(await reset({ token: first.token }))).toBe('401 code_invalid')
    expect(told(await reset({ email: user.email, code: otherThan(second.code) }))).toBe('401 code_invalid')
    expect(told(await reset({ token: second.token }))).toBe('204')
    expect(told(await reset({ token: second.token }))).toBe('401 code_invalid')
    expect(told(await reset({ email: user.email, code: second.code }))).toBe('401 code_invalid')
    await forgot()
    const third = await mailed()
    sallyport.clock.advance(1_800_000)
    expect(told(await reset({ token: third.token }))).toBe('401 code_invalid')
  })

  it.each([
    ['short', '422 password_too_short'],
    ['password123', '422 password_too_common'],
    ['x1!'.repeat(400), '422 password_too_long'],
  ])('survives a password that is refused: %j', async (given, code) => {
    await forgot()
    const { token } = await mailed()
    const answer = await reset({ token }, given)
    expect([told(answer), pointers(answer)]).toEqual([code, ['/new_password']])
    expect(told(await reset({ token }))).toBe('204')
  })

  it.each(['password', 'address', 'status'])('is void after a change of %s', async (what) => {
    const { id } = user.user
    await forgot()
    const { token } = await mailed()
    const change = { current_password: user.password, new_password: 'another good one' }
    const acts: Record<string, () => Promise<unknown>> = {
      password: () => sallyport.as(user).post('/v1/me/password', change),
      address: () => operate(sallyport, 'users.update', { id, email: `moved-${user.email}` }),
      status: async () => {
        await operate(sallyport, 'users.disable', { id })
        expect(told(await reset({ token }))).toBe('401 code_invalid')
        await operate(sallyport, 'users.enable', { id })
      },
    }
    await acts[what]!()
    expect(told(await reset({ token }))).toBe('401 code_invalid')
  })

  it('outlives a change that is none of its business', async () => {
    await forgot()
    const { token } = await mailed()
    await sallyport.as(user).send('PATCH', '/v1/me', { name: 'Ada' })
    await sallyport.as(user).post('/v1/logout/all')
    expect(told(await reset({ token }))).toBe('204')
  })

  it('is void within the same millisecond in which the password changed', async () => {
    await forgot()
    const { token } = await mailed()
    const change = { current_password: user.password, new_password: 'another good one' }
    expect(told(await sallyport.as(user).post('/v1/me/password', change))).toBe('204')
    expect(told(await reset({ token }))).toBe('401 code_invalid')
  })

  it.each([
    [{}, ['/token']],
    [{ email: 'a@example.com' }, ['/code']],
    [{ email: 'a@b@c', code: '123456' }, ['/email']],
    [{ ticket: 5 }, ['/ticket']],
    [{ token: ['x'] }, ['/token']],
  ])('is refused by the name of the member: %j', async (body, fields) => {
    const answer = await reset(body)
    expect([told(answer), pointers(answer)]).toEqual(['400 invalid_request', fields])
  })

  it('needs a password to set, and hashes none for who has no good link', async () => {
    expect(pointers(await reset({ token: 'x' }, null))).toEqual(['/new_password'])
    const { hasher } = sallyport.server.context
    const before = hasher.stats().done
    expect(told(await reset({ token: 'x'.repeat(43) }))).toBe('401 code_invalid')
    expect(told(await reset({ email: user.email, code: '123456' }))).toBe('401 code_invalid')
    expect(hasher.stats().done).toBe(before)
  })
})

it('an unknown, disabled or deleted account is answered like a known one, and sent nothing', async () => {
  const disabled = await sallyport.signUp()
  await operate(sallyport, 'users.disable', { id: disabled.user.id })
  const deleted = await sallyport.signUp()
  await sallyport.as(deleted).send('DELETE', '/v1/me')
  const before = (await sallyport.mail()).length
  const seen = []
  for (const email of ['unknown@example.com', disabled.email, deleted.email]) {
    const { status, json, headers } = await forgot(email)
    const { date: _date, 'x-request-id': _id, ...others } = headers
    seen.push({ status, json, others })
  }
  expect(await sallyport.mail()).toHaveLength(before)
  const { status, json, headers } = await forgot()
  const { date: _date, 'x-request-id': _id, ...others } = headers
  expect(seen).toEqual(Array(3).fill({ status, json, others }))
  expect(await sallyport.mail()).toHaveLength(before + 1)
})

it('five messages an hour go to an address, whatever asks for them', async () => {
  for (let at = 0; at < 20; at++) {
    expect(told(await forgot())).toBe('202')
    expect(told(await post('/v1/login/code', { email: user.email }))).toBe('202')
    expect(told(await post('/v1/email/verify/resend', { email: user.email }))).toBe('202')
  }
  expect(await topics(sallyport, user.email)).toHaveLength(5)
})

it('a change with the current password is told to the owner as well, where the address is proven', async () => {
  const change = { current_password: user.password, new_password: fresh }
  await sallyport.as(user).post('/v1/me/password', change)
  expect(await topics(sallyport, user.email)).toEqual(['verify_email'])
  await verified()
  const again = { current_password: fresh, new_password: 'one more good one' }
  expect(told(await sallyport.as(user).post('/v1/me/password', again))).toBe('204')
  expect(await topics(sallyport, user.email)).toEqual(['password_changed', 'verify_email'])
})
