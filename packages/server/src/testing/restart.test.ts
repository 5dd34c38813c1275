// A server that is closed and opened again on the same file is the same server.
import { expect, it } from 'vitest'
import { openSallyport, withDatabaseFile } from './sallyport.js'
import { told } from './told.js'

const secret = { current: Buffer.alloc(32, 5) }

it('goes on with its sessions, keys and revocations', async () => {
  await withDatabaseFile(async (settings) => {
    const first = await openSallyport({ settings, secret })
    const [living, ended, everywhere, deleted] = [
      await first.signUp(),
      await first.signUp(),
      await first.signUp(),
      await first.signUp(),
    ]
    await first.as(ended).post('/v1/logout')
    await first.as(everywhere).post('/v1/logout/all')
    await first.as(deleted).send('DELETE', '/v1/me')
    const keys = (await first.browser().get('/.well-known/jwks.json')).json
    await first.close()

    const second = await openSallyport({ settings, secret, clock: first.clock })
    expect((await second.browser().get('/.well-known/jwks.json')).json).toEqual(keys)
    expect(told(await second.as(living).get('/v1/me'))).toBe('200')
    expect(told(await second.browser().post('/v1/refresh', living))).toBe('200')
    for (const gone of [ended, everywhere, deleted]) {
      expect(told(await second.as(gone).get('/v1/me'))).toBe('401 session_ended')
      expect(told(await second.as(gone).get('/v1/me/sessions'))).toBe('401 session_ended')
      expect(told(await second.browser().post('/v1/refresh', gone))).toBe('401 session_ended')
    }
    const { email: identifier, password } = everywhere
    expect(told(await second.browser().post('/v1/login', { identifier, password }))).toBe('200')
    await second.close()
  })
})

it('remembers what was tried against an account', async () => {
  await withDatabaseFile(async (file) => {
    const settings = { ...file, 'limits.login_account.max': '2' }
    const first = await openSallyport({ settings, secret })
    const { email: identifier, password } = await first.signUp()
    for (let at = 0; at < 2; at++)
      await first.browser().post('/v1/login', { identifier, password: 'wrong one' })
    await first.close()
    const second = await openSallyport({ settings, secret, clock: first.clock })
    expect(told(await second.browser().post('/v1/login', { identifier, password }))).toBe(
      '429 too_many_requests',
    )
    await second.close()
  })
})

it('hears what another process on the same file revoked', async () => {
  await withDatabaseFile(async (settings) => {
    const one = await openSallyport({ settings, secret })
    const other = await openSallyport({ settings, secret, clock: one.clock })
    const user = await one.signUp()
    expect(told(await other.as(user).get('/v1/me'))).toBe('200')
    await one.as(user).post('/v1/logout')
    await other.server.upkeep()
    expect(told(await other.as(user).get('/v1/me'))).toBe('401 session_ended')
    await one.close()
    await other.close()
  })
})

it('in production does not touch a database that lacks migrations', async () => {
  await withDatabaseFile(async (settings) => {
    const start = openSallyport({ settings, secret, mode: 'production' })
    await expect(start).rejects.toThrow(/the database lacks \d+ migrations: core, /)
    const development = await openSallyport({ settings, secret })
    const user = await development.signUp()
    await development.close()
    const production = await openSallyport({ settings, secret, mode: 'production' })
    expect(told(await production.as(user).get('/v1/me'))).toBe('200')
    await production.close()
  })
})
