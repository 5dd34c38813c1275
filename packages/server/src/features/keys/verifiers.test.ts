// A verifier key that leaked: taken away from running servers, whatever their settings list.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../../domain/tables.js'
import { operate } from '../../testing/administrator.js'
import { readFeed } from '../../testing/feed.js'
import { type Home, makeHome } from '../../testing/program.js'
import { openSallyport, type Sallyport, withDatabaseFile } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

const [leaked, kept] = ['a1B2', 'z9Y8'].map((part) => `vk_${part.repeat(8)}`) as [string, string]
const env = { SALLYPORT_VERIFIER_KEYS: `${leaked},${kept}` }
const secret = { current: new Uint8Array(32).fill(7) }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

const introspects = async (sallyport: Sallyport, key: string) =>
  told(
    await sallyport.browser().post('/v1/introspect', 'token=x', { ...form, authorization: `Bearer ${key}` }),
  )
const follow = (url: string, key: string) =>
  readFeed(`${url}/v1/revocations`, { authorization: `Bearer ${key}` })

describe('the removal of a verifier key', () => {
  it('counts on every server at once, ends its feeds and no others, and outlives a restart', () =>
    withDatabaseFile(async (settings) => {
      const open = (port: string) => openSallyport({ env, secret, settings: { ...settings, port } })
      const here = await open('0')
      const there = await open('0')
      const { url } = await here.server.listen()
      const [theirs, others] = [await follow(url, leaked), await follow(url, kept)]
      for (const feed of [theirs, others]) await feed.until('current')
      const { items } = await operate(there, 'keys.list_verifiers')
      expect(items).toMatchObject([{ state: 'active' }, { state: 'active' }])
      expect(JSON.stringify(items)).not.toContain(leaked.slice(3, 10))
      const [{ id }] = items
      expect(await introspects(here, leaked)).toBe('200')
      expect((await operate(there, 'keys.remove_verifier', { id })).items[0]).toMatchObject({
        id,
        state: 'removed',
      })
      expect(await introspects(there, leaked)).toBe('401 access_token_invalid')
      await here.server.context.changes.catchUp()
      expect(await theirs.next()).toBeUndefined()
      expect(await introspects(here, leaked)).toBe('401 access_token_invalid')
      expect((await follow(url, leaked)).status).toBe(401)
      const user = await here.signUp()
      await here.as(user).post('/v1/logout')
      expect(await others.next()).toMatchObject({ event: 'session_revoked' })
      expect(await introspects(here, kept)).toBe('200')
      await others.close()
      await here.close()
      const again = await open('0')
      expect(await introspects(again, leaked)).toBe('401 access_token_invalid')
      expect(await introspects(again, kept)).toBe('200')
      await again.close()
      await there.close()
    }))

  it('reaches a server that could not read the table for weeks', () =>
    withDatabaseFile(async (settings) => {
      const open = () => openSallyport({ env, secret, settings })
      const [here, there] = [await open(), await open()]
      const [{ id }] = (await operate(there, 'keys.list_verifiers')).items
      await operate(there, 'keys.remove_verifier', { id })
      for (const { clock } of [here, there]) clock.advance(30 * 86_400_000)
      await here.server.context.changes.catchUp()
      expect(await introspects(here, leaked)).toBe('401 access_token_invalid')
      await here.close()
      await there.close()
    }))

  it('is told once in the audit log, can be said twice, and names what it does not know', async () => {
    const sallyport = await openSallyport({ env })
    const [{ id }] = (await operate(sallyport, 'keys.list_verifiers')).items
    await operate(sallyport, 'keys.remove_verifier', { id })
    await operate(sallyport, 'keys.remove_verifier', { id })
    const rows = await sallyport.server.context.store.list(audit, {
      where: { event: 'verifier.removed' },
      limit: 9,
    })
    expect(rows.map(({ actor }) => actor)).toEqual(['operator'])
    await expect(operate(sallyport, 'keys.remove_verifier', { id: 'nonsense' })).rejects.toMatchObject({
      code: 'not_found',
      details: { detail: expect.stringContaining('put it back') },
    })
    await sallyport.close()
  })
})

describe('on the command line', () => {
  let home: Home
  beforeAll(() => {
    home = makeHome()
  })
  afterAll(() => home.remove())

  it('a running server hears of it by itself', async () => {
    const server = home.sallyport(['dev', '--port', '0'], env)
    const url = /http:\S+(?=\/v1)/.exec(await server.saying('Ctrl-C stops it.'))![0]
    const run = (...args: string[]) => home.run([...args, '--issuer', url], env)
    const feed = await follow(url, leaked)
    await feed.until('current')
    const listed = await run('key', 'verifier', 'list', '--json')
    const { id } = JSON.parse(listed.out).items[0]
    const removed = await run('key', 'verifier', 'remove', id, '--yes', '--json')
    expect([removed.code, JSON.parse(removed.out).items[0].state]).toEqual([0, 'removed'])
    // What is waiting may come first; then the stream ends.
    for (let next = await feed.next(); next !== undefined; next = await feed.next());
    expect((await follow(url, leaked)).status).toBe(401)
    const unknown = await run('key', 'verifier', 'remove', '0123456789abcdef', '--yes')
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('sallyport key verifier list')])
  })
})
