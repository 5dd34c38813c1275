import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sessions, users } from '../../domain/tables.js'
import { operate, setUp, withRoles } from '../../testing/administrator.js'
import { openSallyport, type Sallyport, type SignedUp, withDatabaseFile } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

const day = 86_400_000
let sallyport: Sallyport
let ada: SignedUp
beforeEach(async () => {
  sallyport = await openSallyport()
  ada = await verified({ email: 'ada@example.com', name: 'Ada' })
})
afterEach(() => sallyport.close())

async function verified(fields: object = {}, at = sallyport): Promise<SignedUp> {
  const user = await at.signUp(fields as Record<string, unknown>)
  await operate(at, 'users.update', { id: user.user.id, email_verified: true })
  return user
}
const remove = (user: SignedUp = ada, at = sallyport) => at.as(user).send('DELETE', '/v1/me')
const restore = (token: string, at = sallyport) => at.browser().post('/v1/account/restore', { token })
const logIn = ({ email: identifier, password }: SignedUp = ada) =>
  sallyport.browser().post('/v1/login', { identifier, password })
const farewell = async (to?: string, at = sallyport) =>
  (await at.mail(to)).find(({ topic }) => topic === 'account_deleted')
const tokenOf = async (to?: string, at = sallyport) =>
  new URL(String((await farewell(to, at))?.facts.link)).searchParams.get('t')!
const rowOf = ({ user }: SignedUp) => sallyport.server.context.store.get(users, { id: user.id })

describe('a deletion', () => {
  it('is told to the owner with a link that our own pages open, good for seven days', async () => {
    expect(told(await remove())).toBe('204')
    const mail = await farewell()
    expect(mail).toMatchObject({
      channel: 'email',
      to: 'ada@example.com',
      facts: { name: 'Ada', ip: '127.0.0.1' },
    })
    expect(mail?.facts.at).toBe(sallyport.clock.now())
    expect(mail?.facts.link).toMatch(/^http:\/\/localhost:4400\/restore\?t=[\w-]{64}$/)
    expect(mail?.goodUntil).toBe(sallyport.clock.now() + 7 * day)
  })

  it('is told with a link of one’s own where that is set, whatever the request says of hosts', async () => {
    const own = await openSallyport({ settings: { 'links.restore': 'https://app.example/back#{token}' } })
    const user = await verified({}, own)
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
    }
    expect(told(await own.as(user).send('DELETE', '/v1/me', undefined, headers))).toBe('204')
    expect((await farewell(user.email, own))?.facts.link).toMatch(/^https:\/\/app\.example\/back#[\w-]{64}$/)
    await own.close()
  })

  it('is told to nobody where the address was never proved: a stranger must not bring the account back', async () => {
    const stranger = await sallyport.signUp()
    expect(told(await remove(stranger))).toBe('204')
    expect(await farewell(stranger.email)).toBeUndefined()
    expect((await rowOf(stranger))?.restore_hash).toBeNull()
  })

  it('leaves no token in the database in the clear, nor in the log', async () => {
    await remove()
    const token = await tokenOf()
    const row = JSON.stringify(await rowOf(ada))
    const secret = Buffer.from(token, 'base64url').subarray(16)
    for (const text of [row, ...sallyport.logged])
      for (const form of [token, secret.toString('hex'), secret.toString('base64'), String([...secret])])
        expect(text.includes(form)).toBe(false)
  })
})

describe('the link of a deleted account', () => {
  it('brings the account back as it was, with no session of before', async () => {
    const before = await rowOf(ada)
    await remove()
    expect(told(await logIn())).toBe('401 invalid_credentials')
    sallyport.clock.advance(6 * day)
    expect(told(await restore(await tokenOf()))).toBe('204')
    expect(told(await sallyport.as(ada).get('/v1/me'))).toBe('401 access_token_expired')
    expect(told(await sallyport.browser().post('/v1/refresh', ada))).toBe('401 session_ended')
    const back = await logIn()
    expect(told(back)).toBe('200')
    expect(back.json.user).toMatchObject({ id: ada.user.id, name: 'Ada', email_verified: true })
    const { password_hash, created_at } = before!
    expect(await rowOf(ada)).toMatchObject({
      password_hash,
      created_at,
      deleted_at: null,
      restore_hash: null,
    })
    expect(sallyport.events).toContain('user.restored')
    sallyport.clock.advance(7 * day)
    await sallyport.server.upkeep()
    expect(await rowOf(ada)).toBeDefined()
  })

  it('ends at once what was signed in before, though its tokens have not run out', async () => {
    await remove()
    await restore(await tokenOf())
    expect(told(await sallyport.as(ada).get('/v1/me'))).toBe('401 session_ended')
    expect(await sallyport.server.context.store.count(sessions, {})).toBe(0)
  })

  it('is good once', async () => {
    await remove()
    const token = await tokenOf()
    expect(told(await restore(token))).toBe('204')
    expect(told(await restore(token))).toBe('401 code_invalid')
    const { access_token } = (await logIn()).json
    expect(told(await remove({ ...ada, access_token }))).toBe('204')
    expect(told(await restore(token))).toBe('401 code_invalid')
    expect(told(await restore(await tokenOf()))).toBe('204')
  })

  it('opened fifty times at once on a database file brings the account back once', async () => {
    await withDatabaseFile(async (settings) => {
      const filed = await openSallyport({ settings })
      const user = await verified({}, filed)
      await remove(user, filed)
      const token = await tokenOf(user.email, filed)
      const answers = await Promise.all(Array.from({ length: 50 }, () => restore(token, filed)))
      expect(answers.map(told).sort()).toEqual(['204', ...Array(49).fill('401 code_invalid')])
      expect(filed.events.filter((name) => name === 'user.restored')).toHaveLength(1)
      await filed.close()
    })
  })

  it('is good for seven days and not a moment longer', async () => {
    await remove()
    const token = await tokenOf()
    sallyport.clock.advance(7 * day)
    expect(told(await restore(token))).toBe('401 code_invalid')
    sallyport.clock.advance(-1)
    expect(told(await restore(token))).toBe('204')
  })

  it('is good for nobody who has altered it', async () => {
    const bob = await verified()
    await remove()
    const token = await tokenOf()
    const bytes = Buffer.from(token, 'base64url')
    const other = Buffer.concat([Buffer.from(bob.user.id.replaceAll('-', ''), 'hex'), bytes.subarray(16)])
    const altered = Buffer.from(bytes)
    altered[47]! ^= 1
    const wrong = [
      other.toString('base64url'),
      altered.toString('base64url'),
      token.slice(0, -1),
      `${token}A`,
      `${token}==`,
      ada.user.id,
      'A'.repeat(64),
      ada.access_token.slice(0, 128),
    ]
    for (const one of wrong) expect([one, told(await restore(one))]).toEqual([one, '401 code_invalid'])
    expect(told(await restore(''))).toBe('400 invalid_request')
    expect(told(await restore(token))).toBe('204')
  })
})

describe('an administrator’s deletion', () => {
  it('is undone by the same link', async () => {
    const root = await setUp(sallyport)
    expect(told(await root.browser.send('DELETE', `/v1/admin/users/${ada.user.id}`))).toBe('204')
    expect(told(await restore(await tokenOf(ada.email)))).toBe('204')
    expect(told(await logIn())).toBe('200')
  })

  it('of a disabled account is told to nobody, and no link brings it back', async () => {
    await operate(sallyport, 'users.disable', { id: ada.user.id })
    await operate(sallyport, 'users.delete', { id: ada.user.id })
    expect(await farewell()).toBeUndefined()
    expect((await rowOf(ada))?.restore_hash).toBeNull()
  })
})

it('an administrator who comes back is counted again', async () => {
  const root = await setUp(sallyport)
  const second = await withRoles(sallyport, 'admin')
  await operate(sallyport, 'users.update', { id: second.user.id, email_verified: true })
  await remove(second)
  expect(told(await remove(root))).toBe('403 forbidden')
  expect(told(await restore(await tokenOf(second.email)))).toBe('204')
  expect(told(await remove(root))).toBe('204')
})
