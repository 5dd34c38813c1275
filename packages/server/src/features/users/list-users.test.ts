import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { users } from '../../domain/tables.js'
import { loadDriver } from '../../store/engines/sqlite/driver.js'
import { operate, setUp } from '../../testing/administrator.js'
import { openSallyport, type Sallyport, withDatabaseFile } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

type Item = { id: string; email: string; created_at: string; status: string }

describe('the list of users', () => {
  let sallyport: Sallyport
  let root: Awaited<ReturnType<typeof setUp>>
  beforeAll(async () => {
    sallyport = await openSallyport()
    root = await setUp(sallyport)
    for (let at = 0; at < 12; at++) {
      // Three at a time are of one moment.
      if (at % 3 === 0) sallyport.clock.advance(1)
      const fields = {
        email: `user${at}@list.example`,
        preferred_username: `name${at}`,
        name: `Ada Nr ${at}`,
      }
      const { user } = await operate(sallyport, 'users.create', fields)
      if (at % 4 === 0) await operate(sallyport, 'users.disable', { id: user.id })
    }
  })
  afterAll(() => sallyport.close())

  const list = (query: Record<string, string | number> = {}) =>
    root.browser.get(`/v1/admin/users?${new URLSearchParams(query as Record<string, string>)}`)
  const emails = (items: Item[]) => items.map(({ email }) => email)
  const pages = async (query: Record<string, string | number>) => {
    const seen: Item[] = []
    for (let cursor: string | undefined; ; ) {
      const answer = await list({ ...query, ...(cursor && { cursor }) })
      expect(told(answer)).toBe('200')
      expect(answer.json.items.length).toBeLessThanOrEqual(query.limit as number)
      seen.push(...answer.json.items)
      cursor = answer.json.next_cursor
      if (!cursor) return seen
    }
  }

  it('is newest first and counts', async () => {
    const { items, total_estimate, next_cursor } = (await list()).json
    expect(items).toHaveLength(13)
    expect(total_estimate).toBe(13)
    expect(next_cursor).toBeUndefined()
    const times = items.map(({ created_at }: Item) => created_at)
    expect(times).toEqual([...times].sort().reverse())
    expect(items.at(-1).email).toBe('root@example.com')
  })

  it.each([
    [{ limit: 1 }, 13],
    [{ limit: 4 }, 13],
    [{ limit: 200 }, 13],
    [{ limit: 2, status: 'active' }, 10],
    [{ limit: 2, status: 'disabled' }, 3],
    [{ limit: 2, status: 'deleted' }, 0],
    [{ limit: 5, search: 'list.example' }, 12],
    [{ limit: 2, search: 'ada nr', status: 'active' }, 9],
    [{ limit: 2, search: 'name1' }, 3],
    [{ limit: 1, search: 'name1' }, 3],
    [{ limit: 3, search: 'name1' }, 3],
  ])('comes in pages that miss none and repeat none: %j', async (query, size) => {
    const seen = await pages(query)
    expect(seen).toHaveLength(size)
    expect(new Set(seen.map(({ id }) => id)).size).toBe(size)
    expect((await list(query)).json.total_estimate).toBe(size)
  })

  it('keeps its place while users come', async () => {
    const first = (await list({ limit: 5 })).json
    await operate(sallyport, 'users.create', { email: 'late@example.com' })
    const second = (await list({ limit: 5, cursor: first.next_cursor })).json
    expect(emails(second.items)).not.toContain('late@example.com')
    expect(emails(second.items).filter((one) => emails(first.items).includes(one))).toEqual([])
    expect((await list({ search: 'late@' })).json.items).toHaveLength(1)
  })

  it.each(['x', 'WyJpZCJd', '', 'a'.repeat(513)])('has no cursor %j', async (cursor) => {
    const answer = await list({ cursor })
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual(['/cursor'])
  })

  it.each([
    ['limit', '0'],
    ['limit', '201'],
    ['limit', 'all'],
    ['status', 'admin'],
    ['status', ''],
    ['search', 'x'.repeat(256)],
  ])('is not asked for %s=%s', async (name, value) => {
    const answer = await list({ [name]: value })
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual([`/${name}`])
  })

  it.each([
    'sort=password_hash',
    'order=email',
    "filter[x';--]=1",
    'filter%5Bpassword_hash%5D=a',
    'password_hash=a',
    'roles=admin',
    '$where=sleep(100)',
    'email=root@example.com',
    'fields=password_hash',
  ])('knows no other question: %s', async (query) => {
    const plain = (await list()).json
    expect((await root.browser.get(`/v1/admin/users?${query}`)).json).toEqual(plain)
  })
})

describe('a search', () => {
  let sallyport: Sallyport
  let root: Awaited<ReturnType<typeof setUp>>
  const ids: Record<string, string> = {}
  beforeAll(async () => {
    sallyport = await openSallyport()
    root = await setUp(sallyport)
    const people = {
      grace: { email: 'Grace.Hopper@navy.example', preferred_username: 'amazing', name: 'Grace Hopper' },
      olga: { preferred_username: 'Ольга', given_name: 'Ольга', family_name: 'Ладыженская' },
      amaz: { preferred_username: 'amazing2', name: 'Ａmazing One' },
      quote: { email: "o'hara@example.com", name: "Scarlett O'Hara 100% _x_" },
    }
    for (const [key, fields] of Object.entries(people))
      ids[key] = (await operate(sallyport, 'users.create', fields)).user.id
    await sallyport.server.context.store.update(
      users,
      { id: ids.grace! },
      { phone_number: '+15551234567', search: `${ids.grace}\ngrace.hopper@navy.example\n+15551234567` },
    )
  })
  afterAll(() => sallyport.close())
  const search = async (text: string, more = '') => {
    const answer = await root.browser.get(`/v1/admin/users?search=${encodeURIComponent(text)}${more}`)
    expect(told(answer)).toBe('200')
    return answer.json.items.map(({ id }: Item) => Object.keys(ids).find((key) => ids[key] === id) ?? 'root')
  }

  it.each([
    ['hopper', ['grace']],
    ['HOPPER@NAVY', ['grace']],
    ['grace.hopper@navy.example', ['grace']],
    [' Grace.Hopper@NAVY.example ', ['grace']],
    ['5551234', ['grace']],
    ['ладыж', ['olga']],
    ['ОЛЬГА', ['olga']],
    ['amazing one', ['amaz']],
    ['ａｍａｚｉｎｇ2', ['amaz']],
    ["o'h", ['quote']],
    ['100%', ['quote']],
    ['_x_', ['quote']],
    ['%', ['quote']],
    ["' OR 1=1 --", []],
    ['argon2', []],
    ['"roles"', []],
    ['active', []],
  ])('for %j finds %j', async (text, found) => {
    expect(await search(text)).toEqual(found)
  })

  it('finds an id, whole or in part', async () => {
    expect(await search(ids.olga!)).toEqual(['olga'])
    expect(await search(ids.olga!.toUpperCase())).toEqual(['olga'])
    expect(await search(ids.olga!.slice(9))).toEqual(['olga'])
    expect(await search('00000000-0000-7000-8000-000000000000')).toEqual([])
  })

  it('puts the user of that very name first', async () => {
    expect(await search('amazing')).toEqual(['grace', 'amaz'])
    expect(await search('amazing', '&limit=1')).toEqual(['amaz'])
  })

  it('for nothing is the whole list, and keeps to a status', async () => {
    expect(await search('  ')).toHaveLength(5)
    expect(await search(ids.olga!, '&status=disabled')).toEqual([])
    expect(await search('amazing', '&status=disabled')).toEqual([])
  })

  it('follows what people change', async () => {
    await operate(sallyport, 'users.update', { id: ids.olga, family_name: 'Orlova' })
    expect(await search('orlova')).toEqual(['olga'])
    expect(await search('ладыж')).toEqual([])
  })
})

it('other requests are answered while two hundred thousand users are searched', async () => {
  await withDatabaseFile(async (settings, path) => {
    const sallyport = await openSallyport({ settings })
    const root = await setUp(sallyport)
    await multiply(path, root.user.id, 200_000)
    let searching = true
    const found = root.browser.get('/v1/admin/users?search=number%20199999').finally(() => {
      searching = false
    })
    let meanwhile = 0
    while (searching) {
      expect(told(await root.browser.get('/v1/me'))).toBe('200')
      if (searching) meanwhile += 1
      await setImmediate()
    }
    expect(meanwhile).toBeGreaterThan(2)
    const { items, total_estimate } = (await found).json
    expect(items.map(({ email }: Item) => email)).toEqual(['many199999@example.com'])
    expect(total_estimate).toBe(1)
    const many = (await root.browser.get('/v1/admin/users?search=many&limit=5')).json
    expect(many.items).toHaveLength(5)
    expect(many.total_estimate).toBe(10_001)
    await sallyport.close()
  })
})

/** Copies a user many times under other names, in one statement of another connection. */
async function multiply(path: string, id: string, many: number): Promise<void> {
  const db = new (await loadDriver()).DatabaseSync(path, { timeout: 5000 })
  const renamed: Record<string, string> = {
    id: "printf('01900000-0000-7000-8000-%012x', i)",
    email: "'many' || i || '@example.com'",
    email_normalized: "'many' || i || '@example.com'",
    search: "'many' || i || char(10) || 'number ' || i",
    created_at: '1000 + i',
  }
  const columns = Object.keys(users.columns)
  const values = columns.map((name) => renamed[name] ?? `"${name}"`)
  db.exec(
    `INSERT INTO users (${columns.map((name) => `"${name}"`).join()}) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${many}) SELECT ${values.join()} FROM users, c WHERE id = '${id}'`,
  )
  db.close()
}
