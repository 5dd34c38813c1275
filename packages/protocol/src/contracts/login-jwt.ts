// The wire of JWT LOGIN: a log-in service and a profile service behind one proxy, JSON and Bearer tokens, no cookies.
// It spells some members twice, and so does this: both names, the same value.
import type { Contract, Template, TokenSource } from '../contract.js'

const access: TokenSource[] = [{ from: 'bearer', kind: 'access' }]

/** Names and picture are empty texts until somebody writes them. */
const picture: Template = { $first: ['$picture', ''] }
const user: Template = {
  userid: '$object_id',
  user_id: '$object_id',
  username: { $first: ['$name', '$preferred_username'] },
  first_name: { $first: ['$given_name', ''] },
  last_name: { $first: ['$family_name', ''] },
  pict_link: picture,
  picture_link: picture,
}

const invalidJson = { status: 422, message: 'Invalid json provided' }
const unauthorized = { status: 401, message: 'Unauthorized' }
const badRefresh = {
  status: 401,
  message: 'Unable to verify token: Refresh token might be expired or invalid',
}

export const loginJwt: Contract = {
  name: 'login-jwt',
  title: 'JWT LOGIN',
  transport: { default: 'body', allow: ['body'] },
  cookies: {},
  origin: 'strict',
  lifetimes: { access: 900, idle: 604_800, grace: 0 },
  longestAccess: 900,
  type: 'JWT',
  password: { min: 1, max: 1024, common: 'allowed' },
  usernames: 'exact',
  pictures: 'any',
  ids: 'objectid',
  tokens: {
    algorithm: 'HS256',
    keys: 'per-kind',
    access: { claims: { authorized: true, access_uuid: '$jti', user_id: '$object_id' } },
    refresh: { claims: { authorized: true, refresh_uuid: '$jti', user_id: '$object_id' } },
  },
  sessions: { perUser: 'many', check: 'session' },
  confirm: 'none',
  members: 'listed',
  identifiers: ['username'],
  user,
  error: { contentType: 'application/json', body: { error: '$message' } },
  errors: {
    invalid_json: invalidJson,
    invalid_request: invalidJson,
    password_too_short: invalidJson,
    password_too_long: invalidJson,
    username_taken: { status: 409, message: 'Username has been used' },
    invalid_credentials: { status: 401, message: 'Invalid Credentials' },
    token_missing: unauthorized,
    access_token_invalid: unauthorized,
    access_token_expired: unauthorized,
    refresh_token_invalid: badRefresh,
    refresh_token_expired: badRefresh,
    refresh_token_reused: unauthorized,
    session_ended: unauthorized,
  },
  routes: [
    {
      operation: 'signup.register',
      on: 'POST /signup',
      accept: ['any'],
      input: {
        preferred_username: { names: ['username'], required: true, min: 1 },
        password: 'password',
      },
      reply: { status: 200, body: { message: 'Successfully inserted' } },
    },
    {
      operation: 'login',
      on: 'POST /login',
      accept: ['any'],
      input: { identifier: 'username', password: 'password' },
      reply: {
        status: 200,
        body: {
          acc_token: '$access_token',
          ref_token: '$refresh_token',
          access_token: '$access_token',
          refresh_token: '$refresh_token',
        },
      },
    },
    {
      operation: 'logout',
      on: 'POST /logout',
      strict: true,
      tokens: access,
      reply: { status: 200, body: { message: 'Successfully logged out' } },
      errors: { session_ended: { status: 401, message: 'Unauthorized: You are not logged in' } },
    },
    {
      operation: 'refresh',
      on: 'POST /refresh/token',
      also: ['POST /token/refresh'],
      accept: ['any'],
      tokens: [{ from: 'body', name: 'refresh_token', kind: 'refresh' }],
      reply: {
        status: 200,
        body: { access_token: '$access_token', refresh_token: '$refresh_token' },
      },
      errors: { token_missing: invalidJson },
    },
    {
      operation: 'profile.get',
      on: 'GET /profile',
      tokens: access,
      reply: { status: 200, body: '$user' },
    },
    {
      operation: 'profile.update',
      on: 'POST /profile',
      accept: ['any'],
      tokens: access,
      input: {
        // A name to show: what one logs in by never changes here.
        name: { names: ['username'], codec: 'emptied' },
        given_name: { names: ['first_name'], codec: 'emptied' },
        family_name: { names: ['last_name'], codec: 'emptied' },
        picture: { names: ['pict_link', 'picture_link'] },
      },
      reply: { status: 200, body: { message: 'Successfully inserted profile' } },
    },
  ],
}
