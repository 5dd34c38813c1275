import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machine, operate, setUp, withRoles } from '../../testing/administrator.js'
import type { Browser } from '../../testing/browser.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

let sallyport: Sallyport
let reader: Browser & { id: string }
beforeAll(async () => {
  sallyport = await openSallyport()
  reader = await machine(sallyport, 'audit:read')
})
afterAll(() => sallyport.close())

const entries = async (query: string) => {
  await sallyport.server.context.audit.settled()
  const answer = await reader.get(`/v1/admin/audit?${query}`)
  expect(told(answer)).toBe('200')
  return answer.json.items
}

describe('an entry', () => {
  it('says who did what to whom, from where, with which outcome and in which request', async () => {
    const user = await sallyport.signUp()
    const agent = { 'user-agent': 'a browser' }
    const login = { identifier: user.email, password: user.password }
    const answer = await sallyport.browser().post('/v1/login', login, agent)
    const [entry] = await entries(`event=login.succeeded&user_id=${user.user.id}`)
    expect(entry).toEqual({
      id: expect.any(String),
      at: new Date(sallyport.clock.now()).toISOString(),
      event: 'login.succeeded',
      outcome: 'success',
      actor: 'user',
      actor_id: user.user.id,
      user_id: user.user.id,
      session_id: answer.json.session_id,
      ip: '127.0.0.1',
      user_agent: 'a browser',
      request_id: answer.headers['x-request-id'],
      details: { contract: 'native', device: 'new' },
    })
  })

  it('is there for a wrong password and for an account that does not exist, by a stranger', async () => {
    const user = await sallyport.signUp()
    for (const identifier of [user.email, 'nobody@example.com'])
      await sallyport.browser().post('/v1/login', { identifier, password: 'wrong password' })
    const [unknown, known] = await entries('event=login.failed&limit=2')
    expect(known).toMatchObject({ outcome: 'failure', actor: 'stranger', user_id: user.user.id })
    expect(unknown).toMatchObject({ outcome: 'failure', actor: 'stranger', ip: '127.0.0.1' })
    for (const entry of [unknown, known]) expect(entry).not.toHaveProperty('actor_id')
    expect(unknown).not.toHaveProperty('user_id')
  })

  it('is there for a wrong password of somebody signed in, whatever it was asked for', async () => {
    const user = await sallyport.signUp()
    const browser = sallyport.as(user)
    await browser.post('/v1/me/confirm', { password: 'wrong password' })
    await browser.post('/v1/me/password', { current_password: 'wrong password', new_password: 'another one' })
    const failed = await entries(`event=login.failed&user_id=${user.user.id}`)
    expect(failed).toMatchObject([
      { outcome: 'failure', actor: 'user', actor_id: user.user.id },
      { outcome: 'failure', actor: 'user', actor_id: user.user.id },
    ])
  })

  it('tells users, administrators, machines and operators apart', async () => {
    const target = await sallyport.signUp()
    const id = target.user.id
    const auditor = await withRoles(sallyport, 'admin')
    const writer = await machine(sallyport, 'users:write')
    await sallyport.as(target).send('PATCH', '/v1/me', { name: 'Ada' })
    await auditor.browser.post(`/v1/admin/users/${id}/disable`, { reason: 'a reason' })
    await writer.post(`/v1/admin/users/${id}/enable`)
    await operate(sallyport, 'users.disable', { id })
    const [byOperator, byMachine, byAdministrator] = (await entries(`user_id=${id}`)).filter(
      ({ event }: { event: string }) => /^user\.(dis|en)abled$/.test(event),
    )
    expect(byOperator).toMatchObject({ event: 'user.disabled', actor: 'operator', actor_id: 'operator test' })
    expect(byMachine).toMatchObject({ event: 'user.enabled', actor: 'api_key', actor_id: writer.id })
    expect(byAdministrator).toMatchObject({
      event: 'user.disabled',
      actor: 'user',
      actor_id: auditor.user.id,
      details: { reason: 'a reason' },
    })
    const [changed] = await entries(`user_id=${id}&event=user.updated`)
    expect(changed).toMatchObject({ actor: 'user', actor_id: id, details: { members: 'name' } })
  })
})

describe('what administrators do and may not', () => {
  const refused = async () => entries('event=admin.refused&limit=1')

  it('is recorded with who was refused, as far as that is known', async () => {
    const user = await sallyport.signUp()
    const answer = await sallyport.as(user).get('/v1/admin/users')
    expect(told(answer)).toBe('403 forbidden')
    expect(await refused()).toMatchObject([
      {
        outcome: 'failure',
        actor: 'user',
        actor_id: user.user.id,
        request_id: answer.headers['x-request-id'],
        details: { operation: 'users.list', code: 'forbidden' },
      },
    ])
    await reader.get('/v1/admin/users')
    expect(await refused()).toMatchObject([{ actor: 'api_key', actor_id: reader.id }])
    await sallyport.as({ access_token: `ak_${'x'.repeat(43)}` }).get('/v1/admin/keys')
    const code = 'access_token_invalid'
    expect(await refused()).toMatchObject([{ actor: 'stranger', details: { operation: 'keys.list', code } }])
  })

  it('is recorded where the operation itself says no', async () => {
    const root = await setUp(sallyport)
    const writer = await machine(sallyport, 'users:write')
    expect(told(await writer.post(`/v1/admin/users/${root.user.id}/disable`))).toBe('403 forbidden')
    const details = { operation: 'users.disable', code: 'forbidden' }
    expect(await refused()).toMatchObject([{ actor: 'api_key', actor_id: writer.id, details }])
  })

  it('does not fill the log: ten refusals a minute from an address, and none where nothing was shown', async () => {
    sallyport.clock.advance(60_000)
    const before = (await entries('event=admin.refused&limit=1000')).length
    const forged = sallyport.as({ access_token: 'a.b.c' })
    for (let at = 0; at < 30; at++) expect(told(await forged.get('/v1/admin/users'))).toMatch(/^401/)
    expect(await entries('event=admin.refused&limit=1000')).toHaveLength(before + 10)
    sallyport.clock.advance(60_000)
    expect(told(await sallyport.browser().get('/v1/admin/users'))).toBe('401 token_missing')
    expect(await entries('event=admin.refused&limit=1000')).toHaveLength(before + 10)
    await forged.get('/v1/admin/users')
    expect(await entries('event=admin.refused&limit=1000')).toHaveLength(before + 11)
  })
})

describe('the list', () => {
  it('has the newest first and goes on at its cursor, without a gap and without doubles', async () => {
    const user = await sallyport.signUp()
    for (let at = 0; at < 7; at++) {
      sallyport.clock.advance(at % 2)
      await sallyport.as(user).send('PATCH', '/v1/me', { name: `Ada ${at}` })
    }
    const all = await entries(`user_id=${user.user.id}`)
    expect(all.map(({ at }: { at: string }) => at)).toEqual(
      all
        .map(({ at }: { at: string }) => at)
        .sort()
        .reverse(),
    )
    const paged = []
    let cursor: string | undefined
    do {
      const query = `user_id=${user.user.id}&limit=2${cursor ? `&cursor=${cursor}` : ''}`
      const { items, next_cursor } = (await reader.get(`/v1/admin/audit?${query}`)).json
      expect(items.length).toBeLessThanOrEqual(2)
      paged.push(...items)
      cursor = next_cursor
    } while (cursor)
    expect(paged).toEqual(all)
  })

  it('takes a time from and a time to, both included', async () => {
    const user = await sallyport.signUp()
    sallyport.clock.advance(1000)
    const from = new Date(sallyport.clock.now()).toISOString()
    await sallyport.as(user).send('PATCH', '/v1/me', { name: 'Ada' })
    sallyport.clock.advance(1000)
    await sallyport.as(user).send('PATCH', '/v1/me', { name: 'Eve' })
    const one = await entries(`user_id=${user.user.id}&event=user.updated&from=${from}&to=${from}`)
    expect(one.map(({ at }: { at: string }) => at)).toEqual([from])
    expect(await entries(`user_id=${user.user.id}&event=user.updated&from=${from}`)).toHaveLength(2)
    expect(await entries(`user_id=${user.user.id}&event=user.updated&to=2029-01-01T00:00:00Z`)).toEqual([])
  })

  it('names what it cannot read', async () => {
    const answer = await reader.get('/v1/admin/audit?from=yesterday')
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual(['/from'])
    expect(pointers(await reader.get('/v1/admin/audit?to=2030-02-30T00:00:00Z'))).toEqual(['/to'])
    expect(pointers(await reader.get('/v1/admin/audit?cursor=abc'))).toEqual(['/cursor'])
    expect(pointers(await reader.get('/v1/admin/audit?limit=1001'))).toEqual(['/limit'])
  })

  it('answers a thousand at once and still finds the rest', async () => {
    const { events, audit } = sallyport.server.context
    const id = (await sallyport.signUp()).user.id
    for (let at = 0; at < 1100; at++) events.emit('user.updated', { userId: id, members: 'name' })
    await audit.settled()
    const query = `/v1/admin/audit?user_id=${id}&event=user.updated&limit=1000`
    const first = (await reader.get(query)).json
    expect(first.items).toHaveLength(1000)
    expect((await reader.get(`${query}&cursor=${first.next_cursor}`)).json.items).toHaveLength(100)
  })
})

it('after all of this the chains are whole', async () => {
  const found = await operate(sallyport, 'audit.verify')
  expect(found).toMatchObject({ intact: true, chains: 1, problems: [] })
  expect(found.entries).toBeGreaterThan(1000)
})
