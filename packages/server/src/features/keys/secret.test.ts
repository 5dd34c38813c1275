// What the master secret protects, and how one takes the place of another.
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { StartError } from '../../config/errors.js'
import { chainKeys, parse } from '../../domain/tokens/chain.js'
import { openSallyport, type SignedUp, withDatabaseFile } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

const old = Buffer.alloc(32, 1)
const fresh = Buffer.alloc(32, 2)
type Secret = { current: Uint8Array; also?: Uint8Array }

describe('the database file', () => {
  it('holds nothing that signs, logs in or refreshes', async () => {
    await withDatabaseFile(async (settings, path) => {
      const server = await openSallyport({ settings, secret: { current: old } })
      const user = await server.signUp({ password: 'canary in a coal mine' })
      const next = (await server.browser().post('/v1/refresh', user)).json
      const { key } = server.server.context.keys.active({ type: 'at+jwt' })
      await server.close()
      const files = await Promise.all(
        [path, `${path}-wal`].map((one) => readFile(one).catch(() => Buffer.alloc(0))),
      )
      const bytes = Buffer.concat(files)
      expect(bytes.includes(user.email)).toBe(true)
      const { d = '' } = key.export({ format: 'jwk' })
      const secrets = [
        'PRIVATE KEY',
        '"d":',
        d,
        Buffer.from(d, 'base64url'),
        key.export({ type: 'pkcs8', format: 'der' }),
        user.password,
        ...[user, next].flatMap(({ access_token, refresh_token }) => [
          access_token,
          refresh_token,
          Buffer.from(refresh_token, 'base64url'),
          Buffer.from(refresh_token, 'base64url').subarray(20, 48),
        ]),
        old,
      ]
      for (const one of secrets) expect(bytes.includes(one), String(one)).toBe(false)
    })
  })
})

describe('a master secret', () => {
  const stage = async (
    settings: Record<string, string>,
    secret: Secret,
    work: (refresh: (token: string, more?: object) => Promise<SignedUp>) => Promise<void>,
  ) => {
    const server = await openSallyport({ settings, secret })
    await work(async (refresh_token, more = {}) => {
      const answer = await server.browser().post('/v1/refresh', { refresh_token, ...more })
      expect(told(answer)).toBe('200')
      expect(told(await server.as(answer.json).get('/v1/me'))).toBe('200')
      return answer.json
    })
    await server.close()
  }

  it('that is the wrong one stops the start, and says how many keys it does not open', async () => {
    await withDatabaseFile(async (settings) => {
      await (await openSallyport({ settings, secret: { current: old } })).close()
      const refused: unknown = await openSallyport({ settings, secret: { current: fresh } }).catch((e) => e)
      expect(refused).toBeInstanceOf(StartError)
      expect(refused).toMatchObject({
        message: '2 signing keys in the database cannot be opened with this master secret',
        next: expect.stringContaining('SALLYPORT_SECRET_ALSO'),
      })
      await (await openSallyport({ settings, secret: { current: old } })).close()
    })
  })

  it('is replaced without a log-out: accepted first, then written with', async () => {
    await withDatabaseFile(async (settings) => {
      const first = await openSallyport({ settings, secret: { current: old } })
      const user = await first.signUp()
      await first.close()
      let token = user.refresh_token
      await stage(settings, { current: old, also: fresh }, async (refresh) => {
        token = (await refresh(token)).refresh_token
        expect(parse(token, [chainKeys(old)])).toBeDefined()
      })
      await stage(settings, { current: fresh, also: old }, async (refresh) => {
        const before = token
        token = (await refresh(token)).refresh_token
        expect(parse(token, [chainKeys(old)])).toBeUndefined()
        expect(parse(token, [chainKeys(fresh)])).toBeDefined()
        expect((await refresh(before)).refresh_token).toBe(token)
      })
      await stage(settings, { current: old, also: fresh }, async (refresh) => {
        token = (await refresh(token)).refresh_token
        expect(parse(token, [chainKeys(old)])).toBeDefined()
      })
    })
  })

  it('that changes between a refresh and its repeat changes nothing about the answer', async () => {
    await withDatabaseFile(async (settings) => {
      const first = await openSallyport({ settings, secret: { current: old } })
      const user = await first.signUp()
      const next = (await first.browser().post('/v1/refresh', user)).json
      await first.close()
      await stage(settings, { current: fresh, also: old }, async (refresh) => {
        expect((await refresh(user.refresh_token)).refresh_token).toBe(next.refresh_token)
        await refresh(next.refresh_token)
      })
    })
  })

  it('that is no longer named makes its tokens strangers', async () => {
    const server = await openSallyport({ secret: { current: fresh } })
    const other = await openSallyport({ secret: { current: old } })
    const { refresh_token } = await other.signUp()
    const answer = await server.browser().post('/v1/refresh', { refresh_token })
    expect(told(answer)).toBe('401 refresh_token_invalid')
    await server.close()
    await other.close()
  })
})

describe('servers that start at once on an empty database', () => {
  it('sign with one key, so that each takes the tokens of the other from the first moment', async () => {
    await withDatabaseFile(async (settings) => {
      const starting = [1, 2, 3].map(() => openSallyport({ settings, secret: { current: fresh } }))
      const servers = await Promise.all(starting)
      const user = await servers[0]!.signUp()
      for (const server of servers) expect(told(await server.as(user).get('/v1/me'))).toBe('200')
      const other = await servers[2]!.signUp()
      expect(told(await servers[0]!.as(other).get('/v1/me'))).toBe('200')
      for (const server of servers) await server.close()
    })
  })
})
