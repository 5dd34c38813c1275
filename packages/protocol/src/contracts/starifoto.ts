// StariFoto: passwords in base64, both tokens in body and cookies, failures as 403, users by whole numbers.
import type { Contract, Reply, Route, Say, TokenSource } from '../contract.js'
import {
  asked,
  done,
  email,
  length,
  newPassword,
  token,
  triedPassword,
  user,
  username,
} from './starifoto-shapes.js'
import { own, users } from './starifoto-users.js'

const refresh: TokenSource[] = [
  { from: 'cookie', name: 'refreshToken', kind: 'refresh' },
  { from: 'bearer', kind: 'refresh' },
]
const anyToken: TokenSource[] = [
  { from: 'cookie', name: 'refreshToken', kind: 'refresh' },
  { from: 'bearer', kind: 'access' },
  { from: 'bearer', kind: 'refresh' },
  { from: 'cookie', name: 'accessToken', kind: 'access' },
]

/** Both tokens in the body and both in cookies; what is left of them in milliseconds. */
const signedIn: Reply = {
  status: 200,
  cookies: 'set',
  body: {
    user: '$user',
    accessToken: '$access_token',
    expiresIn: '$access_expires_in|milliseconds',
    refreshToken: '$refresh_token',
    refreshTokenExpiresIn: '$refresh_expires_in|milliseconds',
  },
}
const failed: Say = {
  status: 403,
  message: 'Failed to authenticate. Token is invalid or expired.',
  // The other cookie stays: with it the client gets a new pair.
  cookies: ['accessToken'],
}
const failedForGood: Say = { ...failed, cookies: 'clear' }
const denied: Say = { status: 403, message: 'Access Denied' }
const badRequest: Say = { status: 400 }

const error = {
  timestamp: '$now|rfc3339',
  status: '$status',
  error: '$reason',
  message: { $first: ['$details', '$message'] },
  path: '$path',
}

const authentication: Route[] = [
  {
    operation: 'signup.register',
    on: 'POST /api/auth/sign-up',
    input: { name: username, password: newPassword('password'), email },
    reply: done,
  },
  {
    operation: 'email.confirm',
    on: 'POST /api/auth/email/confirm',
    input: { proof: token },
    reply: done,
    errors: { code_invalid: { status: 404, message: 'Token not found' } },
  },
  {
    operation: 'login',
    on: 'POST /api/auth/login',
    input: { identifier: email, password: triedPassword('password') },
    reply: signedIn,
  },
  {
    operation: 'social.google',
    on: 'POST /api/auth/google',
    input: { credential: asked('credential', 'Credential is required') },
    reply: signedIn,
    errors: {
      invalid_credentials: { message: 'Invalid ID token.' },
      email_not_verified: { status: 403, message: 'Google email is not verified.', body: error },
      link_required: { message: 'Email is used' },
      not_found: { message: 'Google sign-in is not configured' },
    },
  },
  {
    operation: 'refresh',
    on: 'POST /api/auth/refresh',
    tokens: refresh,
    reply: signedIn,
    errors: {
      token_missing: failedForGood,
      refresh_token_invalid: failedForGood,
      refresh_token_expired: failedForGood,
      refresh_token_reused: failedForGood,
      session_ended: failedForGood,
    },
  },
  {
    operation: 'logout',
    on: 'POST /api/auth/logout',
    tokens: anyToken,
    optional: true,
    reply: { ...done, cookies: 'clear' },
  },
  { operation: 'password.forgot', on: 'POST /api/auth/password/reset', input: { email }, reply: done },
  {
    operation: 'password.reset',
    on: 'POST /api/auth/password/reset/confirm',
    input: { token, new_password: newPassword('password') },
    reply: done,
    errors: { code_invalid: { status: 404, message: 'Token not found' } },
  },
  // A page of another origin cannot read what this gives; whether it is asked back is `csrf.strict`.
  {
    operation: 'health.live',
    on: 'GET /api/csrf',
    reply: { status: 200, cookies: 'csrf', body: { result: 'csrf' } },
  },
]

const scopes = ['users:read', 'users:write'] as const
const issued = { iss: 'photomap', sub: '$email' }

export const starifoto: Contract = {
  name: 'starifoto',
  title: 'StariFoto',
  transport: { default: 'both', allow: ['both'] },
  cookies: {
    accessToken: { holds: 'access', path: '/', sameSite: 'Lax' },
    refreshToken: { holds: 'refresh', path: '/', sameSite: 'Lax' },
  },
  origin: 'lenient',
  lifetimes: { access: 86_400, idle: 604_800, grace: 10 },
  longestAccess: 86_400,
  type: 'JWT',
  password: { min: 8, max: 255, common: 'allowed' },
  ids: 'integer',
  identifiers: ['email'],
  confirm: 'email',
  members: 'listed',
  tokens: {
    algorithm: 'HS512',
    keys: 'one',
    access: {
      claims: {
        ...issued,
        scope: 'ACCESS_TOKEN',
        privileges: { $each: '$roles', in: 'roles', as: '$privilege' },
        user_id: '$number',
      },
    },
    refresh: { claims: { ...issued, scope: 'REFRESH_TOKEN' } },
  },
  sessions: { perUser: 'many', check: 'live', proof: 'session' },
  mail: {
    verify_email: { page: '/confirm-email?token=', link: 720 },
    reset_password: { page: '/reset-password?token=', link: 720 },
  },
  roles: [
    { id: 1, name: 'User', privilege: 'ROLE_USER' },
    { role: 'moderator', scopes, id: 2, name: 'Moderator', privilege: 'ROLE_MODERATOR' },
    { role: 'admin', scopes, id: 3, name: 'Admin', privilege: 'ROLE_ADMIN' },
  ],
  cors: {
    origins: 'listed',
    development: ['http://localhost:5173'],
    headers: ['X-XSRF-TOKEN'],
  },
  csrf: { cookie: 'XSRF-TOKEN', header: 'X-XSRF-TOKEN', strict: false },
  user,
  error: { contentType: 'application/json', body: error },
  errors: {
    invalid_request: badRequest,
    invalid_json: { status: 400, message: 'Request body is not valid JSON' },
    email_taken: { status: 409, message: 'Email is used' },
    invalid_credentials: { status: 403, message: 'Authentication failed' },
    email_not_verified: {
      status: 418,
      message: 'Email is not confirmed',
      body: { ...error, error: "I'm a teapot" },
    },
    account_disabled: { status: 403, message: 'User is disabled' },
    password_too_short: badRequest,
    password_too_long: { status: 400, message: length },
    password_too_common: badRequest,
    code_invalid: { status: 400 },
    token_missing: denied,
    forbidden: denied,
    origin_not_allowed: denied,
    access_token_invalid: failed,
    access_token_expired: failed,
    refresh_token_invalid: failed,
    refresh_token_expired: failed,
    session_ended: failed,
    step_up_required: denied,
  },
  routes: [...authentication, ...own, ...users],
}
