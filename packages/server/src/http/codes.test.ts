// What a route answers in fact stands among the codes that it is said to be able to answer with.
import { operations } from '@sallyport/protocol'
import { afterEach, expect, it } from 'vitest'
import { sessions } from '../domain/tables.js'
import { operate } from '../testing/administrator.js'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { told } from '../testing/told.js'
import { possibleCodes } from './codes.js'

let sallyport: Sallyport
afterEach(() => sallyport?.close())
const codesOf = (name: string) => possibleCodes(operations.find((one) => one.name === name)!)

it('guesses at a password that was proven before are too many at last, and the route says so', async () => {
  sallyport = await openSallyport()
  const wrong = 'not the right one'
  const tried = [
    ['confirm', '/v1/me/confirm', { password: wrong }],
    ['password.change', '/v1/me/password', { current_password: wrong, new_password: 'quite another one' }],
  ] as const
  for (const [name, path, body] of tried) {
    const ada = sallyport.as(await sallyport.signUp())
    let last = ''
    for (let times = 0; times < 11; times++) last = await told(await ada.post(path, body))
    expect([name, last]).toEqual([name, '429 too_many_requests'])
    expect(codesOf(name)).toContain('too_many_requests')
  }
  for (const name of ['password.replace', 'social.link'])
    expect([name, codesOf(name).includes('too_many_requests')]).toEqual([name, true])
})

it('a way in can find the session ended that it has just begun', async () => {
  sallyport = await openSallyport()
  const { email, password, user } = await sallyport.signUp()
  const { store } = sallyport.server.context
  const { atomically } = store
  Object.assign(store, {
    // Logged out everywhere before anybody looks at the new session again.
    atomically: async (writes: Parameters<typeof atomically>[0]) => {
      const done = await atomically.call(store, writes)
      const begun = await store.list(sessions, { where: { user_id: user.id }, limit: 9 })
      if (begun.length < 2) return done
      Object.assign(store, { atomically })
      await operate(sallyport, 'users.logout', { id: user.id })
      return done
    },
  })
  const answer = await sallyport.browser().post('/v1/login', { identifier: email, password })
  expect(told(answer)).toBe('401 session_ended')
  for (const { name, wayIn } of operations)
    if (wayIn) expect([name, codesOf(name).includes('session_ended')]).toEqual([name, true])
})
