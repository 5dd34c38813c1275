// The native contract over a Door without a server behind it: what is read, what is refused and how it is said.
import { fail, native, operations, type Schema } from '@sallyport/protocol'
import { afterAll, describe, expect, it } from 'vitest'
import { createWire, someone, tokens } from '../testing/door.js'

const bearer = { authorization: 'Bearer t1' }
const wire = createWire({
  gives: {
    login: (_, caller) => tokens(caller.transport),
    signup: (_, caller) => tokens(caller.transport),
    refresh: () => tokens('body'),
    confirm: () => ({ ...tokens('cookie'), refresh_token: undefined }),
    'profile.get': () => ({ user: someone }),
    'profile.update': () => ({ user: someone }),
    'sessions.list': () => ({ items: [] }),
    'keys.jwks': () => ({ keys: [] }),
  },
})
const { app } = wire
afterAll(() => app.close())

const post = (url: string, payload: unknown, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
  })
const good = { identifier: 'a@b.c', password: 'p' }

/** A value that a schema takes. */
function sampleOf({ type, enum: values, items }: Schema): unknown {
  if (values) return values[0]
  if (type === 'array') return [sampleOf(items!)]
  return { integer: 1, boolean: true, object: {} }[String(type)] ?? 'x'
}

describe('bodies', () => {
  it.each([
    ['JSON in UTF-8', 'application/json; charset=utf-8', 200],
    ['JSON whatever the case', 'Application/JSON;charset="UTF-8"', 200],
    ['JSON in another charset', 'application/json; charset=latin1', 415],
    ['plain text', 'text/plain', 415],
    ['a form', 'application/x-www-form-urlencoded', 415],
    ['merge-patch', 'application/merge-patch+json', 415],
    ['a type that is none', 'nonsense', 415],
    ['an empty type', '', 415],
    ['two types', 'application/json, text/plain', 415],
  ])('%s: %s → %i', async (_name, type, status) => {
    const answer = await post('/v1/login', good, { 'content-type': type })
    expect(answer.statusCode).toBe(status)
    if (status === 415) expect(answer.json().code).toBe('unsupported_media_type')
  })

  it('refuse a content encoding, bombs included, and take identity', async () => {
    expect(
      (await post('/v1/login', Buffer.from('1f8b08', 'hex'), { 'content-encoding': 'gzip' })).statusCode,
    ).toBe(415)
    expect((await post('/v1/login', good, { 'content-encoding': 'identity' })).statusCode).toBe(200)
  })

  it.each([
    ['no JSON', '{"a":', 'invalid_json'],
    ['a member twice', '{"password":"a","password":"b"}', 'invalid_json'],
    ['deeper than 20', `{"a":${'['.repeat(30_000)}`, 'invalid_json'],
    ['NUL in a text', '{"identifier":"a\\u0000","password":"p"}', 'invalid_request'],
    ['half a surrogate pair', '{"identifier":"\\ud800","password":"p"}', 'invalid_request'],
    ['a list', '[]', 'invalid_request'],
    ['null', 'null', 'invalid_request'],
    ['nothing at all', '', 'invalid_request'],
  ])('%s is %3$s', async (_name, payload, code) => {
    const answer = await post('/v1/login', payload)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().code).toBe(code)
  })

  it('name every wrong member by pointer, and never repeat its value', async () => {
    const answer = await post('/v1/signup', { email: 7, password: '', locale: 'secret!' })
    expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(answer.json().errors).toEqual([
      { pointer: '/password', code: 'too_short', detail: 'must not be empty' },
      { pointer: '/email', code: 'type', detail: 'must be a text' },
      { pointer: '/locale', code: 'pattern', detail: 'does not have the right form' },
    ])
    expect(answer.body).not.toContain('secret!')
  })

  it('are never coerced: every wrong type of every member of every operation is refused, and nothing runs', async () => {
    const before = wire.calls.length
    for (const route of native.routes) {
      const operation = operations.find((candidate) => candidate.name === route.operation)
      const [method = '', url = ''] = route.on.split(' ')
      if (!operation || route.accept?.includes('form') || route.input) continue
      const required = Object.fromEntries(
        (operation.input.required ?? []).map((name) => [name, sampleOf(operation.input.properties![name]!)]),
      )
      for (const [name, schema] of Object.entries(operation.input.properties ?? {}))
        for (const value of [[], {}, 1, null, true, 'x', { $gt: '' }]) {
          const type = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
          if ([schema.type].flat().includes(type)) continue
          const headers = { ...bearer, 'content-type': 'application/json' }
          const payload = JSON.stringify({ ...required, [name]: value })
          const answer = await app.inject({ method: method as 'POST', url, headers, payload })
          expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, `/${name}`])
        }
    }
    expect(wire.calls.length).toBe(before)
  })

  it('count characters, not halves of them', async () => {
    const limit = (count: number) => post('/v1/signup', { password: 'p', name: '😀'.repeat(count) })
    expect((await limit(255)).statusCode).toBe(201)
    expect((await limit(256)).statusCode).toBe(400)
  })

  it('lose members that nobody knows, __proto__ and constructor among them', async () => {
    const body =
      '{"identifier":"a","password":"p","extra":1,"__proto__":{"admin":true},"constructor":{"x":1}}'
    expect((await post('/v1/login', body)).statusCode).toBe(200)
    expect(wire.calls.at(-1)?.input).toEqual({ identifier: 'a', password: 'p' })
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it('are skipped where nothing is read from them, whatever they hold', async () => {
    const answer = await post('/v1/logout/all', 'what?', { ...bearer, 'content-type': 'text/plain' })
    expect(answer.statusCode).toBe(204)
  })

  it('say which members something else changes, and how', async () => {
    const answer = await app.inject({
      method: 'PATCH',
      url: '/v1/me',
      headers: { ...bearer, 'content-type': 'application/merge-patch+json' },
      payload: '{"roles":["admin"],"name":"x","email":"e"}',
    })
    expect(answer.statusCode).toBe(400)
    expect(answer.json().errors.map((error: { pointer: string }) => error.pointer)).toEqual([
      '/roles',
      '/email',
    ])
    expect(answer.json().errors[0]).toMatchObject({
      code: 'refused',
      detail: 'is set by administrators only',
    })
  })
})

describe('queries and paths', () => {
  it('read numbers from a query and refuse anything else', async () => {
    const list = (query: string) => app.inject({ url: `/v1/me/sessions?${query}`, headers: bearer })
    expect((await list('limit=5&other=1')).statusCode).toBe(200)
    expect(wire.calls.at(-1)?.input).toEqual({ limit: 5 })
    for (const query of [
      'limit=5.5',
      'limit=',
      'limit=0x5',
      'limit=1e1',
      'limit=101',
      'limit=1&limit=2',
      'cursor=%00',
      'cursor=%ff',
    ])
      expect([query, (await list(query)).statusCode]).toEqual([query, 400])
  })

  it('know one spelling of a path', async () => {
    const get = async (url: string) => (await app.inject({ url, headers: bearer })).statusCode
    expect(await get('/v1/me')).toBe(200)
    for (const url of [
      '/v1/me/',
      '/v1//me',
      '/V1/me',
      '/v1/ME',
      '/v1/%6De',
      '/v1/m%65',
      '/v1%2Fme',
      '/v1/me;x',
    ])
      expect([url, await get(url)]).toEqual([url, 404])
    const remove = async (url: string) =>
      (await app.inject({ method: 'DELETE', url, headers: bearer })).statusCode
    expect(await remove('/v1/me/sessions/abc')).toBe(204)
    expect(await remove('/v1/me/sessions/')).toBe(404)
    expect(await remove('/v1/me/sessions/%61bc')).toBe(404)
  })

  it('refuse broken octets, NUL and endless parameters, each as a problem', async () => {
    for (const [url, status] of [
      ['/v1/me/sessions/%zz', 400],
      ['/v1/me/sessions/%ff', 400],
      ['/v1/me/sessions/%00', 400],
      [`/v1/me/sessions/${'a'.repeat(300)}`, 414],
    ] as const) {
      const answer = await app.inject({ method: 'DELETE', url, headers: bearer })
      expect([url, answer.statusCode, answer.json().status]).toEqual([url, status, status])
      expect(answer.headers['content-type']).toBe('application/problem+json')
      expect(answer.headers['x-content-type-options']).toBe('nosniff')
    }
  })

  it('say 405 with the methods of the path, and 404 for the rest', async () => {
    for (const method of ['PUT', 'TRACE', 'PROPFIND', 'QUERY'] as const) {
      const answer = await app.inject({ method: method as 'PUT', url: '/v1/me' })
      expect([method, answer.statusCode, answer.headers.allow]).toEqual([
        method,
        405,
        'DELETE, GET, HEAD, PATCH, OPTIONS',
      ])
      expect(answer.json().code).toBe('method_not_allowed')
    }
    expect((await app.inject('/v1/login')).headers.allow).toBe('POST, OPTIONS')
    for (const url of ['/', '/v1', '/v1/nothing', '/favicon.ico'])
      expect((await app.inject(url)).json().code).toBe('not_found')
  })

  it('answer HEAD like GET without a body, for reads alone', async () => {
    const get = await app.inject({ url: '/v1/me', headers: bearer })
    const head = await app.inject({ method: 'HEAD', url: '/v1/me', headers: bearer })
    expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([
      200,
      '',
      get.headers['content-length'],
    ])
    expect((await app.inject({ method: 'HEAD', url: '/v1/login' })).statusCode).toBe(405)
  })
})

describe('answers', () => {
  it('carry the security headers, whatever they say, and a request id', async () => {
    const answers = [
      await app.inject({ url: '/v1/me', headers: bearer }),
      await app.inject('/nowhere'),
      await post('/v1/login', '{'),
    ]
    for (const { headers } of answers)
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'strict-transport-security': 'max-age=31536000',
        'x-request-id': expect.stringMatching(/^[\w-]{8,}$/),
      })
    expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(3)
    expect((await app.inject('/.well-known/jwks.json')).headers).toMatchObject({
      'cache-control': 'public, max-age=300',
      'content-type': 'application/jwk-set+json',
    })
  })

  it('say nothing of what went wrong inside; the log says it under the request id', async () => {
    const broken = createWire({
      gives: {
        'profile.get': () => {
          throw new Error('SELECT secret FROM users')
        },
        'profile.update': () => {
          throw fail('store_unavailable', { retryAfter: 0.2, cause: new Error('disk full') })
        },
        'sessions.list': () => ({ items: [{ created_at: 'no time' }] }),
      },
    })
    const answer = await broken.app.inject({ url: '/v1/me?token=hidden', headers: bearer })
    expect(answer.statusCode).toBe(500)
    expect(answer.json()).toEqual({
      type: 'https://id.example/docs/errors/internal',
      title: 'Something went wrong.',
      status: 500,
      detail: 'Something went wrong.',
      instance: answer.headers['x-request-id'],
      code: 'internal',
    })
    expect(broken.logged[0]).toMatchObject({
      level: 'error',
      facts: { requestId: answer.headers['x-request-id'] },
    })
    expect(String(broken.logged[0]?.facts.err)).toContain('SELECT secret')
    expect(broken.logged[1]?.facts).toMatchObject({
      path: '/v1/me',
      status: 500,
      operation: 'profile.get',
      method: 'GET',
    })
    expect(JSON.stringify(broken.logged)).not.toMatch(/hidden|t1/)

    const full = await broken.app.inject({ method: 'PATCH', url: '/v1/me', headers: bearer })
    expect([full.statusCode, full.headers['retry-after'], full.json().retry_after]).toEqual([503, '1', 1])
    expect(String(broken.logged.at(-2)?.facts.err)).toContain('disk full')
    expect((await broken.app.inject({ url: '/v1/me/sessions', headers: bearer })).statusCode).toBe(500)
    await broken.app.close()
  })

  it('lead to a page for every code', async () => {
    const page = await app.inject('/docs/errors/refresh_token_reused')
    expect(page.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(page.body).toMatch(/^refresh_token_reused \(401\)\n/)
    for (const code of ['nothing', '__proto__', 'constructor'])
      expect((await app.inject(`/docs/errors/${code}`)).statusCode).toBe(404)
  })
})

describe('limits and addresses', () => {
  it('count what reaches the operation, and nothing that was filled in wrong', async () => {
    const limited = createWire({
      limit: () => {
        throw fail('too_many_requests', { retryAfter: 12.1 })
      },
    })
    const send = (payload: object | string) =>
      limited.app.inject({ method: 'POST', url: '/v1/signup', payload })
    expect((await send('x'.repeat(70_000))).statusCode).toBe(413)
    expect((await send({ email: 'ada@example.com' })).statusCode).toBe(400)
    const answer = await send({ email: 'ada@example.com', password: 'correct horse' })
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '13'])
    await limited.app.close()
  })

  it('take a forwarded address and request id from a trusted proxy alone', async () => {
    const headers = { ...bearer, 'x-forwarded-for': '198.51.100.7', 'x-request-id': 'edge-1' }
    await app.inject({ url: '/v1/me', headers, remoteAddress: '10.0.0.1' })
    expect(wire.found.at(-1)?.facts).toMatchObject({
      ip: '10.0.0.1',
      requestId: expect.not.stringMatching('edge'),
    })
    const behind = createWire({
      trustedProxies: ['10.0.0.0/8'],
      gives: { 'profile.get': () => ({ user: someone }) },
    })
    const answer = await behind.app.inject({ url: '/v1/me', headers, remoteAddress: '10.0.0.1' })
    expect(behind.found.at(-1)?.facts).toMatchObject({ ip: '198.51.100.7', requestId: 'edge-1' })
    expect(answer.headers['x-request-id']).toBe('edge-1')
    const odd = { ...headers, 'x-request-id': 'a b\u00e9' }
    await behind.app.inject({ url: '/v1/me', headers: odd, remoteAddress: '10.0.0.1' })
    expect(behind.found.at(-1)?.facts.requestId).not.toContain(' ')
    await behind.app.close()
  })
})
