import { describe, expect, it } from 'vitest'
import { openSallyport } from '../testing/sallyport.js'
import { counters } from './tables.js'
import { addressKey } from './throttle.js'

describe('the address that limits go by', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::FFFF:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
  ])('of %s is %s', (ip, key) => {
    expect(addressKey(ip)).toBe(key)
  })
})

describe('a limit in the process', () => {
  it('forgets the oldest of very many keys, and no other', async () => {
    const sallyport = await openSallyport({ settings: { 'limits.refresh_refused.max': '1' } })
    const { throttle } = sallyport.server.context
    const take = (key: number) => throttle.takeLocally('refresh_refused', String(key))
    for (let key = 0; key < 100_000; key++) take(key)
    for (let key = 100_000; key < 100_010; key++) take(key)
    for (const kept of [10, 11, 99_999, 100_009]) expect(() => take(kept)).toThrow()
    for (const forgotten of [0, 5, 9]) expect(() => take(forgotten)).not.toThrow()
    expect(() => take(10)).not.toThrow()
    await sallyport.close()
  })
})

describe('a limit in the store', () => {
  it('counts to its end, opens a new window after its end, and can be given back', async () => {
    const sallyport = await openSallyport({
      settings: { 'limits.login_account.max': '2', 'limits.login_account.window': '10s' },
    })
    const { throttle } = sallyport.server.context
    const taken = () =>
      throttle.take('login_account', 'a').then(
        () => 'taken',
        (error) => error.details.retryAfter,
      )
    expect([await taken(), await taken(), await taken()]).toEqual(['taken', 'taken', 10])
    sallyport.clock.advance(9001)
    expect(await taken()).toBe(1)
    sallyport.clock.advance(999)
    expect([await taken(), await taken(), await taken()]).toEqual(['taken', 'taken', 10])
    await throttle.giveBack('login_account', 'a')
    await throttle.giveBack('login_account', 'a')
    expect(await taken()).toBe('taken')
    await throttle.clear(['login_account'], 'a')
    expect([await taken(), await taken()]).toEqual(['taken', 'taken'])
    await sallyport.close()
  })

  it('keeps no address or account in the clear', async () => {
    const sallyport = await openSallyport()
    await sallyport.browser().post('/v1/login', { identifier: 'canary@example.com', password: 'wrong one' })
    const all = await sallyport.server.context.store.list(counters, { limit: 10 })
    const rows = all.filter(({ key }) => key !== 'first signing key')
    expect(rows).toHaveLength(3)
    expect(JSON.stringify(rows)).not.toMatch(/canary|127\.0\.0\.1/)
    await sallyport.close()
  })
})
