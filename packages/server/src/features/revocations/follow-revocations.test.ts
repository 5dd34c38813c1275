import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Reader, readFeed } from '../../testing/feed.js'
import { openSallyport, type Sallyport, type SignedUp, withDatabaseFile } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

const key = `vk_${'a1B2'.repeat(8)}`
const spare = `vk_${'z9Y8'.repeat(8)}`
const env = { SALLYPORT_VERIFIER_KEYS: `${key},${spare}` }
let sallyport: Sallyport
let url: string
const readers: Reader[] = []
beforeAll(async () => {
  sallyport = await openSallyport({ env, settings: { port: '0' } })
  url = (await sallyport.server.listen()).url
})
afterAll(async () => {
  for (const reader of readers) await reader.close()
  await sallyport.close()
})

const follow = async (lastId?: string, at = url) => {
  const headers = { authorization: `Bearer ${key}`, ...(lastId && { 'last-event-id': lastId }) }
  const reader = await readFeed(`${at}/v1/revocations`, headers)
  readers.push(reader)
  return reader
}
const sids = (events: readonly { data: { sid?: string } }[]) => events.flatMap(({ data }) => data.sid ?? [])
const logOut = (user: SignedUp) => sallyport.as(user).post('/v1/logout')

describe('the feed', () => {
  it('begins with what still matters and goes on with what happens', async () => {
    const [before, after, other] = [
      await sallyport.signUp(),
      await sallyport.signUp(),
      await sallyport.signUp(),
    ]
    await logOut(before)
    const feed = await follow()
    expect([feed.status, feed.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    expect(feed.headers.get('cache-control')).toBe('no-store')
    const first = await feed.until('current')
    expect(sids(first)).toContain(before.session_id)
    expect(sids(first)).not.toContain(after.session_id)
    expect(first.at(-1)).toEqual({ event: 'current', id: String(sallyport.clock.now()), data: {} })
    await logOut(after)
    expect(await feed.next()).toEqual({
      event: 'session_revoked',
      id: String(sallyport.clock.now()),
      data: { sid: after.session_id },
    })
    await sallyport.as(other).post('/v1/logout/all')
    expect(await feed.next()).toMatchObject({
      event: 'user_changed',
      data: { sub: other.user.id, before: expect.any(Number) },
    })
  })

  it('tells which session a new password lets go on', async () => {
    const user = await sallyport.signUp()
    const feed = await follow()
    await feed.until('current')
    const body = { current_password: user.password, new_password: 'another correct horse' }
    expect(told(await sallyport.as(user).post('/v1/me/password', body))).toBe('204')
    expect(await feed.next()).toMatchObject({
      event: 'user_changed',
      data: { sub: user.user.id, except: user.session_id },
    })
  })

  it('says every five seconds that there is nothing else, where the table was read', async () => {
    const feed = await follow()
    await feed.until('current')
    sallyport.clock.advance(4999)
    await sallyport.server.upkeep()
    sallyport.clock.advance(1)
    await sallyport.server.upkeep()
    expect(await feed.next()).toEqual({ event: 'current', id: String(sallyport.clock.now()), data: {} })
  })

  it('begins a minute before the last event for whoever comes back', async () => {
    const user = await sallyport.signUp()
    await logOut(user)
    await sallyport.server.upkeep()
    const at = sallyport.clock.now()
    sallyport.clock.advance(100_000)
    await sallyport.server.upkeep()
    const seen = async (lastId: string | undefined) =>
      sids(await (await follow(lastId)).until('current')).includes(user.session_id)
    expect(await seen(String(at + 60_000))).toBe(true)
    expect(await seen(String(at + 60_001))).toBe(false)
    for (const strange of [undefined, 'x', '-5', '9'.repeat(15), 'e'.repeat(40)])
      expect(await seen(strange)).toBe(true)
  })

  it('tells of a removed key', async () => {
    const feed = await follow()
    await feed.until('current')
    const { keys, changes, store } = sallyport.server.context
    const [listed] = await keys.list()
    const kid = listed!.key.kid
    await store.atomically([changes.record({ kind: 'key_removed', kid })])
    await changes.catchUp()
    expect(await feed.next()).toMatchObject({ event: 'key_removed', data: { kid } })
  })
})

describe('who may follow', () => {
  it('is who has a verifier key', async () => {
    const user = await sallyport.signUp()
    const asked = async (headers: Record<string, string>) =>
      told(await sallyport.browser().get('/v1/revocations', headers))
    expect(await asked({})).toBe('401 token_missing')
    for (const wrong of [`${key}x`, user.access_token, 'vk_'])
      expect(await asked({ authorization: `Bearer ${wrong}` })).toBe('401 access_token_invalid')
  })

  it('opens at most 500 feeds with one key, and leaves the others room', async () => {
    const { changes, verifiers } = sallyport.server.context
    const [id, other] = [verifiers.find(key)!, verifiers.find(spare)!]
    const mine = Array.from({ length: 500 - changes.followers(id) }, () => changes.follow(undefined, id))
    const asked = (verifierKey: string) =>
      sallyport
        .browser()
        .send('GET', '/v1/revocations', undefined, { authorization: `Bearer ${verifierKey}` })
    const refused = await asked(key)
    expect(told(refused)).toBe('429 too_many_requests')
    expect(refused.json.detail).toContain('sallyport key verifier create')
    expect(refused.headers['retry-after']).toBe('5')
    const theirs = Array.from({ length: 1000 - changes.followers() }, () => changes.follow(undefined, other))
    expect(told(await asked(spare))).toBe('429 too_many_requests')
    await theirs.pop()!.return!()
    const reader = await readFeed(`${url}/v1/revocations`, { authorization: `Bearer ${spare}` })
    readers.push(reader)
    expect(reader.status).toBe(200)
    for (const one of [...mine, ...theirs]) await one.return!()
  })

  it('asks with HEAD for the head alone', async () => {
    const answer = await sallyport
      .browser()
      .send('HEAD', '/v1/revocations', undefined, { authorization: `Bearer ${key}` })
    expect([answer.status, answer.text]).toEqual([200, ''])
    expect(sallyport.server.context.changes.followers()).toBe(readers.length)
  })
})

describe('an end', () => {
  it('comes with the client’s: nothing is kept for whoever has gone', async () => {
    const feed = await follow()
    await feed.until('current')
    const { changes } = sallyport.server.context
    const before = changes.followers()
    await feed.close()
    await expect.poll(() => changes.followers()).toBe(before - 1)
  })

  it('comes with the server’s, which waits for nobody who follows', async () => {
    const other = await openSallyport({ env, settings: { port: '0' } })
    const at = (await other.server.listen()).url
    const feed = await follow(undefined, at)
    await feed.until('current')
    await other.close()
    expect(await feed.next()).toBeUndefined()
  })

  it('comes for who lets ten thousand events wait', async () => {
    const { changes } = sallyport.server.context
    const following = changes.follow()
    for (let count = 0; count <= 10_000; count++) changes.apply({ kind: 'key_removed', kid: `k${count}` })
    expect(await following.next()).toEqual({ done: true, value: undefined })
  })
})

it('a server tells what another one on the same database did', () =>
  withDatabaseFile(async (settings) => {
    const secret = { current: new Uint8Array(32).fill(7) }
    const here = await openSallyport({ env, secret, settings: { ...settings, port: '0' } })
    const there = await openSallyport({ secret, settings })
    const feed = await follow(undefined, (await here.server.listen()).url)
    await feed.until('current')
    const user = await there.signUp()
    await there.as(user).post('/v1/logout/all')
    await here.server.context.changes.catchUp()
    expect(await feed.next()).toMatchObject({ event: 'user_changed', data: { sub: user.user.id } })
    await there.close()
    await here.close()
  }))
