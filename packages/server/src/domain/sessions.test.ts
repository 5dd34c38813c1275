import { native } from '@sallyport/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openSallyport, type Sallyport, type SignedUp } from '../testing/sallyport.js'
import { isAlive } from './access.js'
import { confirmAlive, openSession, sweepSessions } from './sessions.js'
import { type SessionRow, sessions, type UserRow, users } from './tables.js'
import { requireUser } from './users.js'

const caller = { contract: native, requestId: 'test', ip: '127.0.0.1' }
let sallyport: Sallyport
let signedUp: SignedUp
let user: UserRow
let session: SessionRow
beforeAll(async () => {
  sallyport = await openSallyport()
})
beforeEach(async () => {
  signedUp = await sallyport.signUp()
  const { context } = sallyport.server
  user = await requireUser(context, signedUp.user.id)
  session = (await context.store.get(sessions, { id: signedUp.session_id }))!
})
afterAll(() => sallyport.close())

const endings: [string, Partial<UserRow> | { epoch: { add: number } }][] = [
  ['logged out everywhere', { epoch: { add: 1 } }],
  ['disabled', { status: 'disabled' }],
  ['deleted', { status: 'deleted' }],
]

describe.each(endings)('a user who was %s since they were read', (_how, set) => {
  beforeEach(() => sallyport.server.context.store.update(users, { id: user.id }, set))

  it('gets no new session, and nothing is written', async () => {
    const { context } = sallyport.server
    sallyport.clock.advance(1000)
    await expect(openSession(context, caller, user, ['pwd'])).rejects.toMatchObject({ code: 'session_ended' })
    expect(await context.store.count(sessions, { user_id: user.id })).toBe(1)
    expect((await context.store.get(users, { id: user.id }))?.last_login_at).toBe(user.last_login_at)
  })

  it('loses the session that was written beside it', async () => {
    const { context } = sallyport.server
    await expect(confirmAlive(context, session)).rejects.toMatchObject({ code: 'session_ended' })
    expect(await context.store.get(sessions, { id: session.id })).toBeUndefined()
  })
})

it('a session that was kept when the epoch moved is not taken back', async () => {
  const { context } = sallyport.server
  await context.store.update(users, { id: user.id }, { epoch: { add: 1 } })
  await context.store.update(sessions, { id: session.id }, { epoch: session.epoch + 1 })
  expect((await confirmAlive(context, session)).epoch).toBe(1)
})

it('a log-in that comes between the end of all sessions and their removal stays', async () => {
  const { context } = sallyport.server
  await context.store.update(users, { id: user.id }, { epoch: { add: 1 } })
  const born = await openSession(context, caller, await requireUser(context, user.id), ['pwd'])
  await sweepSessions(context, user.id, user.epoch + 1)
  expect(await context.store.get(sessions, { id: session.id })).toBeUndefined()
  expect(await context.store.get(sessions, { id: born.session_id })).toBeDefined()
})

it('a session is alive up to its ends and no longer', () => {
  const { idle_ends_at: idle, ends_at: end } = session
  expect(isAlive(session, user, idle - 1)).toBe(true)
  expect(isAlive(session, user, idle)).toBe(false)
  expect(isAlive({ ...session, idle_ends_at: end + 1 }, user, end)).toBe(false)
  expect(isAlive(session, { ...user, status: 'disabled' }, 0)).toBe(false)
  expect(isAlive(session, { ...user, epoch: 1 }, 0)).toBe(false)
})
