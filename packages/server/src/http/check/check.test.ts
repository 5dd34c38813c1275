// Every kind of mistake, planted into a contract that is right.
import { type Contract, contracts, operations } from '@sallyport/protocol'
import { describe, expect, it } from 'vitest'
import { checkContract } from './check.js'
import type { Kind } from './finding.js'

const bearer = [{ from: 'bearer', kind: 'access' }] as const
const pair = { access: '$access_token', refresh: '$refresh_token' }

const good: Contract = {
  name: 'good',
  title: 'Good',
  transport: { default: 'both', allow: ['both'] },
  cookies: {
    acc: { holds: 'access', path: '/', sameSite: 'Lax' },
    ref: { holds: 'refresh', path: '/api', sameSite: 'Strict' },
  },
  origin: 'strict',
  lifetimes: { access: 300, idle: 86_400, absolute: 172_800, grace: 10 },
  longestAccess: 300,
  type: 'JWT',
  password: { min: 1, max: 1024 },
  ids: 'integer',
  tokens: {
    algorithm: 'HS256',
    keys: 'one',
    access: { claims: { user_id: '$number' } },
    refresh: { claims: { user_id: '$number' } },
  },
  confirm: 'email',
  identifiers: ['email'],
  roles: [{ id: 2, role: 'editor' }, { id: 1 }],
  cors: { origins: 'listed' },
  csrf: { cookie: 'c', header: 'x-c', strict: false },
  members: 'listed',
  pages: { '/old': '/sign-in' },
  user: { id: '$number' },
  error: { contentType: 'application/json', body: { error: '$message' } },
  errors: { invalid_credentials: { status: 401 }, 'access_token_invalid:kind': { status: 401 } },
  routes: [
    {
      operation: 'signup',
      on: 'POST /api/enter',
      when: { member: 'name', is: 'present' },
      input: { email: 'email', password: { names: ['password'], min: 1, max: 9, repeats: 'again' } },
      reply: { status: 200, cookies: 'set', body: pair },
    },
    {
      operation: 'login',
      on: 'POST /api/enter',
      when: { member: 'name', is: 'absent' },
      input: { identifier: 'email', password: 'password' },
      reply: { status: 200, cookies: 'set', body: pair },
      errors: { invalid_credentials: { status: 400 } },
    },
    {
      operation: 'refresh',
      on: 'POST /api/refresh',
      tokens: [
        { from: 'cookie', name: 'ref', kind: 'refresh' },
        { from: 'body', name: 'refresh', kind: 'refresh' },
      ],
      reply: { status: 200, cookies: 'set', body: pair },
    },
    {
      operation: 'logout',
      on: 'POST /api/logout',
      tokens: [{ from: 'cookie', name: 'acc', kind: 'access' }],
      optional: true,
      reply: { status: 200, cookies: 'clear' },
    },
    {
      operation: 'profile.get',
      on: 'GET /me',
      tokens: bearer,
      reply: { status: 200, body: { me: '$user' } },
    },
    {
      operation: 'users.update',
      on: 'PUT /users/:id',
      tokens: bearer,
      input: {
        id: { names: ['id'], from: 'path' },
        roles: { names: ['rolesIds'], codec: 'roles', by: 'id' },
      },
      fixed: { email_verified: true },
      reply: { status: 200, body: '$user' },
    },
    { operation: 'health.live', on: 'GET /api/csrf', reply: { status: 204, cookies: 'csrf' } },
  ],
}

const taken = ['GET /sign-in', 'POST /v1/login']
const check = (contract: unknown) => checkContract(contract, { taken, operations })

/** The contract with another value at a place; undefined takes it away. */
function with_(path: string, value: unknown): unknown {
  const copy = structuredClone(good) as unknown as Record<string, unknown>
  const steps = path.split('.')
  const last = steps.pop() as string
  let at = copy
  for (const one of steps) at = at[one] as Record<string, unknown>
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}

const mistakes: [kind: Kind, place: string, path: string, value: unknown][] = [
  ['member_missing', '', 'title', undefined],
  ['member_missing', '/routes/0', 'routes.0.reply', undefined],
  ['member_unknown', '/routes/0', 'routes.0.imput', {}],
  ['member_type', '/name', 'name', 7],
  ['value_unknown', '/origin', 'origin', 'loose'],
  ['value_unknown', '/members', 'members', 'all'],
  ['value_unknown', '/routes/0/on', 'routes.0.on', 'FETCH /x'],
  [
    'value_unknown',
    '/routes/0/reply/headers/x-a',
    'routes.0.reply.headers',
    { 'x-a': 'a\r\nset-cookie: b=c' },
  ],
  ['value_unknown', '/routes/0/reply/contentType', 'routes.0.reply.contentType', 'text/plain\n'],
  ['value_unknown', '/error/contentType', 'error.contentType', 'text/plain\r\nx: y'],
  ['value_unknown', '/errorHeaders/401/x-a', 'errorHeaders', { 401: { 'x-a': 'ü' } }],
  ['value_unknown', '/pages/~1old', 'pages', { '/old': '//elsewhere.example' }],
  ['value_unknown', '/pages/~1old', 'pages', { '/old': '/\\elsewhere.example' }],
  ['template', '/routes/4/reply/body/me', 'routes.4.reply.body.me', '$constructor'],
  ['claim_reserved', '/tokens/access/claims/fct', 'tokens.access.claims.fct', 'x'],
  ['value_range', '/routes/0/reply/status', 'routes.0.reply.status', 600],
  ['value_range', '/longestAccess', 'longestAccess', 0],
  ['value_range', '/title', 'title', ''],
  ['value_range', '/routes', 'routes', []],
  ['name_reserved', '/name', 'name', 'native'],
  ['name_reserved', '/type', 'type', 'sallyport-assertion+jwt'],
  ['transport_default', '/transport/default', 'transport.allow', ['body']],
  ['transport_cookies', '/cookies', 'cookies.acc.holds', 'page'],
  ['cookie_unread', '/cookies/acc', 'routes.3.tokens', bearer],
  ['cookie_path', '/cookies/ref/path', 'cookies.ref.path', '/elsewhere'],
  ['cookie_prefix', '/cookies/ref/prefix', 'cookies.ref.prefix', '__Host-'],
  ['cors_cookies', '/cors/origins', 'cors.origins', 'any'],
  ['csrf_missing', '/csrf', 'csrf', undefined],
  ['lifetimes', '/lifetimes/access', 'lifetimes.access', 301],
  ['lifetimes', '/lifetimes/idle', 'lifetimes.idle', 300],
  ['lifetimes', '/lifetimes/absolute', 'lifetimes.absolute', 400],
  ['lifetimes', '/lifetimes/grace', 'lifetimes.grace', 61],
  ['password_lengths', '/password', 'password.max', 2000],
  ['confirm_without_email', '/confirm', 'identifiers', ['username']],
  ['claim_reserved', '/tokens/access/claims/exp', 'tokens.access.claims.exp', 5],
  ['role_twice', '/roles/1', 'roles.1.role', 'editor'],
  ['page_taken', '/pages/~1sign-in', 'pages./sign-in', '/account'],
  ['template', '/routes/4/reply/body/me', 'routes.4.reply.body.me', '$nobody'],
  ['template', '/error/body', 'error.body.error', '$nobody'],
  ['error_unknown', '/errors/invalid_credential', 'errors.invalid_credential', {}],
  ['error_shade', '/errors/invalid_credentials:kind', 'errors.invalid_credentials:kind', {}],
  ['error_never', '/routes/4/errors/email_taken', 'routes.4.errors', { email_taken: {} }],
  ['operation_unknown', '/routes/1/operation', 'routes.1.operation', 'log-in'],
  ['operation_closed', '/routes/4/operation', 'routes.4.operation', 'users.set_password'],
  ['operation_needed', '/routes', 'routes.2.operation', 'profile.get'],
  ['place', '/routes/4/on', 'routes.4.on', 'GET /m(e)'],
  ['place_taken', '/routes/1/also/0', 'routes.1.also', ['POST /v1/login']],
  ['place_twice', '/routes/1/when', 'routes.1.when.is', 'present'],
  ['input_unknown', '/routes/1/input/user', 'routes.1.input.user', 'name'],
  ['input_unknown', '/routes/1/fixed/user', 'routes.1.fixed', { user: true }],
  ['input_needed', '/routes/1/input/password', 'routes.1.input.password', undefined],
  ['input_place', '/routes/5/input/id', 'routes.5.input.id', { names: ['number'], from: 'path' }],
  ['input_rule', '/routes/5/input/roles', 'routes.5.input.roles', { names: ['r'], codec: 'roles' }],
  ['input_rule', '/routes/0/input/password', 'routes.0.input.password.min', 10],
  ['parameter_unread', '/routes/4/on', 'routes.4.on', 'GET /me/:id'],
  ['fixed_value', '/routes/5/fixed/email_verified', 'routes.5.fixed.email_verified', 'yes'],
  ['token_needed', '/routes/4/tokens', 'routes.4.tokens', undefined],
  ['token_kind', '/routes/4/tokens/0/kind', 'routes.4.tokens.0.kind', 'refresh'],
  ['token_source', '/routes/2/tokens/0/name', 'routes.2.tokens.0.name', 'crumb'],
  ['leaving_only', '/routes/4/optional', 'routes.4.optional', true],
  ['leaving_only', '/routes/3/strict', 'routes.3.strict', true],
  ['reply_body', '/routes/6/reply/body', 'routes.6.reply.body', {}],
  ['reply_cookies', '/routes/1/reply/cookies', 'routes.1.reply.cookies', undefined],
  ['reply_shape', '/routes/0/instead/0/when', 'routes.0.instead', [{ when: 'soon', reply: { status: 200 } }]],
]

describe('a contract', () => {
  it('that is right is found to be so', async () => {
    expect(await check(good)).toEqual([])
  })

  it.each(contracts.map(({ contract }) => [contract.name, contract] as const))(
    'that ships is right: %s',
    async (name, contract) => {
      const findings = await checkContract(contract, { taken: [], operations })
      expect(findings.filter(({ kind }) => !(name === 'native' && kind === 'name_reserved'))).toEqual([])
    },
  )

  it.each(mistakes)('with the mistake %s is told so at "%s"', async (kind, place, path, value) => {
    const findings = await check(with_(path, value))
    expect(findings.map((finding) => [finding.kind, finding.path])).toContainEqual([kind, place])
    for (const { says, remedy } of findings) expect([says, remedy]).not.toContain('')
  })

  it('knows more than thirty kinds of mistakes', () => {
    expect(new Set(mistakes.map(([kind]) => kind)).size).toBeGreaterThan(30)
  })

  it.each([null, 7, 'text', [], {}])('that is none at all is told so: %j', async (value) => {
    expect(await check(value)).not.toEqual([])
  })

  it('is told where an unreachable route stands', async () => {
    const [first, second, ...rest] = good.routes
    const { when: _, ...plain } = { ...second, also: [] } as Contract['routes'][number]
    const findings = await check({ ...good, routes: [first, plain, second, ...rest] })
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'route_unreachable', path: '/routes/2/when' }),
    )
  })
})
