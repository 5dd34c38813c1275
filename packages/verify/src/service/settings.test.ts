// What a programmer may get wrong in plain JavaScript: it is told to them, by its name, before anybody passes.
import express from 'express'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import * as forExpress from '../express.js'
import { sallyport as forFastify } from '../fastify.js'
import * as forHono from '../hono.js'
import { createTokenVerifier, createVerifier, type Guard, keySet, type Settings } from '../index.js'
import * as forKoa from '../koa.js'
import { sallyport as forNext } from '../next.js'
import { testTokens } from '../testing.js'
import { createTokenVerifier as createWebVerifier, keySet as webKeySet } from '../web.js'

const tokens = testTokens()
const [key] = tokens.settings.keys
const verifierKey = `vk_${'k'.repeat(32)}`
const create = (more: object) => createVerifier({ ...tokens.settings, ...more } as Settings)
const wrongGuards: [string, unknown, string][] = [
  ['roles', { roles: 'admin' }, '.roles: no such name; there are scope, role, mfa, maxAgeSec, where'],
  ['scopes', { scope: 'a', scopes: 'x' }, '.scopes: no such name'],
  ['maxAge', { maxAge: 1 }, '.maxAge: no such name'],
  ['an inherited name', Object.create({ roles: 'admin' }), '.roles: no such name'],
  ['a blank scope', { scope: ' ' }, '.scope: scopes, as words or as a list, one at least'],
  ['no scope in a list', { scope: [] }, '.scope: '],
  ['a blank scope in a list', { scope: ['a', ''] }, '.scope: '],
  ['a scope that was misspelled where it was read', { scope: undefined }, '.scope: '],
  ['a set of roles', { role: new Set(['admin']) }, '.role: a role, or a list of roles; found object'],
  ['a role that was misspelled where it was read', { role: undefined }, '.role: '],
  ['mfa in words', { mfa: 'false' }, '.mfa: true or false; found string'],
  ['an age in words', { maxAgeSec: '300' }, '.maxAgeSec: a number of seconds; found string'],
  ['an age without end', { maxAgeSec: Number.POSITIVE_INFINITY }, '.maxAgeSec: '],
  ['an age before now', { maxAgeSec: -1 }, '.maxAgeSec: '],
  ['where in words', { where: 'admin' }, '.where: a function'],
  ['a text', 'admin', ': an object with scope, role, mfa, maxAgeSec, where; found string'],
  ['a list', ['admin'], ': an object with'],
  ['null', null, ': an object with'],
  ['a function', () => true, ': an object with'],
]

describe.each(wrongGuards)('a guard that is none (%s)', (_name, guard, words) => {
  const wrong = guard as Guard

  it('is told where it is asked, for a good token, a bad one and none', async () => {
    const verify = create({})
    await expect(verify.token(tokens.token({ roles: ['admin'] }), wrong)).rejects.toThrow(`guard${words}`)
    await expect(verify.token('x', wrong)).rejects.toThrow(TypeError)
    await expect(verify({ method: 'GET', headers: {} }, wrong)).rejects.toThrow(`guard${words}`)
    const known = await verify.token(tokens.token())
    if (!known.ok) throw new Error(known.detail)
    expect(() => verify.check(known.auth, wrong)).toThrow(`guard${words}`)
  })

  it('is told at the start in the settings, and where a route is declared', async () => {
    expect(() => create({ require: guard })).toThrow(`require${words}`)
    for (const { requireAuth } of [forExpress, forHono, forKoa])
      expect(() => requireAuth(wrong)).toThrow(`requireAuth${words}`)
    expect(() => forNext(tokens.settings).withAuth(wrong, () => new Response())).toThrow(`withAuth${words}`)
    const app = Fastify()
    await app.register(forFastify, tokens.settings)
    expect(() => app.get('/', { config: { auth: guard } }, async () => 'in')).toThrow(`config.auth${words}`)
    await app.close()
  })

  it('lets nobody pass on a route that Fastify had before', async () => {
    const app = Fastify()
    app.get('/', { config: { auth: guard } }, async () => 'in')
    await app.register(forFastify, tokens.settings)
    const answer = await app.inject({ url: '/', headers: tokens.headers({ scope: 'a', roles: ['admin'] }) })
    expect(answer.statusCode).toBe(500)
    await app.close()
  })
})

describe('settings that are none are told at the start:', () => {
  it.each<[string, object, string]>([
    [
      'a name that is none of ours',
      { requires: { role: 'admin' } },
      'requires: no such name; there are issuer',
    ],
    ['what belongs to a middleware', { optional: true }, 'optional: no such name'],
    ['an audience that is a number', { audience: 7 }, 'audience: '],
    ['types as text', { types: 'at+jwt' }, 'types: a list of typ headers, such as ["at+jwt"]; found string'],
    ['no types', { types: [] }, 'types: '],
    ['required as text', { required: 'sub' }, 'required: a list'],
    ['algorithms as text', { algorithms: 'ES256' }, 'algorithms: a list of ES256'],
    ['secrets without keys', { algorithms: ['HS256'], keys: undefined }, 'give `keys`'],
    ['a key set for a list of keys', { keys: { keys: [key] } }, 'keys: a list of JWKs'],
    ['no keys', { keys: [] }, 'keys: a list of JWKs'],
    ['a key that is text', { keys: [key, 'x'] }, 'keys: a list of JWKs'],
    ['half a key', { keys: [key, { kty: 'EC', kid: 'x' }] }, 'keys[1]: key x: not a key (kty "EC"'],
    ['a key without an id', { keys: [{ ...key, kid: undefined }] }, 'keys[0]: a JWK needs a kid'],
    ['a key twice', { keys: [key, key] }, 'keys[1]: a second key with the id'],
    ['a leeway as text', { expiryLeeway: '15000' }, 'expiryLeeway: a number of milliseconds; found string'],
    ['a lifetime as text', { maxLifetime: '900000' }, 'maxLifetime: a number'],
    ['a feed that is never stale', { staleAfter: Number.POSITIVE_INFINITY }, 'staleAfter: a number'],
    ['another way to be stale', { whenStale: 'opened' }, 'whenStale: open or closed'],
    ['assertion in words', { assertion: 'false' }, 'assertion: true or false'],
    ['a cookie as text', { cookie: 'at' }, 'cookie: an object with name, origins'],
    ['a cookie without a name', { cookie: { origins: [] } }, 'cookie.name: the name of the cookie'],
    ['an origin for a list', { cookie: { name: 'at', origins: 'https://a.test' } }, 'cookie.origins: a list'],
    [
      'a name of a cookie that is none',
      { cookie: { name: 'at', origin: [] } },
      'cookie.origin: no such name',
    ],
    ['a cache in words', { cache: { entries: '10' } }, 'cache.entries: a number of tokens'],
    ['a log that is none', { log: 'warn' }, 'log: a function'],
  ])('%s', (_name, more, words) => {
    expect(() => create(more)).toThrow(TypeError)
    expect(() => create(more)).toThrow(words)
    for (const { sallyport } of [forExpress, forHono, forKoa])
      if (!('optional' in more))
        expect(() => sallyport({ ...tokens.settings, ...more } as Settings)).toThrow(words)
    expect(() => forNext({ ...tokens.settings, ...more } as Settings)).toThrow(words)
  })

  it('none at all', () => {
    expect(() => createVerifier(undefined as never)).toThrow('settings: an object with issuer')
    expect(() => createVerifier({} as never)).toThrow('issuer: the URL')
  })

  it('a secret in a wrong place is not said', () => {
    for (const wrong of [{ revocation: 'feed', verifierKey: 'ak_secret' }, { keys: ['secret'] }])
      expect(() => create(wrong)).toThrow(/^(?!.*secret)/s)
  })

  it('optional in words, which would be true', async () => {
    const wrong = { ...tokens.settings, optional: 'false' } as never
    for (const { sallyport } of [forExpress, forHono, forKoa])
      expect(() => sallyport(wrong)).toThrow('optional: true or false; found string')
    await expect(Fastify().register(forFastify, wrong)).rejects.toThrow('optional: true or false')
  })
})

it('settings that are left open, and what Fastify’s register takes for itself, are no mistakes', async () => {
  const open = Object.fromEntries(
    ['server', 'require', 'cookie', 'cache', 'log', 'types'].map((one) => [one]),
  )
  const cache = { entries: undefined }
  expect((await create({ ...open, cache, verifierKey }).token(tokens.token())).ok).toBe(true)
  const app = Fastify()
  await app.register(forFastify, { ...tokens.settings, prefix: '/v1', logLevel: 'warn' })
  app.get('/', { config: { auth: true } }, async () => 'in')
  expect((await app.inject({ url: '/', headers: tokens.headers() })).body).toBe('in')
  await app.close()
  const web = express()
  web.use(forExpress.sallyport({ ...tokens.settings, optional: undefined }))
})

it('a verifier of tokens alone takes lists for lists and numbers for numbers, too', () => {
  const made = [
    (more: object) =>
      createTokenVerifier({ keys: () => keySet([]), issuer: null, audience: null, ...more } as never),
    (more: object) =>
      createWebVerifier({ keys: () => webKeySet([]), issuer: null, audience: null, ...more } as never),
  ]
  for (const make of made) {
    expect(() => make({ types: 'at+jwt' })).toThrow('types: a list')
    expect(() => make({ required: 'sub' })).toThrow('required: a list')
    expect(() => make({ expiryLeeway: '15000' })).toThrow('a leeway is 0 to 60000 ms, found "15000"')
    expect(() => make({ maxLifetime: '900000' })).toThrow('maxLifetime')
  }
})
