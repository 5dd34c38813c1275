import { createPublicKey, generateKeyPairSync, type JsonWebKey, verify } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { algorithms } from '@sallyport/verify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSallyport, type Sallyport, withDatabaseFile } from '../../testing/sallyport.js'
import { claimsOf, told } from '../../testing/told.js'

let sallyport: Sallyport
beforeAll(async () => {
  sallyport = await openSallyport()
})
afterAll(() => sallyport.close())

const jwksOf = async (at = sallyport): Promise<(JsonWebKey & { kid: string })[]> =>
  (await at.browser().get('/.well-known/jwks.json')).json.keys
const headerOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString())

describe('the key set', () => {
  it('holds public members alone, cacheable for five minutes', async () => {
    const answer = await sallyport.browser().get('/.well-known/jwks.json')
    expect(told(answer)).toBe('200')
    expect(answer.headers['content-type']).toBe('application/jwk-set+json')
    expect(answer.headers['cache-control']).toBe('public, max-age=300')
    expect(answer.setCookies).toEqual([])
    for (const key of answer.json.keys)
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })

  it('publishes the next key ahead of the time it signs', async () => {
    const kids = (await jwksOf()).map(({ kid }) => kid)
    expect(new Set(kids).size).toBe(2)
    expect(kids).toContain(headerOf((await sallyport.signUp()).access_token).kid)
  })

  it('is all that anybody needs to verify a token', async () => {
    const { access_token } = await sallyport.signUp()
    const { typ, alg, kid, ...rest } = headerOf(access_token)
    expect({ typ, alg, rest }).toEqual({ typ: 'at+jwt', alg: 'ES256', rest: {} })
    const jwk = (await jwksOf()).find((one) => one.kid === kid)!
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const [head, body, signature] = access_token.split('.') as [string, string, string]
    const good = verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
    expect(good).toBe(true)
  })
})

describe('the metadata', () => {
  it('says where things are and promises no grant that is not there', async () => {
    const answer = await sallyport.browser().get('/.well-known/oauth-authorization-server')
    expect(told(answer)).toBe('200')
    expect(answer.json).toEqual({
      issuer: 'http://localhost:4400',
      jwks_uri: 'http://localhost:4400/.well-known/jwks.json',
      introspection_endpoint: 'http://localhost:4400/v1/introspect',
      introspection_endpoint_auth_methods_supported: ['Bearer'],
      response_types_supported: [],
      grant_types_supported: [],
    })
  })

  it('is built on the configured issuer, whatever a request says', async () => {
    const other = await openSallyport({ settings: { issuer: 'https://id.example.com/auth' } })
    const evil = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
    const answer = await other.browser().get('/.well-known/oauth-authorization-server', evil)
    expect(answer.json.jwks_uri).toBe('https://id.example.com/auth/.well-known/jwks.json')
    expect(answer.text).not.toContain('evil')
    expect(claimsOf((await other.signUp()).access_token).iss).toBe('https://id.example.com/auth')
    await other.close()
  })
})

describe.each(algorithms)('%s', (alg) => {
  it('signs, is verified, refreshes, and outlives a restart', async () => {
    await withDatabaseFile(async (settings) => {
      const options = {
        settings: { ...settings, 'access-token.alg': alg },
        secret: { current: Buffer.alloc(32, 9) },
      }
      const first = await openSallyport(options)
      const user = await first.signUp()
      expect(headerOf(user.access_token).alg).toBe(alg)
      expect(told(await first.as(user).get('/v1/me'))).toBe('200')
      const published = await jwksOf(first)
      expect(published).toHaveLength(alg.startsWith('HS') ? 0 : 2)
      for (const jwk of published) {
        for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(jwk).not.toHaveProperty(secret)
        expect(jwk.alg).toBe(alg)
      }
      await first.close()
      const second = await openSallyport(options)
      expect(told(await second.as(user).get('/v1/me'))).toBe('200')
      expect(told(await second.browser().post('/v1/refresh', user))).toBe('200')
      expect(await jwksOf(second)).toEqual(published)
      await second.close()
    })
  })
})

describe('keys.file', () => {
  const pem = (key: ReturnType<typeof generateKeyPairSync>['privateKey']) =>
    (key as unknown as import('node:crypto').KeyObject).export({ type: 'pkcs8', format: 'pem' }) as string
  const secret = { current: Buffer.alloc(32, 9) }

  it('takes the place of our own keys, and tokens of before go on', async () => {
    await withDatabaseFile(async (settings, path) => {
      const own = await openSallyport({ settings, secret })
      const user = await own.signUp()
      await own.close()
      const file = join(dirname(path), 'key.pem')
      await writeFile(file, pem(generateKeyPairSync('ed25519').privateKey as never))
      const given = await openSallyport({ settings: { ...settings, 'keys.file': file }, secret })
      expect(told(await given.as(user).get('/v1/me'))).toBe('200')
      const fresh = (await given.browser().post('/v1/refresh', user)).json
      expect(headerOf(fresh.access_token).alg).toBe('EdDSA')
      expect(told(await given.as(fresh).get('/v1/me'))).toBe('200')
      expect((await jwksOf(given)).map(({ kid }) => kid)).toContain(headerOf(fresh.access_token).kid)
      await given.close()
    })
  })

  it('as a JWK set signs with the first and verifies with all', async () => {
    await withDatabaseFile(async (settings, path) => {
      const [old, next] = [
        generateKeyPairSync('rsa', { modulusLength: 2048 }),
        generateKeyPairSync('ed25519'),
      ]
      const file = join(dirname(path), 'keys.json')
      await writeFile(file, pem(old.privateKey as never))
      const before = await openSallyport({ settings: { ...settings, 'keys.file': file }, secret })
      const user = await before.signUp()
      expect(headerOf(user.access_token).alg).toBe('RS256')
      await before.close()
      const keys = [
        { ...next.privateKey.export({ format: 'jwk' }), kid: 'mine', alg: 'EdDSA' },
        { ...old.publicKey.export({ format: 'jwk' }), alg: 'RS256' },
      ]
      await writeFile(file, JSON.stringify({ keys }))
      const after = await openSallyport({ settings: { ...settings, 'keys.file': file }, secret })
      expect(told(await after.as(user).get('/v1/me'))).toBe('200')
      const fresh = (await after.browser().post('/v1/refresh', user)).json
      expect(headerOf(fresh.access_token)).toEqual({ typ: 'at+jwt', alg: 'EdDSA', kid: 'mine' })
      expect((await after.browser().get('/.well-known/jwks.json')).text).not.toContain('"d"')
      await after.close()
    })
  })

  it('that holds no private key stops the start and shows nothing of it', async () => {
    await withDatabaseFile(async (settings, path) => {
      const file = join(dirname(path), 'public.json')
      const jwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
      await writeFile(file, JSON.stringify(jwk))
      const start = openSallyport({ settings: { ...settings, 'keys.file': file }, secret })
      await expect(start).rejects.toThrow(/keys\.file .*public\.json: found a public key/)
      await expect(start).rejects.not.toThrow(jwk.x!)
      const missing = { ...settings, 'keys.file': join(dirname(path), 'nowhere') }
      await expect(openSallyport({ settings: missing, secret })).rejects.toThrow(/keys\.file .*nowhere/)
    })
  })
})
