// What a thief, a stranger with a mistyped address, or a squatter could gain from how the ways of proving an account meet.
import { afterEach, describe, expect, it } from 'vitest'
import { identities } from '../domain/identities.js'
import { users } from '../domain/tables.js'
import { type Options, openSallyport, type Sallyport, type SignedUp } from './sallyport.js'
import { told } from './told.js'

let open: Sallyport | undefined
afterEach(() => open?.close())
const start = async (options: Options = {}) => {
  open = await openSallyport(options)
  return open
}
const facts = async (to: string) => (await open!.mail(to))[0]!.facts as { code: string; link: string }
const tokenOf = async (to: string) => new URL((await facts(to)).link).searchParams.get('t')!
const post = (path: string, body: object) => open!.browser().post(path, body)
/** A user whose address is proven. */
const proven = async (email: string): Promise<SignedUp> => {
  const user = await open!.signUp({ email })
  const body = { email, code: (await facts(email)).code, password: user.password }
  const answer = await post('/v1/email/verify', body)
  expect(told(answer)).toBe('200')
  return { ...user, ...answer.json }
}
const changeAddress = async (user: SignedUp, email: string) => {
  const asked = await open!.as(user).post('/v1/me/email', { email })
  expect(told(asked)).toBe('202')
  const { ticket } = asked.json
  const answer = await post('/v1/email/verify', { token: await tokenOf(email), ticket })
  expect(told(answer)).toBe('200')
  return answer.json as SignedUp
}

describe('an owner who takes back a changed address', () => {
  const owner = 'owner@example.com'
  const thief = 'thief@evil.example'

  it('leaves the thief no account elsewhere to come back by', async () => {
    await start()
    const user = await proven(owner)
    await changeAddress(user, thief)
    const { store, clock } = open!.server.context
    await store.insert(identities, {
      id: crypto.randomUUID(),
      user_id: user.user.id,
      provider: 'google',
      subject: 'thief',
      email: thief,
      created_at: clock.now(),
      last_used_at: clock.now(),
    })
    expect(told(await post('/v1/email/undo', { token: await tokenOf(owner) }))).toBe('200')
    expect(await store.count(identities, { user_id: user.user.id })).toBe(0)
  })

  it('can do so although the thief has deleted the account', async () => {
    await start()
    const moved = await changeAddress(await proven(owner), thief)
    expect(told(await open!.as(moved).send('DELETE', '/v1/me'))).toBe('204')
    const undone = await post('/v1/email/undo', { token: await tokenOf(owner) })
    expect(told(undone)).toBe('200')
    const word = { ticket: undone.json.ticket, new_password: 'a gate below the oak' }
    expect(told(await post('/v1/password/reset', word))).toBe('204')
    const login = await post('/v1/login', { identifier: owner, password: 'a gate below the oak' })
    expect(login.json.user).toMatchObject({ id: moved.user.id, email: owner, status: 'active' })
  })

  it('can do so although the thief has signed up with the old one and deleted that', async () => {
    await start()
    await changeAddress(await proven(owner), thief)
    const token = await tokenOf(owner)
    const squatter = await open!.signUp({ email: owner })
    expect(told(await open!.as(squatter).send('DELETE', '/v1/me'))).toBe('204')
    expect(told(await post('/v1/email/undo', { token }))).toBe('200')
  })
})

it('an address that nobody proved is free again as soon as its account is deleted', async () => {
  await start()
  const squatter = await open!.signUp({ email: 'future@example.com' })
  expect(told(await open!.as(squatter).send('DELETE', '/v1/me'))).toBe('204')
  expect((await open!.signUp({ email: 'future@example.com' })).user.email).toBe('future@example.com')
})

it('a mistyped address gives an account with a proven number to nobody', async () => {
  await start({ settings: { 'phone.countries': 'KR', 'signup.identifiers': 'email,phone' } })
  const typo = 'typo@example.com'
  const user = await open!.signUp({ email: typo })
  const link = await tokenOf(typo)
  await open!.as(user).post('/v1/me/phone', { phone_number: '+821023456789' })
  const { code } = await facts('+821023456789')
  expect(told(await open!.as(user).post('/v1/me/phone/verify', { code }))).toBe('200')
  const before = (await open!.mail(typo)).length
  expect(told(await post('/v1/login/code', { email: typo }))).toBe('202')
  expect(told(await post('/v1/password/forgot', { email: typo }))).toBe('202')
  expect(await open!.mail(typo)).toHaveLength(before)
  // The link of the sign-up frees the address, and that is all it does.
  expect(told(await post('/v1/email/verify', { token: link }))).toBe('409 conflict')
  const row = await open!.server.context.store.get(users, { id: user.user.id })
  expect([row!.phone_number_verified, row!.password_hash === null]).toEqual([true, false])
})

it('a number is not taken away where nothing else signs in', async () => {
  await start({ settings: { 'phone.countries': 'KR', 'signup.identifiers': 'username,phone' } })
  const fields = { email: undefined, phone_number: '+821023456789', preferred_username: 'ada' }
  const user = await open!.signUp(fields)
  await post('/v1/login/code', { phone_number: '+821023456789' })
  const { code } = await facts('+821023456789')
  const claimed = await post('/v1/login/code/verify', { phone_number: '+821023456789', code })
  expect(told(claimed)).toBe('200')
  expect(claimed.json.user.id).toBe(user.user.id)
  expect(told(await open!.as(claimed.json).send('DELETE', '/v1/me/phone'))).toBe('409 conflict')
})

it('a number that is known for messages alone signs nobody in', async () => {
  await start({ settings: { 'phone.countries': 'KR', 'signup.identifiers': 'email' } })
  const user = await open!.signUp()
  await open!.as(user).post('/v1/me/phone', { phone_number: '+821023456789' })
  await open!.as(user).post('/v1/me/phone/verify', { code: (await facts('+821023456789')).code })
  const before = (await open!.mail('+821023456789')).length
  expect(told(await post('/v1/login/code', { phone_number: '+821023456789' }))).toBe('202')
  expect(await open!.mail('+821023456789')).toHaveLength(before)
})

it('a right code is not used up by new passwords that are refused', async () => {
  await start()
  const { email } = await open!.signUp()
  await post('/v1/password/forgot', { email })
  const { code } = await facts(email)
  for (let tries = 0; tries < 6; tries++)
    expect(told(await post('/v1/password/reset', { email, code, new_password: 'short' }))).toBe(
      '422 password_too_short',
    )
  const good = { email, code, new_password: 'a gate below the oak' }
  expect(told(await post('/v1/password/reset', good))).toBe('204')
})

it('a sign-up that proves its address first keeps no name beside it that could tell whether the address is new', async () => {
  await start({ settings: { 'signup.require-verified': 'true' } })
  const body = { email: 'ada@example.com', preferred_username: 'probe', password: 'correct horse battery' }
  const answer = await post('/v1/signup', body)
  expect(told(answer)).toBe('400 invalid_request')
  expect(answer.json.errors[0].pointer).toBe('/preferred_username')
})
