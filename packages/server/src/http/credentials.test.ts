// Credentials, cookies and origins on the native contract.
import { fail } from '@sallyport/protocol'
import { afterAll, describe, expect, it } from 'vitest'
import { createWire, someone, tokens } from '../testing/door.js'

const gives = {
  login: (_: never, caller: { transport?: string }) => tokens(caller.transport),
  refresh: () => tokens('cookie'),
  confirm: () => ({ ...tokens('cookie'), refresh_token: undefined, refresh_expires_in: undefined }),
  'profile.get': () => ({ user: someone }),
  introspection: () => ({ active: false }),
} as never
const wire = createWire({ gives })
const { app } = wire
afterAll(() => app.close())

const accessCookie = '__Host-sallyport_access=a1'
const refreshCookie = '__Secure-sallyport_refresh=r1'
const found = () => wire.found.at(-1)?.credentials.map(({ kind, from, value }) => `${kind} ${from} ${value}`)
const me = (headers: Record<string, string>) => app.inject({ url: '/v1/me', headers })
const refresh = (headers: Record<string, string>, payload?: object) =>
  app.inject({ method: 'POST', url: '/v1/refresh', headers, ...(payload && { payload }) })

describe('credentials', () => {
  it.each([
    ['Bearer t', ['access bearer t']],
    ['bearer   t', ['access bearer t']],
    ['BEARER t', ['access bearer t']],
    ['Bearer %', ['access bearer %']],
    ['Bearer a b', ['access bearer a b']],
    ['Bearer', []],
    ['Bearert', []],
    ['Basic dTpw', []],
    ['', []],
  ])('Authorization: %j gives %j', async (authorization, expected) => {
    const answer = await me({ authorization })
    expect(found()).toEqual(expected)
    expect(answer.statusCode).toBe(expected.length > 0 ? 200 : 401)
    if (expected.length === 0) expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  it('are handed on in the order of the contract, every one that is there', async () => {
    await refresh(
      { authorization: 'Bearer b1', cookie: `${accessCookie}; ${refreshCookie}` },
      { refresh_token: 'x1' },
    )
    expect(found()).toEqual(['refresh body x1', 'refresh bearer b1', 'refresh cookie r1'])
    await me({ authorization: 'Bearer b1', cookie: `a=b; ${accessCookie} ;${refreshCookie}` })
    expect(found()).toEqual(['access bearer b1', 'access cookie a1'])
  })

  it('are not looked for in the query, nor under another cookie’s name', async () => {
    const answer = await app.inject({
      url: '/v1/me?access_token=q&refresh_token=q',
      headers: {
        cookie:
          'sallyport_access=a; x__Host-sallyport_access=b; __host-sallyport_access=c; __Host-sallyport_access=',
      },
    })
    expect(answer.json().code).toBe('token_missing')
    expect(found()).toEqual([])
  })

  it('are refused where a cookie stands there twice, even with one value', async () => {
    for (const cookie of [`${accessCookie}; ${accessCookie}`, `${accessCookie};__Host-sallyport_access=a2`]) {
      const answer = await me({ cookie })
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_request'])
    }
  })

  it('are refused over 8 KiB by the name of their kind, wherever they are', async () => {
    const long = 'x'.repeat(8193)
    expect((await me({ authorization: `Bearer ${long}` })).json().code).toBe('access_token_invalid')
    expect((await me({ cookie: `__Host-sallyport_access=${long}` })).json().code).toBe('access_token_invalid')
    expect((await refresh({}, { refresh_token: long })).json().code).toBe('refresh_token_invalid')
  })

  it('are refused in the body where they are no text, and missing where they are empty', async () => {
    expect((await refresh({}, { refresh_token: 7 })).json().errors[0].pointer).toBe('/refresh_token')
    expect((await refresh({}, { refresh_token: '' })).json().code).toBe('token_missing')
  })

  it('are judged before the body is looked at, where none can stand in it', async () => {
    const send = (headers: Record<string, string>) =>
      app.inject({
        method: 'POST',
        url: '/v1/me/password',
        headers: { 'content-type': 'text/plain', ...headers },
        payload: '{',
      })
    expect((await send({})).json().code).toBe('token_missing')
    expect((await send({ authorization: 'Bearer t' })).json().code).toBe('unsupported_media_type')
  })

  it('of a refresh may come by cookie with no body at all', async () => {
    const answer = await refresh({ cookie: refreshCookie, 'sec-fetch-site': 'same-origin' })
    expect(answer.statusCode).toBe(200)
    expect(wire.calls.at(-1)?.input).toEqual({})
  })

  it('of a verifier come with a form', async () => {
    const headers = { authorization: 'Bearer vk_1', 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await app.inject({ method: 'POST', url: '/v1/introspect', headers, payload: 'token=abc' })
    expect(answer.json()).toEqual({ active: false })
    expect(found()).toEqual(['verifier bearer vk_1'])
  })
})

describe('transports', () => {
  const login = (transport?: unknown, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/v1/login',
      headers,
      payload: { identifier: 'a', password: 'p', transport },
    })
  const set = [
    '__Host-sallyport_access=access-1; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=300',
    '__Secure-sallyport_refresh=refresh-1; Path=/v1; HttpOnly; SameSite=Lax; Secure; Max-Age=1209600',
  ]

  it('body: both tokens in the body and no cookie', async () => {
    const answer = await login()
    expect(answer.json()).toMatchObject({
      access_token: 'access-1',
      refresh_token: 'refresh-1',
      expires_in: 300,
    })
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(wire.found.at(-1)?.facts.transport).toBe('body')
  })

  it('cookie: both tokens in cookies and none in the body', async () => {
    const answer = await login('cookie')
    expect(answer.headers['set-cookie']).toEqual(set)
    expect(answer.body).not.toMatch(/access-1|refresh-1|access_token|refresh_token"/)
    expect(answer.json()).toMatchObject({ expires_in: 300, user: { id: someone.id } })
  })

  it('split: the refresh token in its cookie, the access token in the body', async () => {
    const answer = await login('split')
    expect(answer.headers['set-cookie']).toEqual([set[1]])
    expect(answer.json().access_token).toBe('access-1')
    expect(answer.body).not.toContain('refresh-1')
  })

  it('anything else is refused by name', async () => {
    for (const transport of ['magic', 7, null, ['cookie']]) {
      const answer = await login(transport)
      expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/transport'])
    }
  })

  it('a confirmation sets the one cookie it has a token for', async () => {
    const headers = { cookie: accessCookie, 'sec-fetch-site': 'same-origin' }
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/me/confirm',
      headers,
      payload: { password: 'p' },
    })
    expect(answer.headers['set-cookie']).toEqual([set[0]])
  })

  it('log-out clears the cookies that were sent, with their attributes', async () => {
    const logout = (headers: Record<string, string>) =>
      app.inject({ method: 'POST', url: '/v1/logout', headers })
    expect((await logout({ authorization: 'Bearer t' })).headers['set-cookie']).toBeUndefined()
    const answer = await logout({ cookie: `${accessCookie}; ${refreshCookie}`, 'sec-fetch-site': 'none' })
    expect(answer.headers['set-cookie']).toEqual([
      '__Host-sallyport_access=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
      '__Secure-sallyport_refresh=; Path=/v1; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
    ])
  })

  it('on plain-http localhost cookies have neither prefix nor Secure', async () => {
    const local = createWire({ gives, secureCookies: false, issuer: 'http://localhost:4400' })
    const payload = { identifier: 'a', password: 'p', transport: 'cookie' }
    const answer = await local.app.inject({ method: 'POST', url: '/v1/login', payload })
    expect(answer.headers['set-cookie']?.[0]).toBe(
      'sallyport_access=access-1; Path=/; HttpOnly; SameSite=Lax; Max-Age=300',
    )
    expect(answer.headers['strict-transport-security']).toBeUndefined()
    await local.app.inject({ url: '/v1/me', headers: { cookie: 'sallyport_access=a9' } })
    expect(local.found.at(-1)?.credentials).toEqual([{ kind: 'access', from: 'cookie', value: 'a9' }])
    await local.app.close()
  })

  it('are kept from a foreign site that would sign its visitor in', async () => {
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ]
    for (const headers of foreign)
      for (const transport of ['cookie', 'split']) {
        const answer = await login(transport, headers)
        expect([answer.statusCode, answer.json().code]).toEqual([403, 'origin_not_allowed'])
        expect(answer.headers['set-cookie']).toBeUndefined()
      }
    expect((await login('body', { origin: 'https://evil.example' })).statusCode).toBe(200)
    expect(
      (await login('cookie', { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' })).statusCode,
    ).toBe(200)
    expect((await login('cookie')).statusCode).toBe(200)
  })
})

describe('the origin rule on the wire', () => {
  const change = (headers: Record<string, string>) => app.inject({ method: 'DELETE', url: '/v1/me', headers })

  it('guards changes that a cookie vouches for, and these alone', async () => {
    expect((await change({ cookie: accessCookie })).json().code).toBe('origin_not_allowed')
    expect((await change({ cookie: accessCookie, origin: 'https://evil.example' })).statusCode).toBe(403)
    expect((await change({ cookie: accessCookie, 'sec-fetch-site': 'same-site' })).statusCode).toBe(403)
    expect((await change({ cookie: accessCookie, 'sec-fetch-site': 'same-origin' })).statusCode).toBe(204)
    expect((await change({ cookie: accessCookie, origin: 'https://app.example' })).statusCode).toBe(204)
    expect((await change({ cookie: accessCookie, origin: 'https://id.example' })).statusCode).toBe(204)
    expect((await change({ authorization: 'Bearer t', origin: 'https://evil.example' })).statusCode).toBe(204)
    expect((await change({ authorization: 'Bearer t', cookie: accessCookie })).statusCode).toBe(204)
    expect((await me({ cookie: accessCookie, origin: 'https://evil.example' })).statusCode).toBe(200)
  })

  it('comes before the content type, whatever a form pretends', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json',
    ]) {
      const headers = { cookie: accessCookie, origin: 'https://evil.example', 'content-type': type }
      const answer = await app.inject({ method: 'POST', url: '/v1/me/password', headers, payload: '{}' })
      expect([type, answer.statusCode]).toEqual([type, 403])
    }
  })

  it('opens CORS for listed origins alone, failures and preflights included', async () => {
    const listed = { origin: 'https://app.example' }
    for (const answer of [
      await me({ ...listed, authorization: 'Bearer t' }),
      await me(listed),
      await app.inject({ url: '/x', headers: listed }),
    ]) {
      expect(answer.headers['access-control-allow-origin']).toBe('https://app.example')
      expect(answer.headers['access-control-allow-credentials']).toBe('true')
      expect(answer.headers['access-control-expose-headers']).toBe(
        'retry-after, x-request-id, www-authenticate',
      )
      expect(answer.headers.vary).toBe('origin')
    }
    for (const origin of ['https://evil.example', 'null', 'https://app.example.evil', 'http://app.example'])
      expect((await me({ origin })).headers['access-control-allow-origin']).toBeUndefined()
  })

  it('answers a preflight with the methods of the path', async () => {
    const preflight = (url: string, origin: string) =>
      app.inject({ method: 'OPTIONS', url, headers: { origin, 'access-control-request-method': 'PATCH' } })
    const answer = await preflight('/v1/me', 'https://app.example')
    expect([answer.statusCode, answer.body]).toEqual([204, ''])
    expect(answer.headers).toMatchObject({
      allow: 'DELETE, GET, HEAD, PATCH, OPTIONS',
      'access-control-allow-methods': 'DELETE, GET, HEAD, PATCH',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-allow-credentials': 'true',
    })
    const stranger = await preflight('/v1/me', 'https://evil.example')
    expect(Object.keys(stranger.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    expect((await preflight('/v1/nothing', 'https://app.example')).statusCode).toBe(404)
  })

  it('does not come before knowing the caller', async () => {
    const closed = createWire({
      authenticate: () => {
        throw fail('session_ended')
      },
    })
    const answer = await closed.app.inject({
      method: 'DELETE',
      url: '/v1/me',
      headers: { cookie: accessCookie },
    })
    expect(answer.json().code).toBe('session_ended')
    await closed.app.close()
  })
})
