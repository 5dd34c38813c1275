import { afterEach, describe, expect, it } from 'vitest'
import { machine } from '../../testing/administrator.js'
import type { Browser } from '../../testing/browser.js'
import { openSallyport, type Sallyport, withDatabaseFile } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

const minute = 60_000
const hour = 3_600_000
let sallyport: Sallyport
afterEach(() => sallyport.close())

const open = async (): Promise<Browser> => {
  sallyport = await openSallyport()
  return machine(sallyport, 'stats:read')
}
type Series = { name: string; points: { at: string; count: number }[] }[]
const sums = ({ series }: { series: Series }): Record<string, number> =>
  Object.fromEntries(
    series.map(({ name, points }) => [name, points.reduce((sum, { count }) => sum + count, 0)]),
  )
const read = async (browser: Browser, query = '') => {
  await sallyport.server.context.stats.flush()
  const answer = await browser.get(`/v1/admin/stats?${query}`)
  expect(told(answer)).toBe('200')
  return answer.json
}

describe('the figures', () => {
  it('count sign-ups, log-ins and refreshes by their outcome', async () => {
    const bot = await open()
    const user = await sallyport.signUp()
    const browser = sallyport.browser()
    const login = { identifier: user.email, password: user.password }
    for (const password of [user.password, user.password, 'wrong password', 'wrong again'])
      await browser.post('/v1/login', { ...login, password })
    const first = (await browser.post('/v1/login', login)).json
    await browser.post('/v1/refresh', first)
    expect(told(await browser.post('/v1/refresh', first))).toBe('200')
    await browser.post('/v1/refresh', { refresh_token: 'x'.repeat(86) })
    sallyport.clock.advance(20_000)
    expect(told(await browser.post('/v1/refresh', first))).toBe('401 refresh_token_reused')
    expect(sums(await read(bot))).toMatchObject({
      'user.created': 1,
      'login.succeeded': 3,
      'login.failed': 2,
      'refresh.ok': 1,
      'refresh.replayed': 1,
      'refresh.refused': 1,
      'refresh.reused': 1,
    })
  })

  it('stand at the beginning of their minute or hour, in order, with nothing where nothing was', async () => {
    const bot = await open()
    const start = sallyport.clock.now()
    await sallyport.signUp()
    sallyport.clock.advance(90_000)
    await sallyport.signUp()
    await sallyport.signUp()
    sallyport.clock.advance(2 * hour)
    await sallyport.signUp()
    const of = async (query: string) =>
      (await read(bot, query)).series
        .find(({ name }: { name: string }) => name === 'user.created')
        .points.map(({ at, count }: { at: string; count: number }) => [Date.parse(at) - start, count])
    expect(await of('period=minute')).toEqual([
      [0, 1],
      [minute, 2],
      [2 * hour + minute, 1],
    ])
    expect(await of('period=hour')).toEqual([
      [0, 3],
      [2 * hour, 1],
    ])
    const from = new Date(start + minute + 5).toISOString()
    const to = new Date(start + hour).toISOString()
    expect(await of(`period=minute&from=${from}&to=${to}`)).toEqual([[minute, 2]])
  })

  it('come sorted by name, and more than a page of them', async () => {
    const bot = await open()
    const { stats } = sallyport.server.context
    for (let at = 0; at < 1200; at++) {
      stats.count('b')
      stats.count('a')
      sallyport.clock.advance(minute)
    }
    const { series } = await read(bot, 'period=minute')
    const names = series.map(({ name }: { name: string }) => name)
    expect(names).toEqual([...names].sort())
    for (const name of ['a', 'b']) {
      const { points } = series.find((one: { name: string }) => one.name === name)
      expect(points).toHaveLength(1200)
      expect(points.map(({ at }: { at: string }) => at)).toEqual(
        points.map(({ at }: { at: string }) => at).sort(),
      )
    }
  })

  it('of several processes add up', async () => {
    await withDatabaseFile(async (settings) => {
      const secret = { current: Buffer.alloc(32, 3) }
      sallyport = await openSallyport({ settings, secret })
      const other = await openSallyport({ settings, secret, clock: sallyport.clock })
      const bot = await machine(sallyport, 'stats:read')
      await Promise.all([sallyport.signUp(), other.signUp()])
      await other.close()
      expect(sums(await read(bot))).toMatchObject({ 'user.created': 2 })
      await sallyport.close()
    })
  })
})

describe('what there is now', () => {
  it('is counted at most every ten seconds', async () => {
    const bot = await open()
    const before = await read(bot)
    const { session_id } = await sallyport.signUp()
    expect((await read(bot)).users).toBe(before.users)
    sallyport.clock.advance(10_000)
    expect(await read(bot)).toMatchObject({ users: before.users + 1, sessions: before.sessions + 1 })
    const writer = await machine(sallyport, 'sessions:write')
    expect(told(await writer.send('DELETE', `/v1/admin/sessions/${session_id}`))).toBe('204')
    sallyport.clock.advance(10_000)
    expect((await read(bot)).sessions).toBe(before.sessions)
  })

  it('says how busy hashing is', async () => {
    const bot = await open()
    expect((await read(bot)).hashing).toEqual({ running: 0, waiting: 0, turned_away: 0 })
  })
})

describe('a range', () => {
  it.each([
    ['from=now', '/from'],
    ['to=2030', '/to'],
    ['from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z', '/from'],
    ['period=minute&from=2029-12-30T00:00:00Z&to=2030-01-01T00:00:00Z', '/from'],
    ['period=hour&from=2029-11-30T00:00:00Z&to=2030-01-01T00:00:00Z', '/from'],
    ['period=day', '/period'],
  ])('%s is refused', async (query, pointer) => {
    const bot = await open()
    const answer = await bot.get(`/v1/admin/stats?${query}`)
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual([pointer])
  })
})
