// Auth-system: log-in by form, FastAPI's failures, an address that is proven before the first log-in, users by whole
// numbers. Both tokens travel in body and cookies, or in cookies alone where a client asks for `mode=cookie`.
import type { Contract, Reply, Route, Say, TokenSource } from '../contract.js'
import { access, email, entry, password, unsuitablePassword, user } from './auth-system-shapes.js'
import { own, users } from './auth-system-users.js'

const refreshCookie: TokenSource = { from: 'cookie', name: 'refresh_token', kind: 'refresh' }
const form = ['form', 'multipart'] as const

const tokens: Reply = {
  status: 200,
  cookies: 'set',
  body: { access_token: '$access_token', refresh_token: '$refresh_token', token_type: 'bearer' },
}
const syntax: Say = { status: 422, body: entry(['body'], 'value_error.jsondecode') }
const unknown: Say = { status: 401, message: 'Could not validate credentials' }
const wrongLogIn: Say = { status: 401, message: 'Incorrect username or password' }
const taken: Say = { status: 400, message: 'User with this email already exist' }

const logIn: Route = {
  operation: 'login',
  on: 'POST /token',
  when: { member: 'grant_type', is: 'absent' },
  accept: form,
  input: { identifier: 'username', password },
  reply: tokens,
}
const lost = { token_missing: unknown }

const authentication: Route[] = [
  {
    operation: 'signup.register',
    on: 'POST /register',
    input: {
      email,
      password: { ...password, repeats: 'password2' },
      name: { names: ['name'], codec: 'empty', max: 255 },
    },
    reply: { status: 200, body: { email: '$user.email', name: '$user.name', is_active: false } },
  },
  {
    // The link and the code to type both come in `access_token`.
    operation: 'email.confirm',
    on: 'POST /register-verify',
    input: { email, proof: { names: ['access_token'], required: true, min: 1 } },
    reply: { status: 200, body: { email: '$user.email', is_active: true } },
    errors: { code_invalid: { status: 400, message: 'Token is different' } },
  },
  {
    operation: 'email.resend',
    on: 'POST /register-verify/resend',
    input: { email },
    reply: { status: 202, body: { detail: 'Sent if the address is waiting for verification' } },
  },
  logIn,
  { ...logIn, when: { member: 'grant_type', is: { value: 'password' } } },
  {
    operation: 'refresh',
    on: 'POST /token',
    when: { member: 'grant_type', is: { value: 'refresh_token' } },
    accept: form,
    tokens: [{ from: 'body', name: 'refresh_token', kind: 'refresh' }],
    reply: tokens,
    errors: lost,
  },
  {
    operation: 'refresh',
    on: 'POST /refresh',
    tokens: [
      { from: 'body', name: 'refresh_token', kind: 'refresh' },
      refreshCookie,
      { from: 'bearer', kind: 'refresh' },
    ],
    reply: tokens,
    errors: lost,
  },
  {
    operation: 'logout',
    on: 'POST /logout',
    tokens: [...access, { from: 'bearer', kind: 'refresh' }, refreshCookie],
    optional: true,
    reply: { status: 200, cookies: 'clear', body: { detail: 'Logged out' } },
  },
  {
    operation: 'social.google',
    on: 'POST /sns/google',
    input: { credential: { names: ['credential'], required: true, min: 1 } },
    reply: tokens,
    errors: { invalid_credentials: unknown, email_not_verified: unknown, account_disabled: unknown },
  },
]

export const authSystem: Contract = {
  name: 'auth-system',
  title: 'Auth-system',
  transport: { default: 'both', allow: ['both', 'cookie'], member: 'mode' },
  cookies: {
    access_token: { holds: 'access', path: '/', sameSite: 'Lax' },
    refresh_token: { holds: 'refresh', path: '/', sameSite: 'Lax' },
  },
  origin: 'lenient',
  lifetimes: { access: 300, idle: 86_400, grace: 10 },
  longestAccess: 300,
  type: 'JWT',
  password: { min: 1, max: 1024, common: 'allowed' },
  ids: 'integer',
  identifiers: ['email'],
  confirm: 'email',
  members: 'listed',
  tokens: {
    algorithm: 'HS256',
    keys: 'per-kind',
    access: { claims: { sub: '$email', typ: 'access' } },
    refresh: { claims: { sub: '$email', typ: 'refresh' } },
  },
  sessions: { perUser: 'many', check: 'session', proof: 'session' },
  mail: {
    verify_email: { page: '/email-verify?token=', link: 1440, code: 15 },
    verify_phone: { code: 5 },
    codes: 'letters',
  },
  roles: [{ role: 'admin', scopes: ['users:read', 'users:write'], name: 'admin' }, { name: 'user' }],
  cors: { origins: 'listed', development: ['http://localhost', 'http://localhost:3000'] },
  user,
  error: { contentType: 'application/json', body: { detail: '$message' } },
  errorHeaders: { 401: { 'www-authenticate': 'Bearer' } },
  problems: {
    required: { code: 'value_error.missing', detail: 'field required' },
    type: { code: 'type_error' },
    too_short: { code: 'value_error.any_str.min_length' },
    too_long: { code: 'value_error.any_str.max_length' },
    too_small: { code: 'value_error.number.not_ge' },
    too_large: { code: 'value_error.number.not_le' },
    not_allowed: { code: 'type_error.enum' },
    pattern: { code: 'value_error.email', detail: 'value is not a valid email address' },
    '*': { code: 'value_error' },
  },
  errors: {
    invalid_request: {
      status: 422,
      body: {
        detail: {
          $first: [
            { $each: '$fields', as: { loc: ['$from', '$name'], msg: '$detail', type: '$code' } },
            '$message',
          ],
        },
      },
    },
    invalid_json: syntax,
    unsupported_media_type: syntax,
    ...unsuitablePassword('password'),
    email_taken: taken,
    link_required: taken,
    phone_taken: { status: 400, message: 'Phone number already registered' },
    invalid_credentials: wrongLogIn,
    email_not_verified: wrongLogIn,
    account_disabled: wrongLogIn,
    token_missing: { status: 401, message: 'Not authenticated' },
    access_token_invalid: unknown,
    access_token_expired: unknown,
    refresh_token_invalid: unknown,
    refresh_token_expired: unknown,
    refresh_token_reused: unknown,
    session_ended: unknown,
    step_up_required: unknown,
    forbidden: { status: 403, message: 'Not enough permissions' },
    not_found: { message: 'Not Found' },
    method_not_allowed: { message: 'Method Not Allowed' },
  },
  pages: {
    '/register': '/sign-up',
    '/login': '/sign-in',
    '/email-verify': '/verify/link',
    '/profile': '/account',
  },
  routes: [...authentication, ...own, ...users],
}
