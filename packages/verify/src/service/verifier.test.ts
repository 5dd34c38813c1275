import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createVerifier, type Guard, type RejectReason, type Settings, type Verifier } from '../index.js'
import { testTokens } from '../testing.js'
import { type Issuer, openIssuer, verifierKey } from '../trial/issuer.js'

const start = Date.UTC(2030, 0, 1)
const tokens = testTokens({ now: () => start })
const create = (more: Partial<Settings> = {}) => createVerifier({ ...tokens.settings, ...more })
const told = async (answer: ReturnType<Verifier>) => {
  const said = await answer
  return said.ok ? 'ok' : `${said.status} ${said.code}`
}
const request = (headers: Record<string, string | string[]> = {}, method = 'GET') => ({ method, headers })

describe('whose request it is', () => {
  it('is told with all that the token says', async () => {
    const token = tokens.token({ scope: 'notes:read  notes:write', roles: ['editor'], amr: ['pwd', 'otp'] })
    const answer = await create()(request({ authorization: `Bearer ${token}` }))
    if (!answer.ok) throw new Error(answer.detail)
    const { claims, ...rest } = answer.auth
    expect(rest).toEqual({
      userId: claims.sub,
      sessionId: claims.sid,
      scopes: new Set(['notes:read', 'notes:write']),
      roles: new Set(['editor']),
      amr: ['pwd', 'otp'],
      authTime: start,
      token,
    })
    expect(Object.isFrozen(claims)).toBe(true)
  })

  it('is each request’s own: what one does to it, the next does not see', async () => {
    const verify = create()
    const token = tokens.token()
    const first = await verify.token(token)
    if (!first.ok) throw new Error(first.detail)
    ;(first.auth.roles as Set<string>).add('admin')
    expect(await told(verify.token(token, { role: 'admin' }))).toBe('403 forbidden')
  })

  it.each([
    ['no header', {}, '401 token_missing'],
    ['another scheme', { authorization: 'Basic YTpi' }, '401 token_missing'],
    ['a scheme that begins alike', { authorization: 'Bearerly x' }, '401 token_missing'],
    ['an empty header', { authorization: '' }, '401 token_missing'],
    ['no token', { authorization: 'Bearer' }, '400 invalid_request'],
    ['a blank', { authorization: 'Bearer  ' }, '400 invalid_request'],
    ['two words', { authorization: 'Bearer a b' }, '400 invalid_request'],
    ['another alphabet', { authorization: 'Bearer %' }, '400 invalid_request'],
    ['two of them', { authorization: ['Bearer a', 'Bearer b'] }, '400 invalid_request'],
    ['what is no token of ours', { authorization: 'Bearer abc' }, '401 access_token_invalid'],
    ['100 KB', { authorization: `Bearer ${'a'.repeat(100_000)}` }, '401 access_token_invalid'],
    ['an expired token', { authorization: `Bearer ${tokens.expired()}` }, '401 access_token_expired'],
    ['a token to come', { authorization: `Bearer ${tokens.notYet()}` }, '401 access_token_invalid'],
    ['a forged one', { authorization: `Bearer ${tokens.forged()}` }, '401 access_token_invalid'],
    ['another issuer’s', { authorization: `Bearer ${tokens.wrongIssuer()}` }, '401 access_token_invalid'],
    ['another service’s', { authorization: `Bearer ${tokens.wrongAudience()}` }, '401 access_token_invalid'],
    ['another kind', { authorization: `Bearer ${tokens.wrongType()}` }, '401 access_token_invalid'],
    ['an unknown key’s', { authorization: `Bearer ${tokens.unknownKey()}` }, '401 access_token_invalid'],
    ['a good token', { authorization: `bearer   ${tokens.token()}` }, 'ok'],
  ])('%s: %3$s, for Node’s requests and for Fetch’s', async (_name, headers, due) => {
    const verify = create()
    expect(await told(verify(request(headers)))).toBe(due)
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, one]),
    )
    expect(await told(verify({ method: 'GET', headers: new Headers(lines) }))).toBe(due)
  })

  it('is never told by a query or a cookie that nobody named', async () => {
    const cookie = `sallyport_access=${tokens.token()}`
    const url = `https://x.test/?access_token=${tokens.token()}`
    expect(await told(create()(new Request(url, { headers: { cookie } })))).toBe('401 token_missing')
  })
})

describe('a cookie that was named', () => {
  const verify = create({ cookie: { name: 'at', origins: ['https://app.test'] } })
  const token = tokens.token()
  it.each<[string, string, Record<string, string>, string]>([
    ['reads', 'GET', {}, 'ok'],
    ['changes nothing without an origin', 'POST', {}, '403 origin_not_allowed'],
    ['changes from a listed origin', 'POST', { origin: 'https://app.test' }, 'ok'],
    ['changes nothing from another', 'POST', { origin: 'https://app.test.evil' }, '403 origin_not_allowed'],
    ['changes from the same origin', 'DELETE', { 'sec-fetch-site': 'same-origin' }, 'ok'],
    [
      'changes nothing from the same site',
      'DELETE',
      { 'sec-fetch-site': 'same-site' },
      '403 origin_not_allowed',
    ],
    ['opens no WebSocket for any page', 'GET', { upgrade: 'websocket' }, '403 origin_not_allowed'],
    [
      'opens no WebSocket for a page of another host',
      'GET',
      { upgrade: 'websocket', origin: 'https://other.app.test' },
      '403 origin_not_allowed',
    ],
    ['opens one for a listed page', 'GET', { upgrade: 'websocket', origin: 'https://app.test' }, 'ok'],
    ['counts once', 'GET', { cookie: `at=${token}; at=${token}` }, '400 invalid_request'],
    ['is known by its whole name', 'GET', { cookie: `xat=${token}; At=${token}` }, '401 token_missing'],
    ['comes after the header', 'GET', { authorization: 'Bearer abc' }, '401 access_token_invalid'],
    ['is empty', 'GET', { cookie: 'at=' }, '401 token_missing'],
  ])('%s', async (_name, method, headers, due) => {
    expect(await told(verify(request({ cookie: `x=y; at=${token}`, ...headers }, method)))).toBe(due)
  })
})

describe('guards', () => {
  const claims = { scope: 'notes:read notes:write', roles: ['editor'], amr: ['pwd', 'mfa'] }
  const ago = (seconds: number) => ({ auth_time: start / 1000 - seconds })
  it.each<[string, Guard, object, string]>([
    ['every scope', { scope: 'notes:read notes:write' }, claims, 'ok'],
    ['scopes as a list', { scope: ['notes:read'] }, claims, 'ok'],
    ['a scope that lacks', { scope: ['notes:read', 'notes:delete'] }, claims, '403 forbidden'],
    ['a part of a scope', { scope: 'notes' }, claims, '403 forbidden'],
    ['no scopes at all', { scope: 'notes:read' }, { scope: undefined }, '403 forbidden'],
    ['one of the roles', { role: ['admin', 'editor'] }, claims, 'ok'],
    ['none of the roles', { role: 'admin' }, claims, '403 forbidden'],
    ['an empty list of roles', { role: [] }, claims, '403 forbidden'],
    ['no roles', { role: 'admin' }, { roles: undefined }, '403 forbidden'],
    ['a second factor', { mfa: true }, claims, 'ok'],
    ['no second factor', { mfa: true }, {}, '401 step_up_required'],
    ['no amr', { mfa: true }, { amr: undefined }, '401 step_up_required'],
    ['a fresh proof', { maxAgeSec: 300 }, ago(300), 'ok'],
    ['a proof of yesterday', { maxAgeSec: 300 }, ago(301), '401 step_up_required'],
    ['an unknown proof', { maxAgeSec: 300 }, { auth_time: undefined }, '401 step_up_required'],
    ['whatever you ask', { where: (auth) => auth.roles.has('editor') }, claims, 'ok'],
    ['anything but true', { where: () => 'yes' as never }, claims, '403 forbidden'],
    ['no guard', {}, {}, 'ok'],
  ])('%s', async (_name, guard, more, due) => {
    const token = tokens.token(more)
    expect(await told(create().token(token, guard))).toBe(due)
    expect(await told(create({ require: guard }).token(token))).toBe(due)
    expect(await told(create({ require: guard }).token(token, {}))).toBe(due)
  })
})

describe('a refusal', () => {
  const challengeOf = async (guard: Guard, token = tokens.token()) => {
    const answer = await create().token(token, guard)
    return answer.ok ? undefined : answer.headers['www-authenticate']
  }

  it('challenges as RFC 6750 and RFC 9470 have it', async () => {
    const answer = await create()(request())
    expect(answer.ok || answer.headers['www-authenticate']).toBe('Bearer')
    expect(await challengeOf({}, 'x')).toBe('Bearer error="invalid_token"')
    expect(await challengeOf({ scope: 'a b' })).toBe('Bearer error="insufficient_scope", scope="a b"')
    expect(await challengeOf({ maxAgeSec: 0 }, tokens.token({ auth_time: start / 1000 - 1 }))).toBe(
      'Bearer error="insufficient_user_authentication", max_age=0',
    )
    expect(await challengeOf({ mfa: true })).toBe(
      'Bearer error="insufficient_user_authentication", acr_values="mfa"',
    )
    expect(await challengeOf({ role: 'admin' })).toBeUndefined()
    expect(await challengeOf({ scope: 'a"b\r\nx: y' })).toBe(
      'Bearer error="insufficient_scope", scope="abx: y"',
    )
  })

  it('is problem details with the server’s code, on a response of either kind', async () => {
    const answer = await create()(request({ authorization: `Bearer ${tokens.expired()}` }))
    if (answer.ok) throw new Error('accepted')
    const body = {
      type: 'https://auth.test/docs/errors/access_token_expired',
      title: 'The access token has expired.',
      status: 401,
      detail: 'Refresh it and try again.',
      code: 'access_token_expired',
    }
    const response = answer.response()
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual(body)
  })

  it('of one reason is counted by it, and nothing is said of the token', async () => {
    const reasons: RejectReason[] = []
    const logged: string[] = []
    const verify = create({ onReject: (reason) => reasons.push(reason), log: (line) => logged.push(line) })
    await verify(request())
    await verify.token('x')
    await verify.token(tokens.forged())
    await verify.token(tokens.token(), { role: 'admin' })
    await verify.token(tokens.token())
    expect(reasons).toEqual(['missing', 'malformed', 'signature', 'role'])
    expect(logged).toEqual([])
  })
})

describe('settings that make no sense are told at once:', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['no issuer', { issuer: '' }, 'issuer'],
    ['an issuer that is no URL', { issuer: 'auth.test' }, 'issuer'],
    ['keys by plain http', { issuer: 'http://auth.test', keys: undefined }, 'plain http'],
    ['a server that is no URL', { server: 'auth:4400' }, 'server'],
    ['no audience', { audience: '' }, 'audience'],
    ['an empty list of audiences', { audience: [] }, 'audience'],
    ['no algorithm', { algorithms: [] }, 'algorithms'],
    ['alg none', { algorithms: ['none'] }, 'algorithms'],
    ['another way to hear of an end', { revocation: 'poll' }, 'revocation'],
    ['a feed without a key', { revocation: 'feed' }, 'sallyport key verifier create'],
    ['a key of another kind', { revocation: 'introspection', verifierKey: 'ak_x' }, 'verifierKey'],
    ['a leeway of an hour', { expiryLeeway: 3_600_000 }, 'leeway'],
  ])('%s', (_name, more, words) => {
    expect(() => create(more)).toThrow(words)
  })

  it('plain http on this machine, or to a server that was named, is none of them', () => {
    for (const more of [
      { issuer: 'http://localhost:4400', keys: undefined },
      { issuer: 'http://[::1]:4400', keys: undefined },
      { issuer: 'http://auth.test', server: 'http://auth:4400', keys: undefined },
    ] as unknown as Partial<Settings>[])
      expect(create(more)).toBeTypeOf('function')
  })
})

describe('introspection', () => {
  let issuer: Issuer
  beforeEach(async () => {
    issuer = await openIssuer()
  })
  afterEach(() => issuer.down())
  const bodies: string[] = []
  const answers = (status: number, body: string) =>
    issuer.answers.set('/v1/introspect', async (request, response) => {
      let text = ''
      for await (const chunk of request) text += String(chunk)
      bodies.push(`${request.headers.authorization} ${request.headers['content-type']} ${text}`)
      response.writeHead(status).end(body)
    })
  const asking = (more: Partial<Settings> = {}) =>
    createVerifier({
      ...issuer.tokens.settings,
      server: issuer.url,
      revocation: 'introspection',
      verifierKey,
      log: () => {},
      ...more,
    })

  it('asks about every token that is good by itself, and once about one that comes twice at a time', async () => {
    answers(200, '{"active":true}')
    const verify = asking()
    const token = issuer.tokens.token()
    expect(await Promise.all([told(verify.token(token)), told(verify.token(token))])).toEqual(['ok', 'ok'])
    expect(issuer.asked).toEqual(['/v1/introspect'])
    const form = 'application/x-www-form-urlencoded;charset=UTF-8'
    expect(bodies.at(-1)).toBe(`Bearer ${verifierKey} ${form} token=${token}`)
    await verify.token(token)
    await verify.token(issuer.tokens.forged())
    expect(issuer.asked).toHaveLength(2)
  })

  it.each([
    ['ended', 200, '{"active":false}', '401 session_ended', '401 session_ended'],
    ['no answer of ours', 200, '{"active":"true"}', '401 session_ended', '401 session_ended'],
    ['not allowed to ask', 401, '', '503 verifier_unavailable', 'ok'],
    ['broken', 500, '{"active":true}', '503 verifier_unavailable', 'ok'],
    ['no JSON', 200, 'active', '503 verifier_unavailable', 'ok'],
    ['endless', 200, 'x'.repeat(20_000), '503 verifier_unavailable', 'ok'],
  ])('%s', async (_name, status, body, closed, open) => {
    answers(status, body)
    expect(await told(asking().token(issuer.tokens.token()))).toBe(closed)
    expect(await told(asking({ whenStale: 'open' }).token(issuer.tokens.token()))).toBe(open)
  })

  it('without the issuer refuses, and says so once', async () => {
    await issuer.down()
    const logged: string[] = []
    const verify = asking({ log: (line) => logged.push(line) })
    for (let again = 0; again < 3; again++)
      expect(await told(verify.token(issuer.tokens.token()))).toBe('503 verifier_unavailable')
    expect(logged).toHaveLength(1)
    await issuer.up()
  })
})

it('node:http sees a header that was sent twice, and is answered', async () => {
  const verify = create()
  const server = createServer(async (request, response) => {
    const answer = await verify(request)
    if (answer.ok) response.end(answer.auth.userId)
    else answer.send(response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const ask = (...headers: string[]) =>
    new Promise<string>((done) => {
      let text = ''
      import('node:net').then(({ connect }) => {
        const socket = connect(port, '127.0.0.1').on('data', (bytes) => {
          text += bytes.toString()
        })
        socket.on('end', () => done(text))
        socket.write(`GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers.join('\r\n')}\r\n\r\n`)
      })
    })
  const header = `Authorization: Bearer ${tokens.token()}`
  expect(await ask(header)).toContain('0190a000-0000-7000-8000-000000000001')
  const twice = await ask(header, header)
  expect(twice).toMatch(/^HTTP\/1\.1 400 /)
  expect(twice).toContain('application/problem+json')
  expect(twice).toContain('"code":"invalid_request"')
  server.close()
})
