import { afterEach, describe, expect, it } from 'vitest'
import type { PreparedPassword } from '../../domain/passwords/policy.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

let open: Sallyport | undefined
afterEach(() => open?.close())

const start = async (settings: Record<string, string>) => {
  open = await openSallyport({ settings })
  return open
}
const tries = (sallyport: Sallyport) => async (identifier: string, password: string, path?: string) =>
  sallyport.browser().post(path ?? '/v1/login', { identifier, password })

describe('the limit of an account', () => {
  it('is ten wrong passwords, then the right one is refused as well until the window has passed', async () => {
    const sallyport = await start({})
    const user = await sallyport.signUp()
    const tried = tries(sallyport)
    for (let at = 0; at < 10; at++)
      expect(told(await tried(user.email, 'wrong password'))).toBe('401 invalid_credentials')
    const refused = await tried(user.email, user.password)
    expect(told(refused)).toBe('429 too_many_requests')
    expect(refused.headers['retry-after']).toBe('900')
    sallyport.clock.advance(899_000)
    expect((await tried(user.email, user.password)).headers['retry-after']).toBe('1')
    sallyport.clock.advance(1000)
    expect(told(await tried(user.email, user.password))).toBe('200')
  })

  it('starts anew after a success', async () => {
    const sallyport = await start({ 'limits.login_account.max': '2' })
    const user = await sallyport.signUp()
    const tried = tries(sallyport)
    for (let round = 0; round < 3; round++) {
      expect(told(await tried(user.email, 'wrong password'))).toBe('401 invalid_credentials')
      expect(told(await tried(user.email, user.password))).toBe('200')
    }
  })

  it('does not count tries that the server had no time for', async () => {
    const sallyport = await start({ 'limits.login_account.max': '1' })
    const user = await sallyport.signUp()
    const { hasher } = sallyport.server.context
    let crowded = true
    const crowd: Promise<unknown>[] = []
    const fill = async () => {
      for (; crowded; await new Promise(setImmediate))
        for (let turnedAway = hasher.stats().turnedAway; hasher.stats().turnedAway === turnedAway; )
          crowd.push(hasher.hash('crowd' as PreparedPassword).catch(() => {}))
    }
    const filling = fill()
    const answers: string[] = []
    while (answers.filter((answer) => answer !== '200').length < 3)
      answers.push(told(await tries(sallyport)(user.email, user.password)))
    crowded = false
    await filling
    await Promise.all(crowd)
    expect(answers.filter((answer) => answer !== '200')).toEqual(Array(3).fill('503 overloaded'))
    expect(told(await tries(sallyport)(user.email, user.password))).toBe('200')
  })

  it('is one, whatever the account is called', async () => {
    const sallyport = await start({ 'limits.login_account.max': '4' })
    const user = await sallyport.signUp({ email: 'ada@example.com', preferred_username: 'ada' })
    const tried = tries(sallyport)
    for (const identifier of ['ada@example.com', 'ADA@EXAMPLE.COM', 'ada', ' ａｄａ＠example.com '])
      expect(told(await tried(identifier, 'wrong password'))).toBe('401 invalid_credentials')
    for (const identifier of ['ada@example.com', 'ada', 'ADA'])
      expect(told(await tried(identifier, user.password))).toBe('429 too_many_requests')
  })

  it('is not split by spellings of the path or by spare members', async () => {
    const sallyport = await start({ 'limits.login_account.max': '2' })
    const user = await sallyport.signUp()
    for (const path of ['//v1/login', '/V1/login', '/v1/%6Cogin', '/v1/login/'])
      expect(told(await tries(sallyport)(user.email, 'wrong password', path))).toBe('404 not_found')
    for (const email of ['a@example.com', 'b@example.com'])
      await sallyport.browser().post('/v1/login', { identifier: user.email, password: 'wrong one', email })
    expect(told(await tries(sallyport)(user.email, user.password))).toBe('429 too_many_requests')
  })

  it('holds for an account that does not exist just the same', async () => {
    const sallyport = await start({ 'limits.login_account.max': '2' })
    const tried = tries(sallyport)
    for (const identifier of ['nobody@example.com', 'NOBODY@example.com'])
      expect(told(await tried(identifier, 'wrong password'))).toBe('401 invalid_credentials')
    expect(told(await tried('nobody@example.com', 'wrong password'))).toBe('429 too_many_requests')
    expect(told(await tried('somebody@example.com', 'wrong password'))).toBe('401 invalid_credentials')
  })

  it('counts guesses of somebody who is signed in by the session, whatever strangers guess', async () => {
    const sallyport = await start({ 'limits.login_account.max': '2', 'limits.login_device.max': '2' })
    const user = await sallyport.signUp()
    const me = sallyport.as(user)
    const wrong = { current_password: 'wrong password', new_password: 'another good one' }
    expect(told(await me.post('/v1/me/password', wrong))).toBe('401 invalid_credentials')
    expect(told(await me.post('/v1/me/confirm', { password: 'wrong' }))).toBe('401 invalid_credentials')
    expect(told(await me.post('/v1/me/confirm', { password: user.password }))).toBe('429 too_many_requests')
    for (const expected of ['401 invalid_credentials', '401 invalid_credentials', '429 too_many_requests'])
      expect(told(await tries(sallyport)(user.email, 'wrong password'))).toBe(expected)
    const other = await sallyport.signUp()
    for (let guess = 0; guess < 3; guess++) await tries(sallyport)(other.email, 'wrong password')
    const proof = await sallyport.as(other).post('/v1/me/confirm', { password: other.password })
    expect(told(proof)).toBe('200')
  })
})

describe('the limit of failures in a row', () => {
  it('is a hundred, whatever the pauses between them, and ends with its day', async () => {
    const sallyport = await start({})
    const user = await sallyport.signUp()
    const tried = tries(sallyport)
    for (let round = 0; round < 10; round++) {
      for (let at = 0; at < 10; at++)
        expect(told(await tried(user.email, 'wrong password'))).toBe('401 invalid_credentials')
      sallyport.clock.advance(900_000)
    }
    const refused = await tried(user.email, user.password)
    expect(told(refused)).toBe('429 too_many_requests')
    expect(refused.headers['retry-after']).toBe(String(86_400 - 10 * 900))
    sallyport.clock.advance(86_400_000 - 10 * 900_000)
    expect(told(await tried(user.email, user.password))).toBe('200')
  })

  it('starts anew after a success, and does not count what the shorter limit refused', async () => {
    const settings = { 'limits.login_account.max': '2', 'limits.login_account_total.max': '5' }
    const sallyport = await start(settings)
    const user = await sallyport.signUp()
    const tried = tries(sallyport)
    const wrong = async (times: number) => {
      for (let at = 0; at < times; at++) await tried(user.email, 'wrong password')
      sallyport.clock.advance(900_000)
    }
    await wrong(20)
    await wrong(2)
    expect(told(await tried(user.email, user.password))).toBe('200')
    await wrong(2)
    await wrong(2)
    expect(told(await tried(user.email, user.password))).toBe('200')
  })
})

/** Ends the store under a running server, whose own end then has nothing left to close. */
async function breakStore({ server }: Sallyport): Promise<void> {
  await server.engine.close()
  open = undefined
}

describe('without the store', () => {
  it('nothing is tried: the answer is 503, never an uncounted guess', async () => {
    const sallyport = await start({})
    const user = await sallyport.signUp()
    const { hasher } = sallyport.server.context
    const before = hasher.stats().done
    await breakStore(sallyport)
    for (const identifier of [user.email, 'nobody@example.com']) {
      const refused = await tries(sallyport)(identifier, user.password)
      expect(told(refused)).toBe('503 store_unavailable')
      expect(refused.headers['retry-after']).toBe('1')
    }
    expect(hasher.stats().done).toBe(before)
  })

  it('limits that need none go on: refused refreshes still end in 429', async () => {
    const sallyport = await start({ 'limits.refresh_refused.max': '3' })
    await breakStore(sallyport)
    const refresh = async () => told(await sallyport.browser().post('/v1/refresh', { refresh_token: 'none' }))
    for (let at = 0; at < 3; at++) expect(await refresh()).toBe('401 refresh_token_invalid')
    expect(await refresh()).toBe('429 too_many_requests')
  })
})

describe('the limit of an address', () => {
  it('stops one guess on each of many accounts, and successes do not spend it', async () => {
    const sallyport = await start({ 'limits.login_address.max': '3' })
    const user = await sallyport.signUp()
    const tried = tries(sallyport)
    for (let at = 0; at < 5; at++) expect(told(await tried(user.email, user.password))).toBe('200')
    for (let at = 0; at < 3; at++)
      expect(told(await tried(`spray${at}@example.com`, 'wrong password'))).toBe('401 invalid_credentials')
    const refused = await tried('spray4@example.com', 'wrong password')
    expect(told(refused)).toBe('429 too_many_requests')
    expect(Number(refused.headers['retry-after'])).toBe(900)
  })

  it('does not believe a forwarded address from anybody but a trusted proxy', async () => {
    const sallyport = await start({ 'limits.login_address.max': '2' })
    const from = (ip: string) =>
      sallyport.browser().post(
        '/v1/login',
        { identifier: 'x@example.com', password: 'wrong one' },
        {
          'x-forwarded-for': ip,
          forwarded: `for=${ip}`,
          'x-real-ip': ip,
        },
      )
    const answers = [await from('1.1.1.1'), await from('2.2.2.2'), await from('3.3.3.3')].map(told)
    expect(answers).toEqual(['401 invalid_credentials', '401 invalid_credentials', '429 too_many_requests'])
  })

  it('believes of a trusted proxy’s word the last hop that is no proxy, whatever stands before it', async () => {
    const settings = { 'limits.login_address.max': '2', 'trusted-proxies': '127.0.0.1,10.0.0.0/8' }
    const sallyport = await start(settings)
    const via = async (hops: string) => {
      const headers = { 'x-forwarded-for': hops, 'x-real-ip': hops, forwarded: `for=${hops}` }
      const body = { identifier: 'x@example.com', password: 'wrong one' }
      return told(await sallyport.browser().post('/v1/login', body, headers))
    }
    expect(await via('1.1.1.1, 203.0.113.9, 10.0.0.1')).toBe('401 invalid_credentials')
    expect(await via('2.2.2.2, 203.0.113.9')).toBe('401 invalid_credentials')
    expect(await via('3.3.3.3, 203.0.113.9, 10.9.9.9, 10.0.0.1')).toBe('429 too_many_requests')
    expect(await via('203.0.113.9, 198.51.100.1')).toBe('401 invalid_credentials')
  })

  it('counts an IPv6 network of /64 as one behind a trusted proxy', async () => {
    const sallyport = await start({ 'limits.login_address.max': '2', 'trusted-proxies': '127.0.0.1' })
    const from = async (ip: string) => {
      const body = { identifier: `${ip}@example.com`, password: 'wrong one' }
      return told(await sallyport.browser().post('/v1/login', body, { 'x-forwarded-for': ip }))
    }
    expect(await from('2001:db8::1')).toBe('401 invalid_credentials')
    expect(await from('2001:db8:0:0:ffff::2')).toBe('401 invalid_credentials')
    expect(await from('2001:db8::3')).toBe('429 too_many_requests')
    expect(await from('2001:db8:0:1::3')).toBe('401 invalid_credentials')
    expect(await from('203.0.113.9, 2001:db8::3')).toBe('429 too_many_requests')
  })
})
