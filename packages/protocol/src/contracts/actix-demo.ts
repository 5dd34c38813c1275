// The wire of the actix demo: an access token in the body, the refresh token in a cookie that only /auth gets, and one
// envelope around every answer.
import type { Contract, Reply, Route, Say, Template, WireField } from '../contract.js'

const succeed = (content: Template): Template => ({ success: true, status: 200, content })
const refuse = (code: Template, message: Template, type: Template): Template => ({
  success: false,
  status: '$status',
  content: { error_code: code, message, error_type: type },
})
const say = (code: string, message: string, type = 'AuthError', status = 401): Say => ({
  status,
  message,
  words: { code, type },
})
const worded = (code: string, type = 'UserError'): Say => ({ words: { code, type } })

const signedIn: Reply = {
  status: 200,
  cookies: 'set',
  body: succeed({ user: '$user', access_token: '$access_token' }),
}
const needed = (name: string): WireField => ({
  names: [name],
  required: true,
  min: 1,
  say: { required: `${name} is required`, too_short: `${name} is required`, '*': `${name} is not valid` },
})
const email = needed('email')
const password = needed('password')

const register: Omit<Route, 'on'> = {
  operation: 'signup',
  // Not unique, and nobody logs in by it.
  input: { name: needed('username'), email, password },
  reply: signedIn,
}
const logIn: Omit<Route, 'on'> = {
  operation: 'login',
  input: { identifier: email, password },
  reply: signedIn,
}
const cycled = say('INVALID_REFRESH_TOKEN', 'your refresh token has been cycled')
const noUser = say('USER_NOT_FOUND', 'user not found with the given credentials', 'DbError')

export const actixDemo: Contract = {
  name: 'actix-demo',
  title: 'actix demo',
  transport: { default: 'split', allow: ['split'] },
  // Strict, because here a GET changes state.
  cookies: { jwt: { holds: 'refresh', path: '/auth', sameSite: 'Strict' } },
  origin: 'lenient',
  lifetimes: { access: 300, idle: 172_800, grace: 0 },
  longestAccess: 300,
  type: 'JWT',
  password: { min: 1, max: 1024, common: 'allowed' },
  ids: 'uuid',
  tokens: {
    algorithm: 'HS256',
    keys: 'per-kind',
    access: { claims: { user_id: '$id' } },
    refresh: { claims: { user_id: '$id' } },
  },
  sessions: { perUser: 'one', check: 'stateless' },
  confirm: 'none',
  cors: { origins: 'listed', development: ['http://localhost:3000', 'http://localhost:5173'] },
  members: 'listed',
  identifiers: ['email'],
  user: { id: '$id', username: { $first: ['$name', ''] }, email: '$email' },
  error: {
    contentType: 'application/json',
    body: refuse({ $first: ['$say.code', '$code'] }, '$message', { $first: ['$say.type', 'ServerError'] }),
  },
  errors: {
    token_missing: say('PROTECTED_ROUTE', 'need credentials in Authorization header'),
    access_token_invalid: say('INVALID_ACCESS_TOKEN', 'cannot decode access token'),
    access_token_expired: say(
      'EXPIRED_ACCESS_TOKEN',
      'your access token has expired, please refresh at /auth/refreshAccessToken',
    ),
    session_ended: noUser,
    invalid_credentials: noUser,
    account_disabled: worded('USER_DISABLED', 'AuthError'),
    origin_not_allowed: worded('FORBIDDEN_ORIGIN', 'AuthError'),
    forbidden: worded('FORBIDDEN', 'AuthError'),
    email_taken: say('ERR_FROM_DB', 'email is already registered', 'DbError', 400),
    invalid_request: {
      status: 400,
      body: refuse('INVALID_BODY', { $first: ['$details', '$message'] }, 'UserError'),
    },
    invalid_json: say('INVALID_BODY', 'body is not valid JSON', 'UserError', 400),
    unsupported_media_type: worded('INVALID_BODY'),
    payload_too_large: worded('INVALID_BODY'),
    password_too_short: { status: 400, ...worded('INVALID_BODY') },
    password_too_long: { status: 400, ...worded('INVALID_BODY') },
    not_found: worded('NOT_FOUND'),
    method_not_allowed: worded('METHOD_NOT_ALLOWED'),
    too_many_requests: worded('TOO_MANY_REQUESTS'),
    overloaded: worded('SERVER_BUSY', 'ServerError'),
    store_unavailable: worded('ERR_FROM_DB', 'DbError'),
    internal: worded('INTERNAL_ERROR', 'ServerError'),
  },
  routes: [
    { operation: 'health.live', on: 'GET /', reply: { status: 200, body: succeed('server is OK') } },
    { ...register, on: 'POST /auth/register' },
    { ...logIn, on: 'POST /auth/login' },
    { ...register, on: 'POST /auth', when: { member: 'username', is: 'present' } },
    { ...logIn, on: 'POST /auth', when: { member: 'username', is: 'absent' } },
    {
      operation: 'profile.get',
      on: 'GET /auth/me',
      also: ['GET /me'],
      tokens: [{ from: 'bearer', kind: 'access' }],
      reply: { status: 200, body: succeed('$user') },
    },
    {
      operation: 'refresh',
      on: 'GET /auth/refreshAccessToken',
      tokens: [{ from: 'cookie', name: 'jwt', kind: 'refresh' }],
      reply: { status: 200, cookies: 'set', body: succeed({ access_token: '$access_token' }) },
      errors: {
        token_missing: say('NO_JWT_REFTOKEN_COOKIE', 'no jwt cookie in header'),
        refresh_token_expired: say(
          'EXPIRED_REFRESH_TOKEN',
          'your refresh token has expired, please login again',
        ),
        refresh_token_invalid: say('INVALID_ACCESS_TOKEN', 'cannot decode refresh token'),
        refresh_token_reused: cycled,
        'session_ended:replaced': cycled,
        session_ended: say('NO_REFRESH_TOKEN', 'you have an invalid refresh token'),
      },
    },
    {
      operation: 'logout',
      on: 'POST /auth/logout',
      tokens: [
        { from: 'cookie', name: 'jwt', kind: 'refresh' },
        { from: 'bearer', kind: 'access' },
      ],
      optional: true,
      reply: { status: 200, cookies: 'clear', body: succeed('logged out') },
    },
  ],
}
