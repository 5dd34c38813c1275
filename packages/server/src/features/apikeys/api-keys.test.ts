import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiKeys } from '../../domain/tables.js'
import { machine, setUp, withRoles } from '../../testing/administrator.js'
import type { Browser } from '../../testing/browser.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

const day = 86_400_000
let sallyport: Sallyport
let root: Awaited<ReturnType<typeof setUp>>
beforeAll(async () => {
  sallyport = await openSallyport()
  root = await setUp(sallyport)
})
afterAll(() => sallyport.close())

/** Root with a proof of today. */
const fresh = async (): Promise<Browser> => {
  const { email: identifier, password } = root
  return sallyport.as((await sallyport.browser().post('/v1/login', { identifier, password })).json)
}
const create = async (fields: object = {}) =>
  (await fresh()).post('/v1/admin/api-keys', { name: 'importer', scopes: ['users:read'], ...fields })
const listed = async () => (await (await fresh()).get('/v1/admin/api-keys')).json.items
const withKey = (api_key: string) => sallyport.as({ access_token: api_key })

describe('a new API key', () => {
  it('is shown once and kept as a hash', async () => {
    const answer = await create({ scopes: ['users:read', 'audit:read', 'users:read'] })
    expect(told(answer)).toBe('201')
    const { api_key, ...shown } = answer.json
    expect(api_key).toMatch(/^ak_[\w-]{43}$/)
    expect(shown).toEqual({
      id: expect.any(String),
      name: 'importer',
      scopes: ['users:read', 'audit:read'],
      created_by: root.user.id,
      created_at: new Date(sallyport.clock.now()).toISOString(),
      expires_at: new Date(sallyport.clock.now() + 90 * day).toISOString(),
    })
    expect(await listed()).toContainEqual(shown)
    expect(JSON.stringify(await listed())).not.toContain(api_key)
    const row = await sallyport.server.context.store.get(apiKeys, { id: shown.id })
    expect(row!.hash).toHaveLength(32)
    expect(JSON.stringify(row) + sallyport.logged.join()).not.toContain(api_key)
  })

  it('belongs to who asked for it, whatever the body says', async () => {
    const { user } = await sallyport.signUp()
    const claims = { created_by: user.id, user_id: user.id, userId: user.id, id: user.id }
    const answer = await create(claims)
    expect(answer.json.created_by).toBe(root.user.id)
    expect(answer.json.id).not.toBe(user.id)
    expect(told(await sallyport.browser().post('/v1/admin/api-keys', claims))).toBe('401 token_missing')
  })

  it.each([
    ['1m', 60_000],
    ['12h', 12 * 3_600_000],
    ['365d', 365 * day],
  ])('lives as long as it was asked to: %s', async (expires_in, lifetime) => {
    const { json } = await create({ expires_in })
    expect(Date.parse(json.expires_at) - Date.parse(json.created_at)).toBe(lifetime)
  })

  it.each(['366d', '59s', '0', '-1d', 'never', '1y', 'Infinityd', ''])(
    'does not live %j',
    async (expires_in) => {
      const answer = await create({ expires_in })
      expect(told(answer)).toBe('400 invalid_request')
      expect(pointers(answer)).toEqual(['/expires_in'])
    },
  )

  it.each([[[]], [['admin']], [['apikeys:write']], [['users:read', 'all']], ['users:read'], [null], [[{}]]])(
    'has no scopes but those of the list: %j',
    async (scopes) => {
      const answer = await create({ scopes })
      expect(told(answer)).toBe('400 invalid_request')
      expect(pointers(answer)[0]).toMatch(/^\/scopes/)
    },
  )
})

describe('an API key in use', () => {
  it('does what its scopes say, as nobody’s session', async () => {
    const { api_key } = (await create()).json
    expect(told(await withKey(api_key).get('/v1/admin/users'))).toBe('200')
    expect(told(await withKey(api_key).post('/v1/admin/users', {}))).toBe('403 forbidden')
    expect(told(await withKey(api_key).get('/v1/me'))).toBe('401 access_token_invalid')
    expect(told(await withKey(api_key).send('DELETE', '/v1/me'))).toBe('401 access_token_invalid')
  })

  it('is no cookie', async () => {
    const { api_key } = (await create()).json
    const cookie = `__Host-sallyport_access=${api_key}; sallyport_access=${api_key}`
    const answer = await sallyport.browser().get('/v1/admin/users', { cookie })
    expect(answer.status).toBe(401)
  })

  it('shows when it was used last, to the minute', async () => {
    const { api_key, id } = (await create()).json
    const one = async () => (await listed()).find((item: { id: string }) => item.id === id)
    expect(await one()).not.toHaveProperty('last_used_at')
    const at = new Date(sallyport.clock.now()).toISOString()
    await withKey(api_key).get('/v1/admin/users')
    sallyport.clock.advance(59_000)
    await withKey(api_key).get('/v1/admin/users')
    expect((await one()).last_used_at).toBe(at)
  })

  it('ends on time and leaves the list', async () => {
    const { api_key, id } = (await create({ expires_in: '1h' })).json
    sallyport.clock.advance(3_600_000 - 1)
    expect(told(await withKey(api_key).get('/v1/admin/users'))).toBe('200')
    sallyport.clock.advance(1)
    expect(told(await withKey(api_key).get('/v1/admin/users'))).toBe('401 access_token_invalid')
    expect((await listed()).map((item: { id: string }) => item.id)).not.toContain(id)
  })

  it('ends at once when it is removed, and is removed once', async () => {
    const { api_key, id } = (await create()).json
    const admin = await fresh()
    const remove = () => admin.send('DELETE', `/v1/admin/api-keys/${id}`)
    expect((await Promise.all([remove(), remove()])).map(told).sort()).toEqual(['204', '404 not_found'])
    expect(told(await withKey(api_key).get('/v1/admin/users'))).toBe('401 access_token_invalid')
    expect(sallyport.events).toContain('apikey.removed')
    for (const unknown of ['x', id, '00000000-0000-7000-8000-000000000000'])
      expect(told(await admin.send('DELETE', `/v1/admin/api-keys/${unknown}`))).toBe('404 not_found')
  })

  it.each(['ak_', 'ak_x', `ak_${'A'.repeat(43)}`, `ak_${'A'.repeat(4000)}`])(
    'is not known when it is %j',
    async (key) => {
      expect(told(await withKey(key).get('/v1/admin/users'))).toBe('401 access_token_invalid')
    },
  )

  it('makes and sees no other keys', async () => {
    const everything = ['users:read', 'users:write', 'sessions:write', 'keys:write', 'settings:read']
    const powerful = await machine(sallyport, ...everything)
    expect(told(await powerful.get('/v1/admin/api-keys'))).toBe('403 forbidden')
    expect(told(await powerful.post('/v1/admin/api-keys', { name: 'x', scopes: everything }))).toBe(
      '403 forbidden',
    )
    expect(told(await powerful.send('DELETE', `/v1/admin/api-keys/${powerful.id}`))).toBe('403 forbidden')
  })
})

it('are an administrator’s to make, an auditor’s to see', async () => {
  const auditor = await withRoles(sallyport, 'auditor')
  expect(told(await auditor.browser.get('/v1/admin/api-keys'))).toBe('200')
  const answer = await auditor.browser.post('/v1/admin/api-keys', { name: 'x', scopes: ['users:read'] })
  expect(told(answer)).toBe('403 forbidden')
})

it('are all listed, the newest first', async () => {
  const { context } = sallyport.server
  const before = (await listed()).length
  const [row] = await context.store.list(apiKeys, { limit: 1 })
  const id = (at: number) => `01900000-0000-7000-8000-${String(at).padStart(12, '0')}`
  for (let at = 0; at < 1005; at++)
    await context.store.insert(apiKeys, { ...row!, id: id(at), hash: Buffer.from(String(at).padStart(32)) })
  const ids = (await listed()).map((item: { id: string }) => item.id)
  expect(ids).toHaveLength(before + 1005)
  expect(ids).toEqual([...ids].sort().reverse())
})
