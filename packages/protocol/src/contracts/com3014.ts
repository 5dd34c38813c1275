// The wire of com3014_auth: Bearer tokens of both kinds in the Authorization header, a message and a kind in every error.
import type { Contract, Reply, Say, Says, WireField } from '../contract.js'

const bad: Say = { status: 400, words: { error: 'Bad request' } }
const notRead: Say = {
  status: 400,
  message: 'Error parsing JSON body, possibly malformed',
  body: { message: '$message', error: 'Bad request' },
}
const unauthorized = (message: string): Say => ({ status: 401, message, words: { error: 'Unauthorized' } })

const blank = 'Email or password was blank'
const written = (what: string): WireField => ({
  names: [what],
  required: true,
  min: 1,
  say: { too_short: blank, '*': `${what} is not valid` },
})
const email = written('email')
const password = written('password')

const pair = { access_token: '$access_token', refresh_token: '$refresh_token' }
const signedIn: Reply = { status: 200, body: { ...pair, user_id: '$user.object_id' } }

/** What a token is refused with, by what it is called and what helps when it is too old. */
const refused = (kind: 'access' | 'refresh', expired: string): Says => ({
  token_missing: unauthorized(`Missing ${kind} token in Authorization header`),
  [`${kind}_token_expired`]: unauthorized(expired),
  [`${kind}_token_invalid`]: unauthorized(`Error processing ${kind} token, possibly malformed`),
  [`${kind}_token_invalid:kind`]: unauthorized('Invalid token scope'),
  'session_ended:user': unauthorized('User does not exist'),
})
const mismatch = unauthorized('Refresh token mismatch')

export const com3014: Contract = {
  name: 'com3014',
  title: 'com3014_auth',
  transport: { default: 'body', allow: ['body'] },
  cookies: {},
  origin: 'strict',
  lifetimes: { access: 300, idle: 86_400, grace: 0 },
  longestAccess: 300,
  type: 'JWT',
  password: { min: 1, max: 1024, common: 'allowed' },
  ids: 'objectid',
  tokens: {
    algorithm: 'HS256',
    keys: 'one',
    access: { claims: { user_id: '$object_id', scope: 'access' } },
    refresh: { claims: { user_id: '$object_id', scope: 'refresh' } },
  },
  // What a log-out ends is the refreshing: an access token lives out its five minutes.
  sessions: { perUser: 'one', check: 'stateless' },
  confirm: 'none',
  cors: { origins: 'any' },
  members: 'listed',
  bodiless: 'refused',
  identifiers: ['email'],
  user: { user_id: '$object_id', email: '$email' },
  error: {
    contentType: 'application/json',
    body: { message: '$message', error: { $first: ['$say.error', '$reason'] } },
  },
  errors: {
    unsupported_media_type: { status: 415, message: 'Missing JSON data from request body' },
    invalid_json: notRead,
    'invalid_request:missing': notRead,
    'invalid_request:type': notRead,
    invalid_request: {
      status: 400,
      body: { message: { $first: ['$details', '$message'] }, error: 'Bad request' },
    },
    password_too_short: bad,
    password_too_long: bad,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the contract's own templates
    email_taken: { status: 409, message: '${input.email} is already registered to an account' },
    invalid_credentials: unauthorized('Incorrect email or password'),
    session_ended: mismatch,
    ...refused('access', 'Access token expired, please refresh'),
  },
  routes: [
    { operation: 'signup', on: 'POST /auth/signup', input: { email, password }, reply: signedIn },
    { operation: 'login', on: 'POST /auth/login', input: { identifier: email, password }, reply: signedIn },
    {
      operation: 'logout',
      on: 'POST /auth/logout',
      strict: true,
      tokens: [{ from: 'bearer', kind: 'access' }],
      reply: { status: 200, body: { message: 'Successfully logged out' } },
    },
    {
      operation: 'refresh',
      on: 'POST /auth/refresh',
      tokens: [{ from: 'bearer', kind: 'refresh' }],
      reply: { status: 200, body: pair },
      errors: {
        ...refused('refresh', 'Refresh token expired, log in again'),
        refresh_token_reused: mismatch,
        'session_ended:replaced': mismatch,
        session_ended: mismatch,
      },
    },
  ],
}

/** The same at a later commit: tokens that anybody can verify, and where the key for it is. */
export const com3014Head: Contract = {
  ...com3014,
  name: 'com3014-head',
  title: 'com3014_auth with RS256',
  tokens: { ...com3014.tokens!, algorithm: 'RS256' },
  routes: [
    ...com3014.routes,
    {
      operation: 'keys.pem',
      on: 'POST /auth/get-public-key',
      reply: { status: 200, body: { public_key: '$public_key' } },
    },
  ],
}
