import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { native } from '@sallyport/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { audit } from '../../domain/tables.js'
import { StoreUnavailable } from '../../store/store.js'
import { machine, operate } from '../../testing/administrator.js'
import { type Options, openSallyport, type Sallyport, withDatabaseFile } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

const minute = 60_000
const open: Sallyport[] = []
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())))

const start = async (options: Options = {}): Promise<Sallyport> => {
  const sallyport = await openSallyport(options)
  open.push(sallyport)
  return sallyport
}
const keysOf = async (sallyport: Sallyport) => (await operate(sallyport, 'keys.list')).items
const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid
const states = (items: { state: string }[]) => items.map(({ state }) => state)
const check = async (sallyport: Sallyport, token: { access_token: string }) =>
  told(await sallyport.as(token).get('/v1/me'))

describe('the list of keys', () => {
  it('names each with its state, what signs first, and nothing private', async () => {
    const sallyport = await start()
    const bot = await machine(sallyport, 'keys:read', 'keys:write')
    const { items } = (await bot.get('/v1/admin/keys')).json
    const now = new Date(sallyport.clock.now()).toISOString()
    expect(items).toEqual([
      { kid: expect.any(String), alg: 'ES256', state: 'active', created_at: now, active_at: now },
      { kid: expect.any(String), alg: 'ES256', state: 'next', created_at: now },
    ])
    sallyport.clock.advance(minute)
    const rotated = (await bot.post('/v1/admin/keys/rotate')).json.items
    expect(rotated).toHaveLength(3)
    expect(rotated[0]).toMatchObject({ kid: items[1].kid, active_at: expect.any(String) })
    expect(rotated[2]).toMatchObject({ kid: items[0].kid, state: 'retired', retired_at: expect.any(String) })
    expect(told(await (await machine(sallyport, 'keys:read')).post('/v1/admin/keys/rotate'))).toBe(
      '403 forbidden',
    )
  })
})

describe('rotation at once', () => {
  it('lets the next key sign, publishes another, and refuses no valid token', async () => {
    const sallyport = await start()
    const bot = await machine(sallyport, 'keys:write')
    const before = await sallyport.signUp()
    const [active, next] = await keysOf(sallyport)
    const answer = await bot.post('/v1/admin/keys/rotate')
    expect(told(answer)).toBe('200')
    expect(states(answer.json.items)).toEqual(['active', 'next', 'retired'])
    const after = await sallyport.signUp()
    expect([kidOf(before.access_token), kidOf(after.access_token)]).toEqual([active.kid, next.kid])
    for (const token of [before, after]) expect(await check(sallyport, token)).toBe('200')
    const published = (await sallyport.browser().get('/.well-known/jwks.json')).json.keys
    expect(published).toHaveLength(3)
  })

  it('waits until every cache may know the next key, unless it is forced', async () => {
    const sallyport = await start()
    const bot = await machine(sallyport, 'keys:write')
    expect(told(await bot.post('/v1/admin/keys/rotate', {}))).toBe('200')
    sallyport.clock.advance(minute)
    const refused = await bot.post('/v1/admin/keys/rotate', {})
    expect(told(refused)).toBe('409 conflict')
    expect(refused.headers['retry-after']).toBe('240')
    expect(refused.json.detail).toContain('240 seconds')
    expect(told(await bot.post('/v1/admin/keys/rotate', { force: true }))).toBe('200')
    expect(told(await bot.post('/v1/admin/keys/rotate', {}))).toBe('409 conflict')
    sallyport.clock.advance(5 * minute)
    expect(told(await bot.post('/v1/admin/keys/rotate', {}))).toBe('200')
  })

  it('twenty at once make one rotation', async () => {
    const sallyport = await start()
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => operate(sallyport, 'keys.rotate')),
    )
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(states(await keysOf(sallyport))).toEqual(['active', 'next', 'retired'])
  })

  it('is known to another process, which accepts the new tokens before it has looked', async () => {
    await withDatabaseFile(async (settings) => {
      const secret = { current: Buffer.alloc(32, 7) }
      const one = await start({ settings, secret })
      const two = await start({ settings, secret, clock: one.clock })
      const old = await two.signUp()
      await operate(one, 'keys.rotate')
      const fresh = await one.signUp()
      for (const sallyport of [one, two])
        for (const token of [old, fresh]) expect(await check(sallyport, token)).toBe('200')
      await two.server.context.changes.catchUp()
      await two.server.context.keys.maintain()
      expect(kidOf((await two.signUp()).access_token)).toBe(kidOf(fresh.access_token))
      await Promise.all(open.splice(0).map((each) => each.close()))
    })
  })

  it('is in the audit log with who asked for it', async () => {
    const sallyport = await start()
    const bot = await machine(sallyport, 'keys:write')
    await bot.post('/v1/admin/keys/rotate')
    const where = { event: 'key.activated' }
    const rows = await sallyport.server.context.store.list(audit, { where, limit: 10 })
    expect(rows.map(({ actor, actor_id }) => [actor, actor_id])).toEqual([
      ['system', null],
      ['api_key', bot.id],
    ])
  })
})

describe('removal of a key that leaked', () => {
  it('refuses what it signed in every process, cached verdicts too, and puts the next one in charge', async () => {
    await withDatabaseFile(async (settings) => {
      const secret = { current: Buffer.alloc(32, 7) }
      const one = await start({ settings, secret })
      const two = await start({ settings, secret, clock: one.clock })
      const user = await one.signUp()
      for (const each of [one, two]) expect(await check(each, user)).toBe('200')
      const [active, next] = await keysOf(one)
      expect(states((await operate(one, 'keys.remove', { kid: active.kid })).items)).toEqual([
        'active',
        'next',
      ])
      expect(await check(one, user)).toBe('401 access_token_invalid')
      await two.server.context.changes.catchUp()
      expect(await check(two, user)).toBe('401 access_token_invalid')
      const tokens = (await two.browser().post('/v1/refresh', user)).json
      expect(kidOf(tokens.access_token)).toBe(next.kid)
      for (const each of [one, two]) expect(await check(each, tokens)).toBe('200')
      const published = (await two.browser().get('/.well-known/jwks.json')).json.keys
      expect(published.map(({ kid }: { kid: string }) => kid)).not.toContain(active.kid)
      await Promise.all(open.splice(0).map((each) => each.close()))
    })
  })

  it('makes another next key where that one goes, and leaves what the active one signed alone', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    const [active, next] = await keysOf(sallyport)
    const { items } = await operate(sallyport, 'keys.remove', { kid: next.kid })
    expect(items).toMatchObject([{ kid: active.kid }, { state: 'next' }])
    expect(items[1].kid).not.toBe(next.kid)
    expect(await check(sallyport, user)).toBe('200')
  })

  it('is refused for a key that is not there, and reachable by no wire', async () => {
    const sallyport = await start()
    await expect(operate(sallyport, 'keys.remove', { kid: 'none' })).rejects.toMatchObject({
      code: 'not_found',
    })
    const [active] = await keysOf(sallyport)
    const bot = await machine(sallyport, 'keys:write')
    expect(told(await bot.send('DELETE', `/v1/admin/keys/${active.kid}`))).toBe('404 not_found')
  })
})

describe('keys of a file', () => {
  it('are listed, and changed nowhere but in the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-'))
    const path = join(folder, 'signing.pem')
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const sallyport = await start({ settings: { 'keys.file': path } })
    await rm(folder, { recursive: true })
    const bot = await machine(sallyport, 'keys:read', 'keys:write')
    const { items } = (await bot.get('/v1/admin/keys')).json
    expect(items).toEqual([{ kid: expect.any(String), alg: 'ES256', state: 'active' }])
    const refused = await bot.post('/v1/admin/keys/rotate', { force: true })
    expect(told(refused)).toBe('409 conflict')
    expect(refused.json.detail).toContain('keys.file')
    await expect(operate(sallyport, 'keys.remove', { kid: items[0].kid })).rejects.toMatchObject({
      code: 'conflict',
    })
  })
})

it('a removed key counts no longer although the store cannot be read just then', async () => {
  const sallyport = await start()
  const { changes, keys, store } = sallyport.server.context
  const user = await sallyport.signUp()
  expect(await check(sallyport, user)).toBe('200')
  const [active, next] = await keysOf(sallyport)
  const list = store.list
  const away = async () => {
    throw new StoreUnavailable('away')
  }
  Object.assign(store, { list: away })
  changes.apply({ kind: 'key_removed', kid: active.kid })
  expect(keys.verify(user.access_token, native)).toEqual({ ok: false, reason: 'unknown_key' })
  expect(keys.active({ type: 'at+jwt' }).kid).toBe(next.kid)
  await expect(keys.maintain()).rejects.toThrow('away')
  Object.assign(store, { list })
  await keys.maintain()
  expect(keys.active({ type: 'at+jwt' }).kid).toBe(next.kid)
})
