import { afterEach, beforeEach, expect, it } from 'vitest'
import { sessions, users } from '../../domain/tables.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

const day = 86_400_000
let sallyport: Sallyport
let user: SignedUp
beforeEach(async () => {
  sallyport = await openSallyport()
  user = await sallyport.signUp({ email: 'ada@example.com', preferred_username: 'ada' })
})
afterEach(() => sallyport.close())

const remove = (tokens: { access_token: string } = user) => sallyport.as(tokens).send('DELETE', '/v1/me')
const signUpAgain = (fields: object) =>
  sallyport.browser().post('/v1/signup', { password: 'another good one', ...fields })

it('asks for recent authentication, and a refresh is none', async () => {
  sallyport.clock.advance(5 * 60_000 + 1000)
  const { refresh_token } = user
  const fresh = (await sallyport.browser().post('/v1/refresh', { refresh_token })).json
  const refused = await remove(fresh)
  expect(told(refused)).toBe('401 step_up_required')
  expect(refused.headers['www-authenticate']).toContain('insufficient_user_authentication')
  const proof = await sallyport.as(fresh).post('/v1/me/confirm', { password: user.password })
  expect(told(proof)).toBe('200')
  expect(told(await remove(fresh))).toBe('401 step_up_required')
  expect(told(await remove(proof.json))).toBe('204')
})

it('ends everything the user has at every door', async () => {
  const other = (await sallyport.browser().post('/v1/login', { identifier: 'ada', password: user.password }))
    .json
  const answer = await remove()
  expect(told(answer)).toBe('204')
  for (const held of [user, other]) {
    expect(told(await sallyport.as(held).get('/v1/me'))).toBe('401 session_ended')
    const { refresh_token } = held
    expect(told(await sallyport.browser().post('/v1/refresh', { refresh_token }))).toBe('401 session_ended')
  }
  const body = { identifier: 'ada', password: user.password }
  expect(told(await sallyport.browser().post('/v1/login', body))).toBe('401 invalid_credentials')
  expect(await sallyport.server.context.store.count(sessions, {})).toBe(0)
})

it('keeps address and username reserved for seven days, then both are free and clean', async () => {
  // An address that nobody proved is nobody's to keep.
  await sallyport.server.context.store.update(users, { id: user.user.id }, { email_verified: true })
  await remove()
  sallyport.clock.advance(7 * day - 1)
  await sallyport.server.upkeep()
  expect(told(await signUpAgain({ email: 'ADA@example.com' }))).toBe('409 email_taken')
  expect(told(await signUpAgain({ preferred_username: 'ADA' }))).toBe('409 username_taken')
  sallyport.clock.advance(1)
  await sallyport.server.upkeep()
  const again = await signUpAgain({ email: 'ada@example.com', preferred_username: 'ada' })
  expect(told(again)).toBe('201')
  expect(again.json.user.id).not.toBe(user.user.id)
  expect((await sallyport.as(again.json).get('/v1/me/sessions')).json.items).toHaveLength(1)
  const old = { identifier: 'ada', password: user.password }
  expect(told(await sallyport.browser().post('/v1/login', old))).toBe('401 invalid_credentials')
  expect(await sallyport.server.context.store.get(users, { id: user.user.id })).toBeUndefined()
})

it('twice at once is one deletion', async () => {
  const answers = await Promise.all([remove(), remove(), remove()])
  expect(answers.map(told).sort()).toEqual(['204', '401 session_ended', '401 session_ended'])
  expect(sallyport.events.filter((name) => name === 'user.deleted')).toHaveLength(1)
})
