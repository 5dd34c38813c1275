// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how texts in contracts hold values
// A second contract beside the native one, as unlike it as data can make it. It exists here alone.
import { type Contract, fail, native } from '@sallyport/protocol'
import type { FastifyInstance } from 'fastify'
import { afterAll, describe, expect, it } from 'vitest'
import { createWire, someone, tokens, type Wire } from '../testing/door.js'

const access = [
  { from: 'cookie', name: 'tok', kind: 'access' },
  { from: 'bearer', kind: 'access' },
] as const

const tiny: Contract = {
  name: 'tiny',
  title: 'Tiny',
  transport: { default: 'cookie', allow: ['cookie'] },
  cookies: {
    tok: { holds: 'access', path: '/api', sameSite: 'Strict' },
    ref: { holds: 'refresh', path: '/api/session', sameSite: 'Strict' },
  },
  origin: 'lenient',
  longestAccess: 3600,
  type: 'JWT',
  user: {
    uid: '$id',
    mail: '$email',
    since: '$created_at|seconds',
    groups: { $each: '$roles', as: { name: '$' } },
  },
  error: {
    contentType: 'application/json',
    body: {
      ok: false,
      status: '$status',
      error: { kind: '$say.kind', text: '$message', reason: '$reason', at: '$path' },
    },
  },
  errors: {
    invalid_request: {
      status: 422,
      body: { detail: { $each: '$fields', as: { loc: ['$from', '$name'], msg: '$detail', type: '$code' } } },
    },
    invalid_credentials: { status: 418, message: 'No, ${input.identifier}.', words: { kind: 'LOGIN' } },
    session_ended: { cookies: 'clear' },
    not_found: { message: 'Nope', headers: { 'x-lost': 'yes' } },
  },
  errorHeaders: { 401: { 'www-authenticate': 'Bearer' } },
  routes: [
    {
      operation: 'signup',
      on: 'POST /api/register',
      also: ['PUT /api/users'],
      accept: ['any'],
      input: {
        email: { names: ['mail', 'email'] },
        password: { names: ['pass'], codec: 'base64' },
        name: 'full',
        metadata: null,
      },
      fixed: { locale: 'en' },
      reply: {
        status: 200,
        cookies: 'set',
        headers: { 'x-made': 'yes' },
        body: {
          ok: true,
          data: { user: '$user', secret: '$access_token' },
          note: 'Welcome ${input.email}, ${user.email}',
        },
      },
      instead: [{ when: 'next', reply: { status: 203, body: { ok: true, wait: '$expires_in|seconds' } } }],
      errors: { email_taken: { status: 400, message: '${input.email} is taken' } },
    },
    {
      operation: 'login',
      on: 'POST /api/session',
      when: { member: 'grant', is: { value: 'password' } },
      accept: ['form'],
      input: { identifier: 'username', password: 'password' },
      reply: { status: 200, cookies: 'set', body: { ok: true } },
    },
    {
      operation: 'refresh',
      on: 'POST /api/session',
      when: { member: 'grant', is: { value: 'refresh' } },
      accept: ['form'],
      tokens: [
        { from: 'body', name: 'token', kind: 'refresh' },
        { from: 'cookie', name: 'ref', kind: 'refresh' },
      ],
      reply: { status: 200, cookies: 'set', body: { ok: true, token: '$refresh_token' } },
    },
    {
      operation: 'logout',
      on: 'GET /api/bye',
      tokens: access,
      reply: { status: 200, cookies: 'clear', body: 'bye' },
    },
    {
      operation: 'profile.get',
      on: 'GET /api/me',
      tokens: access,
      reply: { status: 200, body: { ok: true, data: '$user' } },
    },
    {
      operation: 'health.live',
      on: 'GET /api/ping',
      reply: { status: 200, contentType: 'text/plain', body: 'server is ${status}' },
    },
  ],
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const gives = {
  signup: (_: never, caller: { transport?: string }) => tokens(caller.transport),
  login: ({ password }: { password: string }, caller: { transport?: string }) => {
    if (password !== 'right') throw fail('invalid_credentials')
    return tokens(caller.transport)
  },
  refresh: () => tokens('cookie'),
  'profile.get': () => ({ user: someone }),
  'health.live': () => ({ status: 'ok' }),
} as never

describe('a second contract, made of data alone', () => {
  const wire: Wire = createWire({ contracts: [native, tiny], gives })
  const app: FastifyInstance = wire.app
  afterAll(() => app.close())

  it('renames inputs, decodes them, fixes some, and answers in its own envelope with its own cookies', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/register',
      headers: { 'content-type': 'text/html' },
      payload: JSON.stringify({
        mail: 'm@x.y',
        email: 'e@x.y',
        pass: 'cGFzcw',
        full: 'F',
        locale: 'xx',
        metadata: {},
      }),
    })
    expect(answer.statusCode).toBe(200)
    expect(wire.calls.at(-1)?.input).toEqual({ email: 'm@x.y', password: 'pass', name: 'F', locale: 'en' })
    expect(wire.found.at(-1)?.facts.transport).toBe('cookie')
    expect(answer.json()).toEqual({
      ok: true,
      data: {
        user: { uid: someone.id, mail: someone.email, since: 1_700_000_000, groups: [{ name: 'user' }] },
      },
      note: 'Welcome m@x.y, somebody@example.org',
    })
    expect(answer.headers['x-made']).toBe('yes')
    expect(answer.headers['set-cookie']).toEqual([
      'tok=access-1; Path=/api; HttpOnly; SameSite=Strict; Secure; Max-Age=300',
      'ref=refresh-1; Path=/api/session; HttpOnly; SameSite=Strict; Secure; Max-Age=1209600',
    ])
  })

  it('answers another shape of success in other words, with another status and no cookies', async () => {
    const first = { next: 'verify_email', email: 'e@x.y', ticket: 't', expires_in: 600_000, resend_after: 1 }
    const waiting = createWire({ contracts: [tiny], gives: { signup: () => first } })
    const payload = { email: 'e@x.y', pass: 'cGFzcw==' }
    const answer = await waiting.app.inject({ method: 'PUT', url: '/api/users', payload })
    expect([answer.statusCode, answer.json()]).toEqual([203, { ok: true, wait: 600 }])
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(answer.headers['x-made']).toBeUndefined()
    await waiting.app.close()
  })

  it('serves a route under a second path', async () => {
    const answer = await app.inject({
      method: 'PUT',
      url: '/api/users',
      payload: { email: 'e@x.y', pass: 'cGFzcw==' },
    })
    expect(answer.statusCode).toBe(200)
  })

  it('reads base64 as browsers write it, and refuses what is none', async () => {
    const send = (pass: string) =>
      app.inject({ method: 'PUT', url: '/api/users', payload: { email: 'e', pass } })
    await send('5OQ=')
    expect(wire.calls.at(-1)?.input).toMatchObject({ password: 'ää' })
    await send('w6Q=')
    expect(wire.calls.at(-1)?.input).toMatchObject({ password: 'ä' })
    for (const pass of ['=', 'a', 'cGFzcw=', 'cGFz cw==', 'cGFzcw===', 'AA==', 'cGF_cw=='])
      expect((await send(pass)).json()).toEqual({
        detail: [{ loc: ['body', 'pass'], msg: 'must be base64', type: 'base64' }],
      })
  })

  it('reads a form, chooses a route by a member, and says failures with the input in them', async () => {
    const send = (payload: string) =>
      app.inject({ method: 'POST', url: '/api/session', headers: form, payload })
    const good = await send('grant=password&username=Ann+B&password=right')
    expect(good.json()).toEqual({ ok: true })
    expect(wire.calls.at(-1)).toMatchObject({
      operation: 'login',
      input: { identifier: 'Ann B', password: 'right' },
    })

    const bad = await send('grant=password&username=Ann&password=wrong')
    expect(bad.statusCode).toBe(418)
    expect(bad.json().error).toEqual({
      kind: 'LOGIN',
      text: 'No, Ann.',
      reason: "I'm a Teapot",
      at: '/api/session',
    })

    const renewed = await send('grant=refresh&token=r1')
    expect(renewed.json()).toEqual({ ok: true })
    expect(wire.found.at(-1)?.credentials).toEqual([{ kind: 'refresh', from: 'body', value: 'r1' }])

    const unknown = await send('grant=magic')
    expect(unknown.statusCode).toBe(422)
    expect(unknown.json().detail[0]).toMatchObject({ loc: ['body', 'grant'], type: 'not_allowed' })
    expect((await send('username=x')).json().detail[0]).toMatchObject({
      loc: ['body', 'grant'],
      type: 'required',
    })
  })

  it('takes JSON only where it says so', async () => {
    const answer = await app.inject({ method: 'POST', url: '/api/session', payload: { grant: 'password' } })
    expect(answer.statusCode).toBe(415)
    expect(answer.json().ok).toBe(false)
  })

  it('names wrong members by their wire names', async () => {
    const answer = await app.inject({ method: 'POST', url: '/api/register', payload: { mail: 7 } })
    expect(answer.statusCode).toBe(422)
    expect(answer.json().detail).toEqual([
      { loc: ['body', 'pass'], msg: 'must be given', type: 'required' },
      { loc: ['body', 'mail'], msg: 'must be a text', type: 'type' },
    ])
  })

  it('finds tokens in its own order, and clears its cookies even where none came', async () => {
    const both = { cookie: 'x=1; tok=c1', authorization: 'Bearer b1' }
    await app.inject({ url: '/api/me', headers: both })
    expect(wire.found.at(-1)?.credentials).toEqual([
      { kind: 'access', from: 'cookie', value: 'c1' },
      { kind: 'access', from: 'bearer', value: 'b1' },
    ])
    const bye = await app.inject({ url: '/api/bye', headers: { authorization: 'Bearer b1' } })
    expect(bye.json()).toBe('bye')
    expect(bye.headers['set-cookie']).toEqual([
      'tok=; Path=/api; HttpOnly; SameSite=Strict; Secure; Max-Age=0',
      'ref=; Path=/api/session; HttpOnly; SameSite=Strict; Secure; Max-Age=0',
    ])
  })

  it('does not run a change for HEAD, though it is asked for with GET', async () => {
    const before = wire.calls.length
    const answer = await app.inject({
      method: 'HEAD',
      url: '/api/bye',
      headers: { authorization: 'Bearer b1' },
    })
    expect(answer.statusCode).toBe(405)
    expect(wire.calls.length).toBe(before)
  })

  it('lets a cookie act where a client sends neither Origin nor Sec-Fetch-Site, and refuses a foreign one', async () => {
    const send = (headers: Record<string, string>) =>
      app.inject({ url: '/api/bye', headers: { cookie: 'tok=c1', ...headers } })
    expect((await send({})).statusCode).toBe(200)
    expect((await send({ origin: 'https://evil.example' })).statusCode).toBe(403)
    expect((await send({ 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403)
  })

  it('writes plain text', async () => {
    const answer = await app.inject('/api/ping')
    expect(answer.headers['content-type']).toBe('text/plain')
    expect(answer.body).toBe('server is ok')
  })

  it('says what is missing near its own paths in its own words, and elsewhere in the first contract’s', async () => {
    const near = await app.inject('/api/nothing')
    expect(near.json()).toMatchObject({ ok: false, status: 404, error: { text: 'Nope', at: '/api/nothing' } })
    expect(near.headers['x-lost']).toBe('yes')
    const wrong = await app.inject({ method: 'DELETE', url: '/api/me' })
    expect(wrong.json()).toMatchObject({ ok: false, status: 405 })
    expect(wrong.headers.allow).toBe('GET, HEAD, OPTIONS')
    expect((await app.inject('/elsewhere')).headers['content-type']).toBe('application/problem+json')
    expect((await app.inject('/v1/nothing')).headers['content-type']).toBe('application/problem+json')
  })

  it('adds headers of a status and clears cookies with an error where it says so', async () => {
    const missing = await app.inject('/api/me')
    expect(missing.headers['www-authenticate']).toBe('Bearer')
    const ended = createWire({
      contracts: [tiny],
      gives: { 'profile.get': () => Promise.reject(fail('session_ended')) },
    })
    const answer = await ended.app.inject({ url: '/api/me', headers: { authorization: 'Bearer x' } })
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['set-cookie']).toHaveLength(2)
    await ended.app.close()
  })

  it('lives beside the native contract, which stays as it was', async () => {
    const answer = await app.inject({ url: '/v1/me', headers: { authorization: 'Bearer x' } })
    expect(answer.json()).toMatchObject({ id: someone.id, created_at: '2023-11-14T22:13:20.000Z' })
  })
})

describe('what a contract asks of a member beyond the operation', () => {
  const strict: Contract = {
    ...tiny,
    roles: [{ id: 1 }, { id: 2, role: 'editor' }],
    errors: { invalid_request: { body: '$details' } },
    routes: [
      {
        operation: 'users.update',
        on: 'PUT /api/people/:id/',
        tokens: access,
        input: {
          id: { names: ['id'], from: 'path' },
          name: { names: ['nick'], min: 2, max: 4, pattern: '^[a-z]+$', say: { pattern: 'Letters only' } },
          roles: { names: ['ids'], codec: 'roles', by: 'id', required: true, min: 1, say: { '*': 'Which?' } },
        },
        reply: { status: 200 },
      },
    ],
  }
  const { app, calls } = createWire({ contracts: [strict], gives: { 'users.update': () => ({}) } as never })
  afterAll(() => app.close())
  const send = (payload: object) =>
    app.inject({ method: 'PUT', url: '/api/people/7/', headers: { authorization: 'Bearer x' }, payload })

  it('is judged one thing at a time: its length first, then its form', async () => {
    for (const [nick, sentence] of [
      ['a', 'must have at least 2 characters'],
      ['abcde', 'must have at most 4 characters'],
      ['ab1', 'Letters only'],
    ])
      expect((await send({ nick, ids: [2] })).json()).toBe(sentence)
    expect((await send({ nick: 'ab', ids: [1, 2] })).statusCode).toBe(200)
    expect(calls.at(-1)?.input).toMatchObject({ id: '7', name: 'ab', roles: ['editor'] })
  })

  it('counts the items of a list as they were sent', async () => {
    expect((await send({ ids: [] })).json()).toBe('Which?')
    expect((await send({ ids: [1] })).statusCode).toBe(200)
    expect(calls.at(-1)?.input).toMatchObject({ roles: [] })
  })

  it('stands on a path with a slash at its end, and on no other', async () => {
    expect((await app.inject({ method: 'PUT', url: '/api/people/7', payload: {} })).statusCode).toBe(404)
  })

  it('is refused where its pattern is none', () => {
    const [route] = strict.routes as [Contract['routes'][number]]
    const input = { ...route.input, name: { names: ['n'], pattern: '(' } }
    expect(() => createWire({ contracts: [{ ...strict, routes: [{ ...route, input }] }] })).toThrow(
      'input.name: `pattern` is no regular expression',
    )
  })
})

describe('a contract that cannot be served', () => {
  type Route = Contract['routes'][number]
  const broken = (change: Partial<Contract>, route?: Partial<Route>) =>
    createWire({
      contracts: [
        { ...tiny, ...change, ...(route && { routes: [{ ...(tiny.routes[0] as Route), ...route }] }) },
      ],
    })

  it.each<[string, Partial<Route>]>([
    ['operation: there is no "magic"', { operation: 'magic' }],
    ['input.colour: signup has no such input', { input: { colour: 'c' } }],
    ['input.password: signup needs it', { input: { password: null } }],
    ['`$nobody`', { reply: { status: 200, cookies: 'set', body: '$nobody' } }],
    ['`$input.age`', { reply: { status: 200, cookies: 'set', body: '${input.age}' } }],
    [
      'tokens.nix: the contract lists no such cookie',
      { tokens: [{ from: 'cookie', name: 'nix', kind: 'access' }] },
    ],
    [
      'tokens: profile.get needs a credential',
      { operation: 'profile.get', on: 'GET /api/x', input: {}, fixed: {}, tokens: [] },
    ],
    [
      'input.email: the path has no parameter ":mail"',
      { input: { email: { names: ['mail'], from: 'path' } } },
    ],
    ['reply.cookies: must be "set"', { reply: { status: 200 } }],
    ['instead: signup may answer with `next`, and no reply says how', { instead: [] }],
    ['instead: signup never answers with `then`', { instead: [{ when: 'then', reply: { status: 200 } }] }],
    [
      'no tokens to set',
      { instead: [{ when: 'next', reply: { status: 202, cookies: 'set', body: '$next' } }] },
    ],
    ['`$access_token`', { instead: [{ when: 'next', reply: { status: 202, body: '$access_token' } }] }],
    [
      'no tokens to set',
      { operation: 'health.live', input: {}, fixed: {}, reply: { status: 200, cookies: 'set' } },
    ],
    ['errors.email_taken: `$input.age`', { errors: { email_taken: { message: '${input.age}' } } }],
    ['errors.oops: there is no such error', { errors: { oops: {} } as never }],
    ['is not "METHOD /path"', { on: 'FETCH /api/x' }],
    ['is not "METHOD /path"', { on: 'POST api' }],
    ['is not "METHOD /path"', { also: ['POST /a%62'] }],
    [
      'the path is the server',
      {
        operation: 'health.live',
        on: 'GET /openapi.json',
        also: [],
        input: {},
        fixed: {},
        errors: {},
        instead: [],
        reply: { status: 200 },
      },
    ],
  ])('is refused with contract, route and «%s»', (message, route) => {
    expect(() => broken({}, route)).toThrow(message)
    expect(() => broken({}, route)).toThrow('contract "tiny", route "')
  })

  it('is refused where its error or user template names what is not given', () => {
    expect(() => broken({ error: { contentType: 'a/b', body: '$oops' } })).toThrow('contract "tiny": `$oops`')
    expect(() => broken({ user: { hash: '$password_hash' } })).toThrow('`$password_hash`')
  })

  it('is refused beside another that serves the same path, by whatever names of parameters', () => {
    const other: Contract = {
      ...tiny,
      name: 'other',
      routes: [{ ...(tiny.routes[4] as Route), on: 'GET /api/me' }],
    }
    expect(() => createWire({ contracts: [tiny, other] })).toThrow(
      'contracts "tiny" and "other" both serve GET /api/me',
    )
  })

  it('is refused where two of its routes cannot be told apart', () => {
    const twice = [tiny.routes[4] as Route, tiny.routes[4] as Route]
    expect(() => broken({ routes: twice })).toThrow('stands there twice')
  })

  it('leaves out routes of development, and of features that are switched off', async () => {
    const { app } = createWire({ development: false, operations: new Map() })
    expect(
      (await app.inject({ method: 'POST', url: '/dev/clock', payload: { advance: '1s' } })).statusCode,
    ).toBe(404)
    expect((await app.inject('/healthz')).statusCode).toBe(404)
    await app.close()
  })
})
