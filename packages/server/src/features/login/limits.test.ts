import { afterEach, describe, expect, it } from 'vitest'
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

  it('counts guesses of the current password at the profile too', async () => {
    const sallyport = await start({ 'limits.login_account.max': '3' })
    const user = await sallyport.signUp()
    const me = sallyport.as(user)
    const wrong = { current_password: 'wrong password', new_password: 'another good one' }
    expect(told(await me.post('/v1/me/password', wrong))).toBe('401 invalid_credentials')
    expect(told(await me.post('/v1/me/confirm', { password: 'wrong' }))).toBe('401 invalid_credentials')
    expect(told(await tries(sallyport)(user.email, 'wrong password'))).toBe('401 invalid_credentials')
    expect(told(await me.post('/v1/me/confirm', { password: user.password }))).toBe('429 too_many_requests')
  })

  it('lets no more guesses through when they all come at once', async () => {
    const sallyport = await start({ 'limits.login_account.max': '5' })
    const user = await sallyport.signUp()
    const guesses = Array.from({ length: 40 }, (_, at) => tries(sallyport)(user.email, `wrong ${at}`))
    const answers = (await Promise.all(guesses)).map(told)
    expect(answers.filter((one) => one === '401 invalid_credentials')).toHaveLength(5)
    expect(answers.filter((one) => one === '429 too_many_requests')).toHaveLength(35)
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
