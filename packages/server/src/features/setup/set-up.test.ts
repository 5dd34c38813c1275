import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { administration, users } from '../../domain/tables.js'
import { operate, setUp, withRoles } from '../../testing/administrator.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

const password = 'keeper of all the keys'
let sallyport: Sallyport
beforeEach(async () => {
  sallyport = await openSallyport()
})
afterEach(() => sallyport.close())

const link = async (): Promise<string> => (await operate(sallyport, 'setup.link')).token
const claim = (token: string, fields: object = {}) =>
  sallyport.browser().post('/v1/setup', { token, email: 'root@example.com', password, ...fields })
const conflict = { code: 'conflict', message: expect.stringContaining('sallyport user create') }

describe('the link', () => {
  it('is 32 random bytes that end after 15 minutes, and the store keeps a hash', async () => {
    const { token, expires_at } = await operate(sallyport, 'setup.link')
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(expires_at - sallyport.clock.now()).toBe(15 * 60_000)
    const row = await sallyport.server.context.store.get(administration, { id: 'first' })
    expect(row!.token_hash).toHaveLength(32)
    expect(JSON.stringify(row) + sallyport.logged.join()).not.toContain(token)
    expect(Buffer.from(row!.token_hash!).toString('base64url')).not.toBe(token)
  })

  it('makes a full administrator who is signed in', async () => {
    const answer = await claim(await link(), { name: 'Root' })
    expect(told(answer)).toBe('200')
    expect(answer.json.user).toMatchObject({
      email: 'root@example.com',
      name: 'Root',
      roles: ['admin'],
      email_verified: false,
    })
    expect(told(await sallyport.as(answer.json).get('/v1/admin/users'))).toBe('200')
    const again = await sallyport.browser().post('/v1/login', { identifier: 'root@example.com', password })
    expect(told(again)).toBe('200')
    expect(sallyport.events).toEqual(
      expect.arrayContaining(['setup.link_made', 'setup.done', 'user.created']),
    )
  })

  it('can leave its tokens in cookies', async () => {
    const browser = sallyport.browser()
    const token = await link()
    const body = { token, email: 'root@example.com', password, transport: 'cookie' }
    const answer = await browser.post('/v1/setup', body, { 'sec-fetch-site': 'same-origin' })
    expect(told(answer)).toBe('200')
    expect(answer.json).not.toHaveProperty('access_token')
    expect(told(await browser.get('/v1/admin/users'))).toBe('200')
  })

  it('makes the device known on which it was used', async () => {
    const { device_token } = (await claim(await link())).json
    const logIn = (word: string, more: object = {}) =>
      sallyport.browser().post('/v1/login', { identifier: 'root@example.com', password: word, ...more })
    for (let tries = 0; tries < 10; tries++) await logIn('wrong')
    expect(told(await logIn(password))).toBe('429 too_many_requests')
    expect(told(await logIn(password, { device_token }))).toBe('200')
  })

  it('ends on time', async () => {
    const token = await link()
    sallyport.clock.advance(15 * 60_000)
    expect(told(await claim(token))).toBe('401 code_invalid')
    expect(sallyport.events).toContain('setup.failed')
    expect(told(await claim(await link()))).toBe('200')
  })

  it('is void once another one was made', async () => {
    const first = await link()
    const second = await link()
    expect(told(await claim(first))).toBe('401 code_invalid')
    expect(told(await claim(second))).toBe('200')
  })

  it('is void when one character differs, and there is none without asking for one', async () => {
    expect(told(await claim('x'))).toBe('401 code_invalid')
    const token = await link()
    const other = token.startsWith('A') ? 'B' : 'A'
    expect(told(await claim(other + token.slice(1)))).toBe('401 code_invalid')
    expect(told(await claim(`${token}A`))).toBe('401 code_invalid')
  })

  it('stays good while the address or the password is refused', async () => {
    await sallyport.signUp({ email: 'taken@example.com' })
    const token = await link()
    expect(told(await claim(token, { password: 'short' }))).toBe('422 password_too_short')
    expect(pointers(await claim(token, { email: 'nobody' }))).toEqual(['/email'])
    expect(told(await claim(token, { email: 'TAKEN@example.com' }))).toBe('409 email_taken')
    expect(await sallyport.server.context.store.count(users, {})).toBe(1)
    expect(told(await claim(token))).toBe('200')
  })
})

describe('the door', () => {
  it('lets one of fifty through', async () => {
    const token = await link()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => claim(token, { email: `root${at}@example.com` })),
    )
    const outcomes = answers.map(told)
    expect(outcomes.filter((one) => one === '200')).toHaveLength(1)
    const refused = outcomes.filter((one) => one !== '200')
    for (const one of refused) expect(['401 code_invalid', '503 overloaded']).toContain(one)
    expect(await sallyport.server.context.store.count(users, {})).toBe(1)
    expect((await sallyport.server.context.store.get(administration, { id: 'first' }))!.active).toBe(1)
  })

  it('closes for good: the token is used up and no other is made', async () => {
    const token = await link()
    await claim(token)
    expect(told(await claim(token, { email: 'eve@example.com' }))).toBe('401 code_invalid')
    await expect(operate(sallyport, 'setup.link')).rejects.toMatchObject(conflict)
  })

  it('stays closed when every administrator is gone', async () => {
    const root = await setUp(sallyport)
    await sallyport.server.context.store.remove(users, { id: root.user.id })
    await sallyport.server.context.store.update(administration, { id: 'first' }, { active: 0 })
    await expect(operate(sallyport, 'setup.link')).rejects.toMatchObject(conflict)
    expect(told(await claim('A'.repeat(43)))).toBe('401 code_invalid')
  })

  it('is the only one: sign-up never grants a role, and no wire reaches the link', async () => {
    const fields = { roles: ['admin'], role: 'admin', is_admin: true, status: 'active' }
    const eve = await sallyport.signUp(fields)
    expect(eve.user.roles).toEqual([])
    expect(told(await sallyport.as(eve).get('/v1/admin/users'))).toBe('403 forbidden')
    const admin = await withRoles(sallyport, 'admin')
    for (const path of ['/v1/setup/link', '/v1/setup-link', '/v1/admin/setup', '/v1/admin/setup/link'])
      expect(told(await admin.browser.post(path, {}))).toBe('404 not_found')
  })
})

it('is limited like sign-up', async () => {
  const strict = await openSallyport({ settings: { 'limits.signup_address.max': '3' } })
  const guess = () =>
    strict.browser().post('/v1/setup', { token: 'guess', email: 'root@example.com', password })
  for (let tries = 0; tries < 3; tries++) expect(told(await guess())).toBe('401 code_invalid')
  expect(told(await guess())).toBe('429 too_many_requests')
  await strict.close()
})
