import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSqlite } from '../store/engines/sqlite/sqlite.js'
import { operate } from '../testing/administrator.js'
import { by, enter, foreign, join, why } from '../testing/foreign.js'
import { openSallyport, type Sallyport, withDatabaseFile } from '../testing/sallyport.js'
import { claimsOf } from '../testing/told.js'
import { migrations } from './migrations/index.js'
import { type UserRow, users } from './tables.js'
import { objectId } from './user-ids.js'
import { newUserRow } from './users.js'

const tokens = foreign('x').tokens!
const counted = foreign('counted', {
  ids: 'integer',
  tokens: { ...tokens, access: { claims: { user_id: '$number' } } },
})
const contracts = [counted, foreign('object', { ids: 'objectid' }), foreign('plain')]
let sallyport: Sallyport
beforeAll(async () => {
  sallyport = await openSallyport({ contracts })
})
afterAll(() => sallyport.close())

/** An administrator who was never signed in on a contract with integer ids, and one who is. */
async function administrator(name: string, at = sallyport) {
  const { who, email } = await join(at, name)
  await operate(at, 'users.update', { id: who.id, add_roles: ['admin'] })
  return by(at, (await enter(at, name, email)).access)
}

describe('numbers', () => {
  it('are given in turn, stand in tokens, and stay', async () => {
    const [a, b] = [await join(sallyport, 'counted'), await join(sallyport, 'counted')]
    expect(b.who.number).toBe(a.who.number! + 1)
    expect(claimsOf(a.access).user_id).toBe(a.who.number)
    expect((await enter(sallyport, 'counted', a.email)).who.number).toBe(a.who.number)
    expect((await by(sallyport, a.access).get('/counted/me')).json.number).toBe(a.who.number)
  })

  it('are given to nobody on other contracts, until a contract that counts shows them', async () => {
    const { who, email } = await join(sallyport, 'plain')
    expect(who).not.toHaveProperty('number')
    const stored = async () => (await sallyport.server.context.store.get(users, { id: who.id }))!.number
    expect(await stored()).toBeNull()
    const { number } = (await enter(sallyport, 'counted', email)).who
    expect(number).toBeTypeOf('number')
    expect(await stored()).toBe(number)
    expect((await enter(sallyport, 'plain', email)).who.number).toBe(number)
  })

  it('are one for a user who signs in many times at once, and differ for many at once', async () => {
    const { email } = await join(sallyport, 'plain')
    const many = await Promise.all(Array.from({ length: 10 }, () => enter(sallyport, 'counted', email)))
    expect(new Set(many.map(({ who }) => who.number)).size).toBe(1)
    const others = await Promise.all(Array.from({ length: 10 }, () => join(sallyport, 'counted')))
    expect(new Set(others.map(({ who }) => who.number)).size).toBe(10)
  })

  it('that users brought along are passed', async () => {
    const one = await openSallyport({ contracts })
    const { store } = one.server.context
    for (const number of [1, 2, 5000]) {
      const { who } = await join(one, 'plain')
      await store.update(users, { id: who.id }, { number })
    }
    const given = [await join(one, 'counted'), await join(one, 'counted')].map(({ who }) => who.number)
    expect(given).toEqual([5001, 5002])
    await one.close()
  })

  it('are what users are called by in paths, and nothing else is', async () => {
    const root = await administrator('counted')
    const { who } = await join(sallyport, 'counted')
    expect((await root.get(`/counted/users/${who.number}`)).json.id).toBe(who.id)
    for (const id of [
      who.id,
      '0',
      '-1',
      `0${who.number}`,
      `${who.number}.0`,
      '1e3',
      '99999999999999999999',
      'x',
      who.object,
    ])
      expect(why(await root.get(`/counted/users/${id}`)), id).toBe('404 not_found')
    expect(why(await root.send('PATCH', `/counted/users/${who.number}`, { name: 'Ada' }))).toBe('200')
    expect(why(await root.post(`/counted/users/${who.number}/disable`))).toBe('200')
    const stored = await sallyport.server.context.store.get(users, { id: who.id })
    expect(stored).toMatchObject({ name: 'Ada', status: 'disabled' })
  })

  it('are there for everybody whom an administrator is shown', async () => {
    const one = await openSallyport({ contracts })
    for (let count = 0; count < 3; count++) await join(one, 'plain')
    const root = await administrator('counted', one)
    const listed = (await root.get('/counted/users')).json as { number: number }[]
    expect(listed.map(({ number }) => number).toSorted()).toEqual([1, 2, 3, 4])
    const made = (await root.post('/counted/users', { email: 'made@example.com' })).json
    expect(made.number).toBe(5)
    await one.close()
  })
})

describe('24 hexadecimal digits', () => {
  it('are the second and the last eight bytes of our id', async () => {
    const { who } = await join(sallyport, 'plain')
    expect(who.object).toMatch(/^[0-9a-f]{24}$/)
    expect(Number.parseInt(who.object.slice(0, 8), 16)).toBe(sallyport.clock.now() / 1000)
    expect(who.object.slice(8)).toBe(who.id.slice(19).replace('-', ''))
  })

  it('that a user brought along are theirs; any other old id is not shown', () => {
    const id = '0192f0c1-2a3b-7c4d-8e5f-001122334455'
    expect(objectId({ id, external_id: '507f1f77bcf86cd799439011' })).toBe('507f1f77bcf86cd799439011')
    for (const external_id of [null, '42', '507F1F77BCF86CD799439011', '507f1f77bcf86cd79943901'])
      expect(objectId({ id, external_id })).toMatch(/8e5f001122334455$/)
  })

  it('find the user, by their old id too', async () => {
    const root = await administrator('object')
    const { who } = await join(sallyport, 'object')
    for (const id of [who.object, who.id])
      expect((await root.get(`/object/users/${id}`)).json.id).toBe(who.id)
    const external_id = '507f1f77bcf86cd799439011'
    expect(why(await root.get(`/object/users/${external_id}`))).toBe('404 not_found')
    await sallyport.server.context.store.update(users, { id: who.id }, { external_id })
    expect((await root.get(`/object/users/${external_id}`)).json).toMatchObject({
      id: who.id,
      object: external_id,
    })
  })
})

it('users of a database that was made before there were numbers get theirs', async () => {
  await withDatabaseFile(async (settings, path) => {
    const later = ['number', 'external_id', 'provider', 'taken_over_at', 'origin']
    const without = (whole: object) =>
      Object.fromEntries(Object.entries(whole).filter(([name]) => !later.includes(name)))
    const before = {
      ...users,
      columns: without(users.columns),
      unique: users.unique.slice(0, 3),
    } as unknown as typeof users
    const engine = await openSqlite({ path, tables: [before as never], clock: sallyport.clock })
    await engine.migrate(migrations.slice(0, 7))
    const old = newUserRow(sallyport.clock.now(), { name: 'Old' })
    expect(old).toMatchObject(Object.fromEntries(later.map((name) => [name, null])))
    await engine.insert(before, without(old) as unknown as UserRow)
    await engine.close()
    const one = await openSallyport({ contracts, settings })
    const root = await administrator('counted', one)
    const listed = (await root.get('/counted/users')).json as { id: string; number: number }[]
    expect(listed.find(({ id }) => id === old.id)!.number).toBe(2)
    expect((await root.get('/counted/users/2')).json.id).toBe(old.id)
    await one.close()
  })
})
