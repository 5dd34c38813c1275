import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sessions, users } from '../../domain/tables.js'
import { machine, operate, setUp, withRoles } from '../../testing/administrator.js'
import type { Browser } from '../../testing/browser.js'
import { hostileAddresses } from '../../testing/hostile.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

const day = 86_400_000
const password = 'correct horse battery'
let sallyport: Sallyport
let root: Browser
let user: SignedUp
let made = 0
beforeAll(async () => {
  sallyport = await openSallyport()
  root = (await setUp(sallyport)).browser
})
afterAll(() => sallyport.close())
beforeEach(async () => {
  user = await sallyport.signUp()
})

const create = (fields: object) => root.post('/v1/admin/users', fields)
const path = (id: string = user.user.id) => `/v1/admin/users/${id}`
const patch = (body: object, id?: string) =>
  root.send('PATCH', path(id), body, { 'content-type': 'application/merge-patch+json' })
const logIn = (identifier: string, secret = password) =>
  sallyport.browser().post('/v1/login', { identifier, password: secret })
const fresh = () => {
  made += 1
  return `made${made}@example.com`
}
const events = async (work: () => Promise<unknown>) => {
  const before = sallyport.events.length
  await work()
  return sallyport.events.slice(before)
}

describe('an account that an administrator makes', () => {
  it('is as it was asked for, and can sign in', async () => {
    const email = fresh()
    const fields = { name: 'Ada', locale: 'en-GB', metadata: { a: 1 }, app_metadata: { plan: 'gold' } }
    const answer = await create({
      email,
      password,
      email_verified: true,
      roles: ['editor', 'editor'],
      ...fields,
    })
    expect(told(answer)).toBe('201')
    expect(answer.json).toMatchObject({ ...fields, email, email_verified: true, roles: ['editor'] })
    expect((await root.get(path(answer.json.id))).json).toEqual(answer.json)
    expect(told(await logIn(email))).toBe('200')
  })

  it('needs no password, and then has no password', async () => {
    const email = fresh()
    expect(told(await create({ email }))).toBe('201')
    expect(told(await logIn(email))).toBe('401 invalid_credentials')
  })

  it('has an address or a username', async () => {
    expect(pointers(await create({ name: 'Nobody' }))).toEqual(['/email'])
    expect(pointers(await create({ preferred_username: 'nomail', email_verified: true }))).toEqual([
      '/email_verified',
    ])
    expect(told(await create({ preferred_username: 'nomail' }))).toBe('201')
  })

  it.each(hostileAddresses)('has no address like %j', async (email) => {
    expect(pointers(await create({ email }))).toEqual(['/email'])
  })

  it.each(['аdmin', 'ad\u200bmin', 'Admin', 'root', '\u202ex'])('has no username like %j', async (name) => {
    expect(pointers(await create({ preferred_username: name }))).toEqual(['/preferred_username'])
  })

  it('obeys the rules for passwords and sizes', async () => {
    expect(told(await create({ email: fresh(), password: 'short' }))).toBe('422 password_too_short')
    const big = { a: 'x'.repeat(17_000) }
    expect(pointers(await create({ email: fresh(), app_metadata: big }))).toEqual(['/app_metadata'])
    expect(pointers(await create({ email: fresh(), metadata: big }))).toEqual(['/metadata'])
    expect(pointers(await create({ email: fresh(), roles: ['Admin!'] }))).toEqual(['/roles/0'])
  })

  it('takes nothing from members that nobody writes', async () => {
    const id = '00000000-0000-7000-8000-000000000000'
    const never = {
      id,
      created_at: '2001-01-01T00:00:00Z',
      updated_at: '2001-01-01T00:00:00Z',
      last_login_at: '2001-01-01T00:00:00Z',
      deleted_at: 1,
      status: 'deleted',
      has_password: true,
      password_hash: '$argon2id$x',
      phone_number: '+15551234567',
      phone_number_verified: true,
      epoch: 7,
      search: 'x',
      role: 'admin',
      is_admin: true,
      tenant: 'x',
    }
    const email = fresh()
    const { json } = await create({ email, ...never })
    const now = new Date(sallyport.clock.now()).toISOString()
    expect((await root.get(path(json.id))).json).toEqual({
      id: json.id,
      email,
      email_verified: false,
      phone_number_verified: false,
      roles: [],
      status: 'active',
      created_at: now,
      updated_at: now,
    })
    expect(json.id).not.toBe(id)
    const row = await sallyport.server.context.store.get(users, { id: json.id })
    expect(row).toMatchObject({ epoch: 0, password_hash: null, deleted_at: null })
  })

  it('is one, however often its address is asked for at once', async () => {
    const email = fresh()
    const ask = (at: number) =>
      at % 2
        ? create({ email: email.toUpperCase() })
        : sallyport.browser().post('/v1/signup', { email, password })
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(at)))
    const outcomes = answers.map(told)
    expect(outcomes.filter((one) => one === '201')).toHaveLength(1)
    for (const one of outcomes.filter((one) => one !== '201'))
      expect(['409 email_taken', '503 overloaded']).toContain(one)
  })
})

describe('a change', () => {
  it('sets what is sent, takes away what is null, and leaves the rest', async () => {
    await patch({ name: 'Ada', app_metadata: { a: { b: 1, c: 2 } }, preferred_username: `p${made++}` })
    const answer = await patch({ name: null, app_metadata: { a: { b: null } }, locale: 'fr' })
    expect(told(answer)).toBe('200')
    expect(answer.json).not.toHaveProperty('name')
    expect(answer.json).toMatchObject({ locale: 'fr', app_metadata: { a: { c: 2 } }, email: user.email })
    expect((await sallyport.as(user).get('/v1/me')).json).toEqual(answer.json)
  })

  it('of the address makes it unproven unless it is said to be proven', async () => {
    expect((await patch({ email_verified: true })).json.email_verified).toBe(true)
    expect((await patch({ email: user.email.toUpperCase() })).json.email_verified).toBe(true)
    expect((await patch({ email: fresh() })).json.email_verified).toBe(false)
    expect((await patch({ email: fresh(), email_verified: true })).json.email_verified).toBe(true)
  })

  it('leaves a way to sign in', async () => {
    expect(pointers(await patch({ email: null }))).toEqual(['/email'])
    const name = `only${made++}`
    const swapped = await patch({ email: null, preferred_username: name })
    expect(told(swapped)).toBe('200')
    expect(swapped.json).not.toHaveProperty('email')
    expect(pointers(await patch({ email_verified: true }))).toEqual(['/email_verified'])
    expect(pointers(await patch({ preferred_username: null }))).toEqual(['/preferred_username'])
    expect(told(await logIn(name, user.password))).toBe('200')
  })

  it('may be of names that grow when they are folded for the search', async () => {
    const long = { name: 'ﷺ'.repeat(255), given_name: '𝟙'.repeat(127), family_name: 'İ'.repeat(255) }
    expect(told(await patch(long))).toBe('200')
    expect((await patch({ locale: 'ar' })).json).toMatchObject(long)
  })

  it('takes nothing that is another’s', async () => {
    const other = await sallyport.signUp({ preferred_username: `other${made}` })
    expect(told(await patch({ email: other.email.toUpperCase() }))).toBe('409 email_taken')
    expect(told(await patch({ preferred_username: `OTHER${made}` }))).toBe('409 username_taken')
  })

  it.each(['status', 'password', 'created_at', 'updated_at', 'last_login_at', 'has_password'])(
    'of %s is refused by name',
    async (member) => {
      const answer = await patch({ [member]: 'x', name: 'Eve' })
      expect(told(answer)).toBe('400 invalid_request')
      expect(pointers(answer)).toEqual([`/${member}`])
      expect((await root.get(path())).json).not.toHaveProperty('name')
    },
  )

  it.each([{ roles: 'admin' }, { roles: [7] }, { roles: [['admin']] }, { roles: { 0: 'admin' } }])(
    'cannot smuggle %j',
    async (body) => {
      expect(told(await patch(body))).toBe('400 invalid_request')
    },
  )

  it('made twenty times at once, by the user and by administrators, loses none', async () => {
    const me = sallyport.as(user)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        at % 2
          ? patch({ metadata: { [`m${at}`]: at } })
          : me.send('PATCH', '/v1/me', { metadata: { [`m${at}`]: at } }),
      ),
    )
    expect(new Set(answers.map(told))).toEqual(new Set(['200']))
    expect(Object.keys((await root.get(path())).json.metadata)).toHaveLength(20)
  })

  it('of roles, given and taken twenty times at once, loses none and brings none back', async () => {
    await patch({ roles: ['stays', ...Array.from({ length: 10 }, (_, at) => `old${at}`)] })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        at % 2 ? patch({ add_roles: [`new${at}`] }) : patch({ remove_roles: [`old${at / 2}`] }),
      ),
    )
    expect(new Set(answers.map(told))).toEqual(new Set(['200']))
    const { roles } = (await root.get(path())).json
    const added = Array.from({ length: 10 }, (_, at) => `new${2 * at + 1}`)
    expect(roles.toSorted()).toEqual([...added, 'stays'].toSorted())
  })

  it.each([
    [{ roles: ['a'], add_roles: ['b'] }, '/roles'],
    [{ add_roles: ['a', 'b'], remove_roles: ['b'] }, '/add_roles'],
    [{ add_roles: Array.from({ length: 31 }, (_, at) => `r${at}`) }, '/add_roles'],
    [{ add_roles: ['Admin!'] }, '/add_roles/0'],
    [{ remove_roles: null }, '/remove_roles'],
  ])('of roles by %j is refused, naming the member', async (body, pointer) => {
    await patch({ roles: ['one', 'two'] })
    expect(pointers(await patch(body))).toEqual([pointer])
    expect((await root.get(path())).json.roles).toEqual(['one', 'two'])
  })

  it('of roles is told apart, counts at once and does not end sessions', async () => {
    const seen = await events(() => patch({ roles: ['editor', 'auditor'] }))
    expect(seen).toEqual(['user.updated', 'user.roles_changed'])
    expect(await events(() => patch({ roles: ['editor', 'auditor'], name: 'x' }))).toEqual(['user.updated'])
    expect(told(await sallyport.as(user).get('/v1/admin/users'))).toBe('200')
    await patch({ roles: [] })
    expect(told(await sallyport.as(user).get('/v1/admin/users'))).toBe('403 forbidden')
    expect(told(await sallyport.as(user).get('/v1/me'))).toBe('200')
  })
})

/** Whether everything the user held has ended. */
async function expectEnded(held: SignedUp): Promise<void> {
  const { refresh_token } = held
  expect(told(await sallyport.as(held).get('/v1/me'))).toBe('401 session_ended')
  expect(told(await sallyport.browser().post('/v1/refresh', { refresh_token }))).toBe('401 session_ended')
  const where = { user_id: held.user.id }
  expect(await sallyport.server.context.store.count(sessions, where)).toBe(0)
}

describe('disabling', () => {
  it('ends everything, says so to who knows the password, and can be taken back', async () => {
    const disable = () => root.post(`${path()}/disable`, { reason: 'spam' })
    expect(await events(disable)).toEqual(['user.disabled', 'sessions.ended'])
    await expectEnded(user)
    expect((await root.get(path())).json.status).toBe('disabled')
    expect(told(await logIn(user.email, user.password))).toBe('403 account_disabled')
    expect(told(await logIn(user.email))).toBe('401 invalid_credentials')
    expect((await disable()).json.status).toBe('disabled')
    expect(await events(() => root.post(`${path()}/enable`))).toEqual(['user.enabled'])
    expect(told(await logIn(user.email, user.password))).toBe('200')
    expect(await events(() => root.post(`${path()}/enable`))).toEqual([])
  })

  it('wins every race against signing in', async () => {
    const tries = Array.from({ length: 5 }, () => logIn(user.email, user.password))
    const [disabled, ...answers] = await Promise.all([root.post(`${path()}/disable`), ...tries])
    expect(told(disabled!)).toBe('200')
    for (const { status, json } of answers)
      if (status === 200) expect(told(await sallyport.as(json).get('/v1/me'))).toBe('401 session_ended')
    expect(await sallyport.server.context.store.count(sessions, { user_id: user.user.id })).toBe(0)
  })
})

describe('deleting', () => {
  it('ends everything, keeps a proven address for seven days, and is seen until then', async () => {
    expect(told(await patch({ email_verified: true }))).toBe('200')
    expect(await events(() => root.send('DELETE', path()))).toEqual(['user.deleted'])
    await expectEnded(user)
    expect((await root.get(path())).json.status).toBe('deleted')
    expect(told(await create({ email: user.email }))).toBe('409 email_taken')
    for (const again of ['disable', 'enable', 'logout'])
      expect(told(await root.post(`${path()}/${again}`))).toBe('404 not_found')
    expect(told(await root.send('DELETE', path()))).toBe('404 not_found')
    expect(told(await patch({ name: 'x' }))).toBe('404 not_found')
    const later = await openSallyport()
    const admin = await setUp(later)
    const one = await later.signUp({ email: 'gone@example.com' })
    await admin.browser.send('DELETE', path(one.user.id))
    later.clock.advance(7 * day)
    await later.server.upkeep()
    expect((await later.signUp({ email: 'gone@example.com' })).user.id).not.toBe(one.user.id)
    await later.close()
  })
})

it('logging a user out ends what they have and nothing else', async () => {
  expect(await events(() => root.post(`${path()}/logout`))).toEqual(['sessions.ended'])
  await expectEnded(user)
  expect(told(await logIn(user.email, user.password))).toBe('200')
})

describe('a password that the operator sets', () => {
  it('counts at once, ends everything and lets a locked account in', async () => {
    for (let tries = 0; tries < 10; tries++) await logIn(user.email)
    expect(told(await logIn(user.email, user.password))).toBe('429 too_many_requests')
    const set = () => operate(sallyport, 'users.set_password', { id: user.user.id, password })
    expect(await events(set)).toEqual(['password.changed', 'sessions.ended'])
    await expectEnded(user)
    expect(told(await logIn(user.email, user.password))).toBe('401 invalid_credentials')
    expect(told(await logIn(user.email))).toBe('200')
  })

  it('obeys the rules', async () => {
    const set = (fields: object) =>
      operate(sallyport, 'users.set_password', { id: user.user.id, password, ...fields })
    await expect(set({ password: 'short' })).rejects.toMatchObject({ code: 'password_too_short' })
    await expect(set({ id: 'x' })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is out of the network’s reach', async () => {
    for (const way of ['password', 'set-password', 'set_password'])
      expect(told(await root.post(`${path()}/${way}`, { password }))).toBe('404 not_found')
  })
})

describe('from below, an administrator', () => {
  it.each(['admin', 'auditor'])('with the role %s is not touched by an API key', async (role) => {
    const key = await machine(sallyport, 'users:read', 'users:write', 'sessions:write')
    const above = await withRoles(sallyport, role)
    const at = path(above.user.id)
    expect(told(await key.get(at))).toBe('200')
    expect(told(await key.send('PATCH', at, { email: fresh() }))).toBe('403 forbidden')
    expect(told(await key.send('PATCH', at, { roles: [] }))).toBe('403 forbidden')
    expect(told(await key.send('PATCH', at, { remove_roles: [role] }))).toBe('403 forbidden')
    expect(told(await key.send('DELETE', at))).toBe('403 forbidden')
    for (const act of ['disable', 'enable', 'logout'])
      expect(told(await key.post(`${at}/${act}`))).toBe('403 forbidden')
    expect(told(await above.browser.get('/v1/me'))).toBe('200')
  })

  it('is not made by an API key, neither new nor out of somebody', async () => {
    const key = await machine(sallyport, 'users:write')
    for (const roles of [['admin'], ['editor', 'auditor']]) {
      expect(told(await key.post('/v1/admin/users', { email: fresh(), roles }))).toBe('403 forbidden')
      expect(told(await key.send('PATCH', path(), { roles }))).toBe('403 forbidden')
      expect(told(await key.send('PATCH', path(), { add_roles: roles }))).toBe('403 forbidden')
    }
    expect(told(await key.post('/v1/admin/users', { email: fresh(), roles: ['editor'] }))).toBe('201')
    expect((await key.send('PATCH', path(), { roles: ['editor'] })).json.roles).toEqual(['editor'])
    expect((await key.send('PATCH', path(), { add_roles: ['r'] })).json.roles).toEqual(['editor', 'r'])
    expect(told(await key.post(`${path()}/disable`))).toBe('200')
  })
})

it.each(['x', '00000000-0000-7000-8000-000000000000', '..', '%00', "'"])(
  'there is no user %s',
  async (id) => {
    for (const [method, suffix] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/disable'],
      ['POST', '/enable'],
      ['POST', '/logout'],
    ] as const) {
      const answer = await root.send(
        method,
        `/v1/admin/users/${id}${suffix}`,
        method === 'GET' ? undefined : {},
      )
      expect(told(answer)).toMatch(/^(404 not_found|400 invalid_request|405 method_not_allowed)$/)
    }
  },
)
