import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit, users } from '../../domain/tables.js'
import { machine, operate, setUp, withRoles } from '../../testing/administrator.js'
import type { Browser } from '../../testing/browser.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

let sallyport: Sallyport
let bot: Browser & { id: string }
beforeAll(async () => {
  sallyport = await openSallyport({ settings: { 'refresh-token.idle-ttl': '1h' } })
  bot = await machine(sallyport, 'sessions:read', 'sessions:write')
})
afterAll(() => sallyport.close())

const logIn = async ({ email: identifier, password }: SignedUp) =>
  (await sallyport.browser().post('/v1/login', { identifier, password }, { 'user-agent': 'a phone' })).json
const list = async (query = '') => (await bot.get(`/v1/admin/sessions?${query}`)).json
const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id)

describe('the sessions of everybody', () => {
  it('stand with whose they are, from where, and how long they last; the newest first', async () => {
    const user = await sallyport.signUp()
    sallyport.clock.advance(1000)
    const { session_id } = await logIn(user)
    const answer = await list()
    expect(idsOf(answer).slice(0, 2)).toEqual([session_id, user.session_id])
    expect(answer.items[0]).toEqual({
      id: session_id,
      user_id: user.user.id,
      contract: 'native',
      user_agent: 'a phone',
      ip: '127.0.0.1',
      created_at: new Date(sallyport.clock.now()).toISOString(),
      last_seen_at: new Date(sallyport.clock.now()).toISOString(),
      expires_at: new Date(sallyport.clock.now() + 3_600_000).toISOString(),
      amr: ['pwd'],
    })
    expect(answer.total_estimate).toBeGreaterThanOrEqual(2)
  })

  it('are those of one user where one is named, and none for a user that is not', async () => {
    const user = await sallyport.signUp()
    await sallyport.signUp()
    expect(idsOf(await list(`user_id=${user.user.id}`))).toEqual([user.session_id])
    for (const id of ['0190a000-0000-7000-8000-000000000000', 'nobody'])
      expect(await list(`user_id=${id}`)).toEqual({ items: [], total_estimate: 0 })
  })

  it('are live ones only: not ended, not over, not those of a disabled or deleted user', async () => {
    const user = await sallyport.signUp()
    const { session_id, access_token } = await logIn(user)
    await sallyport.as({ access_token }).post('/v1/logout')
    expect(idsOf(await list(`user_id=${user.user.id}`))).not.toContain(session_id)
    const disabled = await sallyport.signUp()
    const { store } = sallyport.server.context
    await store.update(users, { id: disabled.user.id }, { epoch: { add: 1 } })
    expect(idsOf(await list(`user_id=${disabled.user.id}`))).toEqual([])
    expect(idsOf(await list(`limit=200`))).not.toContain(disabled.session_id)
    sallyport.clock.advance(3_600_000)
    expect(idsOf(await list(`user_id=${user.user.id}`))).toEqual([])
  })

  it('come in pages without a gap, also where dead ones lie between', async () => {
    const user = await sallyport.signUp()
    const ids = [user.session_id]
    for (let at = 0; at < 6; at++) {
      sallyport.clock.advance(at % 2)
      ids.push((await logIn(user)).session_id)
      const gone = await sallyport.signUp()
      await sallyport.server.context.store.update(users, { id: gone.user.id }, { epoch: { add: 1 } })
    }
    for (const query of [`user_id=${user.user.id}&limit=2`, 'limit=2']) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const answer = await list(`${query}${cursor ? `&cursor=${cursor}` : ''}`)
        seen.push(...idsOf(answer))
        cursor = answer.next_cursor
      } while (cursor)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.filter((id) => ids.includes(id)).sort()).toEqual([...ids].sort())
    }
    expect(pointers(await bot.get('/v1/admin/sessions?cursor=none'))).toEqual(['/cursor'])
  })
})

describe('ending a session of anybody', () => {
  it('ends it at once and says who did it', async () => {
    const user = await sallyport.signUp()
    expect(told(await bot.send('DELETE', `/v1/admin/sessions/${user.session_id}`))).toBe('204')
    expect(told(await sallyport.as(user).get('/v1/me'))).toBe('401 session_ended')
    expect(told(await sallyport.browser().post('/v1/refresh', user))).toBe('401 session_ended')
    const where = { event: 'session.ended', user_id: user.user.id }
    const [row] = await sallyport.server.context.store.list(audit, { where, limit: 5 })
    expect(row).toMatchObject({ actor: 'api_key', actor_id: bot.id, session_id: user.session_id })
  })

  it('answers alike for one that was ended, one that never was, and no id at all', async () => {
    const user = await sallyport.signUp()
    await bot.send('DELETE', `/v1/admin/sessions/${user.session_id}`)
    for (const id of [user.session_id, '0190a000-0000-7000-8000-000000000000', 'none']) {
      const answer = await bot.send('DELETE', `/v1/admin/sessions/${id}`)
      expect([told(answer), answer.json.detail]).toEqual(['404 not_found', 'There is no such session.'])
    }
  })

  it('is for whoever may write sessions, and an administrator’s only for administrators', async () => {
    const root = await setUp(sallyport)
    const user = await sallyport.signUp()
    const end = (id: string) => ['DELETE', `/v1/admin/sessions/${id}`] as const
    for (const who of [await withRoles(sallyport, 'auditor'), await sallyport.signUp()])
      expect(told(await sallyport.as(who).send(...end(user.session_id)))).toBe('403 forbidden')
    expect(told(await bot.send(...end(root.session_id)))).toBe('403 forbidden')
    expect(told(await root.browser.send(...end(user.session_id)))).toBe('204')
    await operate(sallyport, 'sessions.end_any', { id: root.session_id })
    expect(told(await root.browser.get('/v1/me'))).toBe('401 session_ended')
  })
})
