// What the format can say for the sake of other backends' wires, one need at a time.
import { type Contract, fail, native } from '@sallyport/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { createWire, someone, tokens, type Wire } from '../testing/door.js'

const access = [
  { from: 'bearer', kind: 'access' },
  { from: 'cookie', name: 'acc', kind: 'access' },
] as const

const foreign: Contract = {
  name: 'foreign',
  title: 'Foreign',
  transport: { default: 'both', allow: ['both'] },
  cookies: {
    acc: { holds: 'access', path: '/', sameSite: 'Lax' },
    ref: { holds: 'refresh', path: '/', sameSite: 'Lax' },
  },
  origin: 'lenient',
  longestAccess: 86_400,
  type: 'JWT',
  members: 'listed',
  roles: [
    { id: 3, name: 'Admin', role: 'admin' },
    { id: 1, name: 'User' },
  ],
  cors: { origins: 'listed', development: ['http://localhost:5173'], headers: ['x-xsrf-token'] },
  csrf: { cookie: 'XSRF-TOKEN', header: 'X-XSRF-TOKEN', strict: false },
  pages: { '/register': '/sign-up', '/profile': '/account' },
  problems: { required: { code: 'missing', detail: 'field required' } },
  user: { id: '$id', roles: { $each: '$roles', in: 'roles', as: { id: '$id', name: '$name' } } },
  error: {
    contentType: 'application/json',
    body: {
      at: '$now|rfc3339',
      message: { $first: ['$details', '$message'] },
      fields: { $each: '$fields', as: '$code' },
    },
  },
  errors: {
    'invalid_request:missing': { status: 422 },
    'access_token_invalid:kind': { status: 401, message: 'wrong scope' },
    access_token_invalid: { status: 403, cookies: ['acc'] },
    session_ended: { cookies: 'clear' },
  },
  routes: [
    {
      operation: 'signup',
      on: 'POST /api/sign-up',
      accept: ['json', 'multipart', 'form'],
      input: {
        name: { names: ['username'], required: true, min: 1, say: { '*': 'Username is required' } },
        email: 'email',
        password: {
          names: ['password'],
          codec: 'base64',
          min: 8,
          max: 255,
          repeats: 'password2',
          say: {
            required: 'Password is required',
            base64: 'Password is not valid base64',
            '*': 'Password must be between 8 and 255 characters',
          },
        },
      },
      reply: {
        status: 200,
        cookies: 'set',
        body: { user: '$user', access: '$access_token', refresh: '$refresh_token' },
      },
      instead: [{ when: 'next', reply: { status: 202 } }],
    },
    {
      operation: 'refresh',
      on: 'POST /api/refresh',
      tokens: [{ from: 'cookie', name: 'ref', kind: 'refresh' }],
      reply: { status: 200, cookies: 'set' },
    },
    {
      operation: 'logout',
      on: 'POST /api/logout',
      tokens: access,
      optional: true,
      reply: { status: 200, cookies: 'clear' },
    },
    { operation: 'logout', on: 'POST /api/leave', tokens: access, strict: true, reply: { status: 200 } },
    { operation: 'profile.get', on: 'GET /profile', tokens: access, reply: { status: 200, body: '$user' } },
    {
      operation: 'profile.update',
      on: 'POST /profile',
      tokens: access,
      input: {
        name: { names: ['shown'], codec: 'emptied', say: { type: 'Text, please' } },
        family_name: { names: ['last'], say: { type: 'Text, please' } },
      },
      reply: { status: 204 },
    },
    {
      operation: 'users.update',
      on: 'PUT /api/user/:id',
      tokens: access,
      input: {
        id: { names: ['id'], from: 'path' },
        roles: { names: ['rolesIds'], codec: 'roles', by: 'id' },
      },
      reply: { status: 200, body: '$user' },
    },
    {
      operation: 'health.live',
      on: 'GET /api/csrf',
      reply: { status: 200, body: { result: 'csrf' }, cookies: 'csrf' },
    },
  ],
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const open: Wire[] = []
afterEach(async () => {
  for (const { app } of open.splice(0)) await app.close()
})

function serve(contract: Contract = foreign, given: Parameters<typeof createWire>[0] = {}): Wire {
  const wire = createWire({
    contracts: [contract, native],
    gives: {
      signup: () => tokens('both'),
      refresh: () => tokens('both'),
      'profile.get': () => ({ user: { ...someone, roles: ['admin'] } }),
      'users.update': () => ({ user: someone }),
      'profile.update': () => ({ user: someone }),
      'health.live': () => ({ status: 'ok' }),
    },
    ...given,
  })
  open.push(wire)
  return wire
}

const post = (wire: Wire, url: string, payload?: unknown, headers: Record<string, string> = {}) =>
  wire.app.inject({
    method: 'POST',
    url,
    headers,
    ...(payload !== undefined && { payload: payload as object }),
  })

describe('tokens in both places', () => {
  it('stand in the body and in cookies', async () => {
    const answer = await post(serve(), '/api/sign-up', { username: 'Ada', password: base64('a long one') })
    expect(answer.json()).toEqual({
      user: { id: someone.id, roles: [{ id: 1, name: 'User' }] },
      access: 'access-1',
      refresh: 'refresh-1',
    })
    expect(answer.headers['set-cookie']).toEqual([
      'acc=access-1; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=300',
      'ref=refresh-1; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=1209600',
    ])
  })
})

describe('members', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['one that is missing', { password: base64('a long one') }, 'Username is required'],
    ['several', {}, 'Username is required. Password is required'],
    ['an empty one', { username: '', password: base64('a long one') }, 'Username is required'],
    [
      'one that is too short once decoded',
      { username: 'a', password: base64('1234567') },
      'Password must be between 8 and 255 characters',
    ],
    ['no base64', { username: 'a', password: 'nö' }, 'Password is not valid base64'],
  ])('are judged in the contract’s sentences: %s', async (_what, body, message) => {
    const answer = await post(serve(), '/api/sign-up', body)
    expect(answer.json().message).toBe(message)
  })

  it('that repeat another one must be the same', async () => {
    const body = { username: 'a', password: base64('a long one'), password2: 'another' }
    expect((await post(serve(), '/api/sign-up', body)).json()).toMatchObject({ fields: ['repeated'] })
  })

  it('are told by the contract’s own codes, and what is missing has a status of its own', async () => {
    const answer = await post(serve(), '/api/sign-up', {})
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({ at: '2023-11-14T22:13:20.000Z', fields: ['missing', 'missing'] })
  })

  it('that no route lists are not looked at', async () => {
    const wire = serve()
    const body = { username: 'a', password: base64('a long one'), metadata: 5, locale: 7, status: 'x' }
    expect((await post(wire, '/api/sign-up', body)).statusCode).toBe(200)
    expect(wire.calls[0]?.input).toEqual({ name: 'a', password: 'a long one' })
  })

  it('come as multipart too, without files and none twice', async () => {
    const wire = serve()
    const form = (fields: [string, string | Blob][]) => {
      const made = new FormData()
      for (const [name, value] of fields) made.append(name, value as string)
      return new Response(made)
    }
    const send = async (fields: [string, string | Blob][]) => {
      const made = form(fields)
      const payload = Buffer.from(await made.arrayBuffer())
      return wire.app.inject({
        method: 'POST',
        url: '/api/sign-up',
        headers: { 'content-type': made.headers.get('content-type') as string },
        payload,
      })
    }
    const good: [string, string][] = [
      ['username', 'ä'],
      ['password', base64('a long one')],
    ]
    expect((await send(good)).statusCode).toBe(200)
    expect(wire.calls[0]?.input).toEqual({ name: 'ä', password: 'a long one' })
    expect((await send([...good, ['username', 'b']])).statusCode).toBe(400)
    expect((await send([...good, ['picture', new Blob(['x'])]])).statusCode).toBe(400)
    const cut = { 'content-type': 'multipart/form-data; boundary=x' }
    expect((await post(wire, '/api/sign-up', 'no form', cut)).statusCode).toBe(400)
  })

  it('are taken away by an empty text', async () => {
    const wire = serve()
    const write = (body: object) => post(wire, '/profile', body, { authorization: 'Bearer x' })
    expect((await write({ shown: '', last: '' })).statusCode).toBe(204)
    expect(wire.calls[0]?.input).toEqual({ name: null, family_name: '' })
  })

  it('are missing from a body that was not sent, unless the contract wants one of its content type', async () => {
    const strict = serve({ ...foreign, bodiless: 'refused' })
    const typed = { 'content-type': 'application/json' }
    expect((await post(serve(), '/api/sign-up')).statusCode).toBe(422)
    expect((await post(strict, '/api/sign-up')).statusCode).toBe(415)
    expect((await post(strict, '/api/sign-up', undefined, typed)).statusCode).toBe(422)
    expect((await post(strict, '/api/leave', undefined, { authorization: 'Bearer x' })).statusCode).toBe(200)
  })

  it('that have one thing wrong with them have it said once', async () => {
    const answer = await post(serve(), '/profile', { shown: 1, last: 2 }, { authorization: 'Bearer x' })
    expect(answer.json()).toMatchObject({ message: 'Text, please', fields: ['type', 'type'] })
  })

  it('name roles by the contract’s ids', async () => {
    const wire = serve()
    const put = (rolesIds: unknown) =>
      wire.app.inject({
        method: 'PUT',
        url: '/api/user/7',
        headers: { authorization: 'Bearer x' },
        payload: { rolesIds },
      })
    expect((await put([1, 3])).statusCode).toBe(200)
    expect(wire.calls[0]?.input).toEqual({ id: '7', roles: ['admin'] })
    expect((await put([9])).statusCode).toBe(400)
    expect((await put('all')).statusCode).toBe(400)
  })
})

describe('failures', () => {
  const failing = (shade?: 'kind') =>
    serve(foreign, {
      authenticate: () => {
        throw fail('access_token_invalid', shade && { shade })
      },
    })
  const me = (wire: Wire) => wire.app.inject({ url: '/profile', headers: { authorization: 'Bearer x' } })

  it('are told apart by shades where the contract has words for them', async () => {
    expect((await me(failing('kind'))).json().message).toBe('wrong scope')
    expect((await me(failing())).statusCode).toBe(403)
  })

  it('clear the cookies that are listed and keep the others', async () => {
    expect((await me(failing())).headers['set-cookie']).toEqual([
      'acc=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
    ])
  })
})

describe('leaving', () => {
  it('does nothing and answers alike without a good token, where the route can do without', async () => {
    const refusing = serve(foreign, {
      authenticate: () => {
        throw fail('access_token_expired')
      },
    })
    const answer = await post(refusing, '/api/logout', undefined, { authorization: 'Bearer x' })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['set-cookie']).toHaveLength(2)
    expect(refusing.calls).toEqual([])
    expect((await post(refusing, '/api/leave', undefined, { authorization: 'Bearer x' })).statusCode).toBe(
      401,
    )
  })

  it('does not hide that another origin asked', async () => {
    const headers = { cookie: 'acc=x', origin: 'https://evil.example' }
    expect((await post(serve(), '/api/logout', undefined, headers)).statusCode).toBe(403)
  })

  it('says that the token must be good, where the route is strict', async () => {
    const wire = serve()
    await post(wire, '/api/leave', undefined, { authorization: 'Bearer x' })
    await post(wire, '/api/logout', undefined, { authorization: 'Bearer x' })
    expect(wire.found.map(({ facts }) => facts.strict)).toEqual([true, undefined])
  })
})

describe('other origins', () => {
  const asked = { origin: 'http://localhost:5173', 'access-control-request-method': 'POST' }
  const preflight = (wire: Wire, headers: Record<string, string> = asked) =>
    wire.app.inject({ method: 'OPTIONS', url: '/api/sign-up', headers })

  it('of development may read and act in development, and only on their contract', async () => {
    const wire = serve()
    expect((await preflight(wire)).headers).toMatchObject({
      'access-control-allow-origin': 'http://localhost:5173',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'authorization, content-type, x-xsrf-token',
    })
    const native = await wire.app.inject({ method: 'OPTIONS', url: '/v1/login', headers: asked })
    expect(native.headers['access-control-allow-origin']).toBeUndefined()
    const acting = { cookie: 'ref=x', origin: 'http://localhost:5173' }
    expect((await post(wire, '/api/refresh', undefined, acting)).statusCode).toBe(200)
    const production = serve(foreign, { development: false })
    expect((await preflight(production)).headers['access-control-allow-origin']).toBeUndefined()
    expect((await post(production, '/api/refresh', undefined, acting)).statusCode).toBe(403)
  })

  it('may all read where the contract says so, without credentials, or none may', async () => {
    const any = serve({ ...foreign, cors: { origins: 'any' } })
    const { headers } = await preflight(any, { ...asked, origin: 'https://anybody.example' })
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(headers['access-control-allow-credentials']).toBeUndefined()
    const none = serve({ ...foreign, cors: { origins: 'none' } })
    const listed = { ...asked, origin: 'https://app.example' }
    expect((await preflight(none, listed)).headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('double submit', () => {
  it('gives a token that a page can read, and asks for it only where the contract is strict', async () => {
    const loose = serve()
    const given = await loose.app.inject({ url: '/api/csrf' })
    expect(given.json()).toEqual({ result: 'csrf' })
    const [cookie = ''] = [given.headers['set-cookie'] ?? []].flat()
    expect(cookie).toMatch(/^XSRF-TOKEN=[\w-]{32}; Path=\/; SameSite=Lax; Secure$/)
    const token = cookie.slice('XSRF-TOKEN='.length, cookie.indexOf(';'))
    const strict = serve({ ...foreign, csrf: { cookie: 'XSRF-TOKEN', header: 'X-XSRF-TOKEN', strict: true } })
    const statuses = [undefined, 'another', token].map(async (sent) => {
      const headers = { cookie: `ref=x; XSRF-TOKEN=${token}`, ...(sent && { 'x-xsrf-token': sent }) }
      return (await post(strict, '/api/refresh', undefined, headers)).statusCode
    })
    expect(await Promise.all(statuses)).toEqual([403, 403, 200])
    expect((await post(loose, '/api/refresh', undefined, { cookie: 'ref=x' })).statusCode).toBe(200)
  })
})

describe('pages of an earlier front end', () => {
  const looking = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }
  const pages = { routes: [], filesAt: '/assets/:file' } as never

  it('lead a browser that navigates to ours, and everything else to the API', async () => {
    const wire = serve(foreign, { pages })
    const page = await wire.app.inject({ url: '/profile?tab=1', headers: looking })
    expect([page.statusCode, page.headers.location]).toEqual([303, '/account?tab=1'])
    expect((await wire.app.inject({ url: '/register', headers: looking })).headers.location).toBe('/sign-up')
    const api = await wire.app.inject({ url: '/profile', headers: { authorization: 'Bearer x' } })
    expect(api.json().roles).toEqual([
      { id: 3, name: 'Admin' },
      { id: 1, name: 'User' },
    ])
    expect((await wire.app.inject({ url: '/register' })).statusCode).toBe(404)
  })

  it('are nothing where no pages are served', async () => {
    expect((await serve().app.inject({ url: '/register', headers: looking })).statusCode).toBe(404)
  })
})

describe('a contract that cannot be served', () => {
  it.each<[string, Partial<Contract>]>([
    ['errors.access_token_invalid:colour', { errors: { ['access_token_invalid:colour' as never]: {} } }],
    ['`by` must name', { roles: [{ name: 'x' }] }],
    ['lists no `roles`', { roles: [] }],
  ])('stops the start and says %s', (message, change) => {
    expect(() => createWire({ contracts: [{ ...foreign, ...change }] })).toThrow(message)
  })
})
