import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

let sallyport: Sallyport
let user: SignedUp
beforeAll(async () => {
  sallyport = await openSallyport({ settings: { 'limits.login_account.max': '100000' } })
})
afterAll(() => sallyport.close())
beforeEach(async () => {
  user = await sallyport.signUp()
})

const fresh = 'a fresh password'
const logIn = (password: string) =>
  sallyport.browser().post('/v1/login', { identifier: user.email, password })
const change = (current_password: unknown, new_password: unknown, tokens: { access_token: string } = user) =>
  sallyport.as(tokens).post('/v1/me/password', { current_password, new_password })
const works = async (one: { access_token: string; refresh_token: string }) => {
  const { refresh_token } = one
  const answers = [
    await sallyport.as(one).get('/v1/me'),
    await sallyport.browser().post('/v1/refresh', { refresh_token }),
  ]
  return answers.map(told)
}

describe('a new password', () => {
  it('takes the place of the old one', async () => {
    expect(told(await change(user.password, fresh))).toBe('204')
    expect(told(await logIn(user.password))).toBe('401 invalid_credentials')
    expect(told(await logIn(fresh))).toBe('200')
  })

  it('ends every other session and keeps this one, with both of its tokens', async () => {
    const other = (await logIn(user.password)).json
    expect(told(await change(user.password, fresh))).toBe('204')
    expect(await works(other)).toEqual(['401 session_ended', '401 session_ended'])
    expect(await works(user)).toEqual(['200', '200'])
    const later = (await logIn(fresh)).json
    expect(await works(later)).toEqual(['200', '200'])
    expect(told(await change(fresh, 'yet another one', later))).toBe('204')
    expect(await works(later)).toEqual(['200', '200'])
    expect((await works(user))[0]).toBe('401 session_ended')
  })

  it('is compared after NFC, and in no other way', async () => {
    await change(user.password, 'na\u00efve caf\u00e9')
    expect(told(await change('nai\u0308ve cafe\u0301', fresh))).toBe('204')
    expect(told(await change(`${fresh} `, 'yet another one'))).toBe('401 invalid_credentials')
  })

  it.each([
    ['short', '422 password_too_short'],
    ['x1!'.repeat(342), '422 password_too_long'],
    ['password123', '422 password_too_common'],
  ])('%j is refused and the old one stays', async (given, code) => {
    const answer = await change(user.password, given)
    expect(told(answer)).toBe(code)
    expect(pointers(answer)).toEqual(['/new_password'])
    expect(told(await logIn(user.password))).toBe('200')
  })
})

describe('who holds an access token alone', () => {
  it('cannot change the password, even of a session just begun', async () => {
    expect(told(await change('wrong password', fresh))).toBe('401 invalid_credentials')
    expect(told(await change('', fresh))).toBe('400 invalid_request')
    expect(told(await change(undefined, fresh))).toBe('400 invalid_request')
    expect(told(await change({ $ne: '' }, fresh))).toBe('400 invalid_request')
    expect(told(await logIn(user.password))).toBe('200')
  })
})

it('changed twice at once from two sessions is changed once, and only the winner stays signed in', async () => {
  const other = (await logIn(user.password)).json
  const answers = await Promise.all([
    change(user.password, 'the first new one'),
    change(user.password, 'the second new one', other),
  ])
  const codes = answers.map(told)
  expect([...codes].sort()).toEqual(['204', '401 session_ended'])
  const [winner, loser] = codes[0] === '204' ? [user, other] : [other, user]
  expect((await works(winner))[0]).toBe('200')
  expect((await works(loser))[0]).toBe('401 session_ended')
})

it('changed twice at once from one session is changed once, and the session goes on', async () => {
  const answers = await Promise.all([
    change(user.password, 'the first new one'),
    change(user.password, 'the second new one'),
  ])
  expect(answers.map(told).sort()).toEqual(['204', '401 invalid_credentials'])
  expect(await works(user)).toEqual(['200', '200'])
  const logIns = [await logIn('the first new one'), await logIn('the second new one')]
  expect(logIns.map(told)).toEqual(answers.map((one) => (one.status === 204 ? '200' : told(one))))
})
