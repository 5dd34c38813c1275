import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operate } from '../testing/administrator.js'
import { by, enter, foreign, join, why } from '../testing/foreign.js'
import { openSallyport, type Sallyport, withDatabaseFile } from '../testing/sallyport.js'

const roles = [
  { role: 'moderator', scopes: ['users:read', 'users:write'], title: 'Moderator' },
  { role: 'helper', scopes: ['users:write'], title: 'Helper' },
  { scopes: ['users:read'], title: 'Everybody' },
] as const
const contracts = [
  foreign('single', { sessions: { perUser: 'one' } }),
  foreign('loose', { sessions: { perUser: 'one', check: 'stateless' } }),
  foreign('many', { roles }),
  foreign('live', { sessions: { check: 'live', proof: 'session' }, roles }),
]
let sallyport: Sallyport
beforeAll(async () => {
  sallyport = await openSallyport({ contracts: JSON.parse(JSON.stringify(contracts)) })
})
afterAll(() => sallyport.close())

const me = async (name: string, token: string, at = sallyport) => why(await by(at, token).get(`/${name}/me`))
const turn = async (name: string, token: string, at = sallyport) =>
  why(await by(at, token).post(`/${name}/refresh`))

describe('where a user has one session', () => {
  it('a log-in ends the one before, and the refresh token of that says what took its place', async () => {
    const a = await join(sallyport, 'single')
    const b = await enter(sallyport, 'single', a.email)
    expect(await me('single', a.access)).toBe('401 session_ended')
    expect(await turn('single', a.refresh)).toBe('401 session_ended replaced')
    expect(await me('single', b.access)).toBe('200')
    expect(await turn('single', b.refresh)).toBe('200')
    expect(sallyport.events.filter((name) => name === 'session.ended')).toHaveLength(1)
  })

  it('a session that nothing took the place of has just ended', async () => {
    const a = await join(sallyport, 'single')
    expect(why(await by(sallyport, a.access).post('/single/out'))).toBe('200')
    expect(await turn('single', a.refresh)).toBe('401 session_ended')
    const b = await enter(sallyport, 'single', a.email)
    expect(await turn('single', a.refresh)).toBe('401 session_ended replaced')
    await by(sallyport, b.access).post('/single/out')
    expect(await turn('single', a.refresh)).toBe('401 session_ended')
  })

  // Ten times: who overtakes whom is different each time, and one in seven times went wrong once.
  it.each(Array.from({ length: 10 }, (_, round) => round + 1))(
    'of eight log-ins at once one session is left, and the tokens of one of them work (round %i)',
    async () => {
      const { email } = await join(sallyport, 'single')
      const all = await Promise.all(Array.from({ length: 8 }, () => enter(sallyport, 'single', email)))
      const told = await Promise.all(
        all.map(
          async ({ access, refresh }) => `${await me('single', access)} ${await turn('single', refresh)}`,
        ),
      )
      expect(told.filter((one) => one === '200 200')).toHaveLength(1)
      expect(told.filter((one) => one === '401 session_ended 401 session_ended replaced')).toHaveLength(7)
    },
  )

  it('sessions on other contracts, and of other users, go on', async () => {
    const a = await join(sallyport, 'single')
    const [elsewhere, other] = [await enter(sallyport, 'many', a.email), await join(sallyport, 'single')]
    await enter(sallyport, 'single', a.email)
    await enter(sallyport, 'many', a.email)
    expect(await me('many', elsewhere.access)).toBe('200')
    expect(await turn('many', elsewhere.refresh)).toBe('200')
    expect(await me('single', other.access)).toBe('200')
  })

  it.each(['disable', 'delete'])(
    'the tokens of a user whom an administrator would %s say so',
    async (act) => {
      const { who, refresh } = await join(sallyport, 'single')
      await operate(sallyport, `users.${act}`, { id: who.id })
      expect(await turn('single', refresh)).toBe('401 session_ended user')
    },
  )
})

describe('where access tokens are not looked up', () => {
  it('one lives on when its session was ended or replaced, until it expires', async () => {
    const a = await join(sallyport, 'loose')
    await enter(sallyport, 'loose', a.email)
    expect(await me('loose', a.access)).toBe('200')
    expect(await turn('loose', a.refresh)).toBe('401 session_ended replaced')
    sallyport.clock.advance(300_000)
    expect(await me('loose', a.access)).toBe('401 access_token_expired')
  })

  it('log-out ends the refresh token, and again with the same access token is no error', async () => {
    const a = await join(sallyport, 'loose')
    for (const path of ['/loose/strict', '/loose/strict', '/loose/out'])
      expect(why(await by(sallyport, a.access).post(path))).toBe('200')
    expect(await turn('loose', a.refresh)).toBe('401 session_ended')
    expect(await me('loose', a.access)).toBe('200')
  })

  it('a user who is gone is nobody any more, also for a log-out that is strict', async () => {
    const a = await join(sallyport, 'loose')
    await operate(sallyport, 'users.delete', { id: a.who.id })
    expect(await me('loose', a.access)).toBe('401 session_ended user')
    expect(why(await by(sallyport, a.access).post('/loose/strict'))).toBe('401 session_ended user')
    expect(await turn('loose', a.refresh)).toBe('401 session_ended user')
  })
})

describe('a strict log-out', () => {
  it('takes no token that has expired, has ended, is missing or is forged', async () => {
    const strict = async (token: string) => why(await by(sallyport, token).post('/many/strict'))
    const a = await join(sallyport, 'many')
    expect(await strict(a.access)).toBe('200')
    expect(await strict(a.access)).toBe('401 session_ended')
    const b = await enter(sallyport, 'many', a.email)
    sallyport.clock.advance(300_000)
    expect(await strict(b.access)).toBe('401 access_token_expired')
    expect(await turn('many', b.refresh)).toBe('200')
    expect(await strict(`${b.access.slice(0, -4)}AAAA`)).toBe('401 access_token_invalid')
    expect(why(await sallyport.browser().post('/many/strict'))).toBe('401 token_missing')
  })
})

describe('a strict log-out that lists refresh tokens first', () => {
  it('takes either, neither of them expired', async () => {
    const either = async (token: string) => why(await by(sallyport, token).post('/many/either'))
    const a = await join(sallyport, 'many')
    expect(await either(a.refresh)).toBe('200')
    expect(await me('many', a.access)).toBe('401 session_ended')
    const b = await enter(sallyport, 'many', a.email)
    expect(await either(b.access)).toBe('200')
    expect(await turn('many', b.refresh)).toBe('401 session_ended')
    expect(await either(b.access)).toBe('401 session_ended')
    const c = await enter(sallyport, 'many', a.email)
    sallyport.clock.advance(300_000)
    expect(await either(c.access)).toBe('401 access_token_expired')
    expect(await turn('many', c.refresh)).toBe('200')
  })
})

describe('where users are looked at as they are', () => {
  const update = (id: string, change: object) => operate(sallyport, 'users.update', { id, ...change })

  it('other roles or another address end the access token, and a refresh brings one that works', async () => {
    const a = await join(sallyport, 'live')
    for (const change of [
      { add_roles: ['editor'] },
      { remove_roles: ['editor'] },
      { email: `new-${a.email}` },
    ]) {
      const now = await enter(
        sallyport,
        'live',
        (await operate(sallyport, 'users.get', { id: a.who.id })).user.email,
      )
      expect(await me('live', now.access)).toBe('200')
      await update(a.who.id, change)
      expect(await me('live', now.access), JSON.stringify(change)).toBe('401 access_token_invalid')
      const next = (await by(sallyport, now.refresh).post('/live/refresh')).json
      expect(await me('live', next.access)).toBe('200')
    }
  })

  it('another address that somebody gave themselves does so too, another name does not', async () => {
    const a = await join(sallyport, 'live')
    const edit = async (change: object) =>
      why(await by(sallyport, a.access).send('PATCH', `/live/people/${a.who.id}`, change))
    expect(await edit({ name: 'Ada' })).toBe('200')
    expect(await me('live', a.access)).toBe('200')
    expect(await edit({ email: `own-${a.email}` })).toBe('200')
    expect(await me('live', a.access)).toBe('401 access_token_invalid')
  })

  it('a change of anything else does not', async () => {
    const a = await join(sallyport, 'live')
    await update(a.who.id, { name: 'Ada', app_metadata: { plan: 'gold' } })
    expect(await me('live', a.access)).toBe('200')
  })

  it('whoever is disabled is out, and in again at once when enabled', async () => {
    const a = await join(sallyport, 'live')
    expect(await me('live', a.access)).toBe('200')
    await operate(sallyport, 'users.disable', { id: a.who.id })
    expect(await me('live', a.access)).toBe('401 session_ended user')
    await operate(sallyport, 'users.enable', { id: a.who.id })
    expect(await me('live', a.access)).toBe('401 session_ended')
    expect(await me('live', (await enter(sallyport, 'live', a.email)).access)).toBe('200')
  })

  it('a session that ended is over, as everywhere', async () => {
    const a = await join(sallyport, 'live')
    await by(sallyport, a.access).post('/live/out')
    expect(await me('live', a.access)).toBe('401 session_ended')
  })

  it('a change in the database that nobody told of is seen after five seconds', async () => {
    const a = await join(sallyport, 'live')
    expect(await me('live', a.access)).toBe('200')
    const { store } = sallyport.server.context
    const { users } = await import('./tables.js')
    await store.update(users, { id: a.who.id }, { roles: ['quietly'] })
    sallyport.clock.advance(4999)
    expect(await me('live', a.access)).toBe('200')
    sallyport.clock.advance(1)
    expect(await me('live', a.access)).toBe('401 access_token_invalid')
  })

  it('a second process hears of it with the next look at the changes, or at once by Redis', async () => {
    await withDatabaseFile(async (settings) => {
      const options = { contracts, settings, secret: { current: Buffer.alloc(32, 7) } }
      const one = await openSallyport(options)
      const two = await openSallyport({ ...options, clock: one.clock })
      const a = await join(one, 'live')
      expect(await me('live', a.access, two)).toBe('200')
      await operate(one, 'users.update', { id: a.who.id, add_roles: ['editor'] })
      if (process.env.EPHEMERAL !== 'redis') {
        expect(await me('live', a.access, two)).toBe('200')
        await two.server.context.changes.catchUp()
      }
      await expect.poll(() => me('live', a.access, two)).toBe('401 access_token_invalid')
      await Promise.all([one.close(), two.close()])
    })
  })
})

describe('roles of a contract', () => {
  const withRole = async (name: string, ...held: string[]) => {
    const { who, email } = await join(sallyport, name)
    await operate(sallyport, 'users.update', { id: who.id, roles: held })
    return { ...(await enter(sallyport, name, email)), id: who.id }
  }
  const patch = async (name: string, token: string, id: string, change: object) =>
    why(await by(sallyport, token).send('PATCH', `/${name}/users/${id}`, change))

  it('open there what they list, and nothing on another contract or to everybody', async () => {
    const moderator = await withRole('many', 'moderator')
    const nobody = await join(sallyport, 'many')
    const list = async (name: string, token: string) => why(await by(sallyport, token).get(`/${name}/users`))
    expect(await list('many', moderator.access)).toBe('200')
    expect(await list('many', nobody.access)).toBe('403 forbidden')
    expect(await list('many', (await withRole('many', 'helper')).access)).toBe('403 forbidden')
    expect(await list('single', (await withRole('single', 'moderator')).access)).toBe('403 forbidden')
  })

  it('let nobody grant or touch what may do more', async () => {
    const [moderator, helper] = [await withRole('many', 'moderator'), await withRole('many', 'helper')]
    const root = await withRole('many', 'admin')
    const { who } = await join(sallyport, 'many')
    const grant = (by: { access: string }, id: string, role: string) =>
      patch('many', by.access, id, { add_roles: [role] })
    expect(await grant(moderator, who.id, 'helper')).toBe('200')
    expect(await grant(moderator, who.id, 'moderator')).toBe('200')
    expect(await grant(moderator, who.id, 'admin')).toBe('403 forbidden')
    expect(await grant(moderator, moderator.id, 'auditor')).toBe('403 forbidden')
    expect(await grant(helper, helper.id, 'moderator')).toBe('403 forbidden')
    expect(await grant(helper, moderator.id, 'editor')).toBe('403 forbidden')
    expect(await patch('many', moderator.access, root.id, { name: 'x' })).toBe('403 forbidden')
    const { api_key } = await operate(sallyport, 'apikeys.create', {
      name: 'machine',
      scopes: ['users:write'],
    })
    const machine = sallyport.as({ access_token: api_key })
    const byKey = async (role: string) =>
      (await machine.send('PATCH', `/v1/admin/users/${helper.id}`, { add_roles: [role] })).status
    expect([await byKey('helper'), await byKey('moderator')]).toEqual([200, 403])
  })

  it('need a recent proof to write, where the contract does not do without', async () => {
    const [asked, waived] = [await withRole('many', 'moderator'), await withRole('live', 'moderator')]
    const [a, b] = [await join(sallyport, 'many'), await join(sallyport, 'live')]
    sallyport.clock.advance(901_000)
    const fresh = async (name: string, token: string) =>
      (await by(sallyport, token).post(`/${name}/refresh`)).json.access
    expect(await patch('many', await fresh('many', asked.refresh), a.who.id, { name: 'x' })).toBe(
      '401 step_up_required',
    )
    expect(await patch('live', await fresh('live', waived.refresh), b.who.id, { name: 'x' })).toBe('200')
    const leave = async (name: string, refresh: string) =>
      why(await by(sallyport, await fresh(name, refresh)).send('DELETE', `/${name}/me`))
    expect(await leave('many', a.refresh)).toBe('401 step_up_required')
    expect(await leave('live', b.refresh)).toBe('200')
  })
})
