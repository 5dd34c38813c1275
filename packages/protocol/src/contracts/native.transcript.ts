// The native wire as a client meets it.
import type { Expectation, ExpectedCookie, Matcher, Transcript } from '../transcript.js'

const who = {
  email: 'ada-${unique}@example.com',
  password: 'a door behind the ivy ${unique}',
}
const signUp = { send: 'POST /v1/signup', json: { email: '${email}', password: '${password}' } }
const logIn = { send: 'POST /v1/login', json: { identifier: '${email}', password: '${password}' } }
const tokens = { access: '/access_token', refresh: '/refresh_token' }

const user: { readonly [member: string]: Matcher } = {
  id: '$uuid',
  email: '${email}',
  email_verified: false,
  roles: [],
  status: 'active',
  created_at: '$time',
  updated_at: '$time',
}
const access: Matcher = {
  $jwt: { header: { typ: 'at+jwt' }, claims: { sub: '$uuid', sid: '$uuid', jti: '$text' }, lifetime: 300 },
}
const pair: { readonly [member: string]: Matcher } = {
  access_token: access,
  token_type: 'Bearer',
  expires_in: { $left: 300 },
  refresh_token: '$text',
  refresh_expires_in: { $left: 1_209_600 },
  session_id: '$uuid',
  user,
}
const unstored = { 'cache-control': 'no-store' }
const signedUp: Expectation = { status: 201, body: pair, headers: unstored, lacks: ['${password}'] }
const refreshed: Expectation = {
  status: 200,
  headers: unstored,
  body: { ...pair, refresh_token: { $not: '${refresh}' } },
}
/** RFC 9457. */
const refused = (
  status: number,
  code: string,
  more: Pick<Expectation, 'headers' | 'cookies'> = {},
): Expectation => ({
  status,
  ...more,
  headers: { 'content-type': { $match: '^application/problem\\+json' }, ...more.headers },
  body: {
    $exactly: {
      type: { $match: `/${code}$` },
      title: '$text',
      status,
      detail: '$text',
      instance: '$text',
      code,
    },
  },
})
const challenged = (code: string, challenge: string) =>
  refused(401, code, { headers: { 'www-authenticate': challenge } })
const invalid = 'Bearer error="invalid_token"'
const wrongInput = (status: number, code: string, pointer: string): Expectation => ({
  status,
  body: { code, errors: [{ $exactly: { pointer, code: '$text', detail: '$text' } }] },
})
const cookie = (
  value: Matcher,
  age: number,
  path: string,
  prefix: '__Host-' | '__Secure-',
): ExpectedCookie => ({
  value,
  attributes: {
    'Max-Age': age === 0 ? 0 : { $left: age },
    Path: path,
    SameSite: 'Lax',
    HttpOnly: true,
    Secure: 'https',
  },
  prefix,
})
const cookies = (value: Matcher, accessAge: number, refreshAge: number) => ({
  sallyport_access: cookie(value, accessAge, '/', '__Host-'),
  sallyport_refresh: cookie(value, refreshAge, '/v1', '__Secure-'),
})
const fromOurPage = { 'sec-fetch-site': 'same-origin' }
const me = { send: 'GET /v1/me', bearer: '${access}' }
const refresh = { send: 'POST /v1/refresh', json: { refresh_token: '${refresh}' } }

export const nativeTranscript: Transcript = {
  contract: 'native',
  scenes: [
    {
      title: 'a sign-up signs in, and a log-in begins another session',
      values: who,
      steps: [
        { ...signUp, expect: signedUp, save: { ...tokens, session: '/session_id', id: '/user/id' } },
        { ...me, expect: { status: 200, body: { ...user, id: '${id}' } } },
        {
          says: 'An address is one account, however it is spelled.',
          ...logIn,
          json: { identifier: '${email|upper}', password: '${password}' },
          expect: { status: 200, headers: unstored, body: { ...pair, session_id: { $not: '${session}' } } },
        },
        { ...signUp, expect: refused(409, 'email_taken') },
      ],
    },
    {
      title: 'a wrong password and an unknown account are answered alike',
      values: who,
      steps: [
        { ...signUp, expect: signedUp },
        {
          ...logIn,
          json: { identifier: '${email}', password: 'a door behind the rose' },
          expect: challenged('invalid_credentials', 'Bearer'),
          save: { told: '/detail' },
        },
        {
          ...logIn,
          json: { identifier: 'nobody-${unique}@example.com', password: '${password}' },
          expect: {
            ...challenged('invalid_credentials', 'Bearer'),
            body: { code: 'invalid_credentials', detail: '${told}' },
          },
        },
      ],
    },
    {
      title: 'a refresh token is spent by its use, and used again later it ends the session',
      values: who,
      steps: [
        { ...signUp, expect: signedUp, save: tokens },
        { ...refresh, expect: refreshed, save: { newer: '/refresh_token', access: '/access_token' } },
        {
          says: 'Within the grace a repeated request is answered with the same successor.',
          ...refresh,
          expect: { status: 200, headers: unstored, body: { ...pair, refresh_token: '${newer}' } },
        },
        { advance: 11 },
        { ...refresh, expect: challenged('refresh_token_reused', invalid) },
        {
          says: 'The session has ended for both holders.',
          ...refresh,
          json: { refresh_token: '${newer}' },
          expect: challenged('session_ended', invalid),
        },
        { ...me, expect: challenged('session_ended', invalid) },
      ],
    },
    {
      title: 'refreshes at the same moment get one and the same successor',
      values: who,
      steps: [
        { ...signUp, expect: signedUp, save: tokens },
        {
          together: refresh,
          times: 4,
          expect: [{ count: 4, ...refreshed, save: { successor: '/refresh_token' } }],
        },
        { ...refresh, expect: { status: 200, body: { refresh_token: '${successor}' } } },
      ],
    },
    {
      title: 'a log-out ends its session and no other',
      values: who,
      steps: [
        { client: 'laptop', ...signUp, expect: signedUp, save: tokens },
        { client: 'phone', ...logIn, expect: { status: 200, body: pair }, save: { other: '/access_token' } },
        { client: 'laptop', send: 'POST /v1/logout', bearer: '${access}', expect: { status: 204 } },
        { client: 'laptop', ...me, expect: challenged('session_ended', invalid) },
        { client: 'laptop', ...refresh, expect: challenged('session_ended', invalid) },
        { client: 'phone', ...me, bearer: '${other}', expect: { status: 200, body: user } },
      ],
    },
    {
      title: 'cookies carry the tokens of a browser that asks for it, and no body does',
      values: who,
      steps: [
        {
          ...signUp,
          headers: fromOurPage,
          json: { email: '${email}', password: '${password}', transport: 'cookie' },
          expect: {
            status: 201,
            headers: unstored,
            body: { access_token: '$absent', refresh_token: '$absent', session_id: '$uuid', user },
            cookies: {
              ...cookies('$text', 300, 1_209_600),
              sallyport_page: cookie('$text', 7_776_000, '/', '__Host-'),
              sallyport_device: cookie('$text', 15_552_000, '/', '__Host-'),
            },
          },
          save: { refresh: { cookie: 'sallyport_refresh' } },
        },
        { send: 'GET /v1/me', expect: { status: 200, body: user } },
        {
          send: 'POST /v1/refresh',
          headers: { 'sec-fetch-site': 'cross-site' },
          expect: refused(403, 'origin_not_allowed'),
        },
        {
          send: 'POST /v1/refresh',
          headers: fromOurPage,
          expect: {
            status: 200,
            headers: unstored,
            body: { access_token: '$absent', refresh_token: '$absent', user },
            cookies: {
              ...cookies('$text', 300, 1_209_600),
              sallyport_refresh: cookie({ $not: '${refresh}' }, 1_209_600, '/v1', '__Secure-'),
            },
          },
        },
        {
          send: 'POST /v1/logout',
          headers: fromOurPage,
          expect: {
            status: 204,
            cookies: { ...cookies('', 0, 0), sallyport_page: cookie('', 0, '/', '__Host-') },
          },
        },
        { send: 'GET /v1/me', expect: challenged('token_missing', 'Bearer') },
      ],
    },
    {
      title: 'a token that was changed, is of the wrong kind or too old opens nothing',
      values: who,
      steps: [
        { ...signUp, expect: signedUp, save: tokens },
        { send: 'GET /v1/me', expect: challenged('token_missing', 'Bearer') },
        { ...me, bearer: '${access|tampered}', expect: challenged('access_token_invalid', invalid) },
        { ...me, bearer: '${access|unsigned}', expect: challenged('access_token_invalid', invalid) },
        { ...me, bearer: '${refresh}', expect: challenged('access_token_invalid', invalid) },
        {
          ...refresh,
          json: { refresh_token: '${access}' },
          expect: challenged('refresh_token_invalid', invalid),
        },
        { advance: 301 },
        { ...me, expect: challenged('access_token_expired', invalid) },
        { ...refresh, expect: refreshed },
      ],
    },
    {
      title: 'a request that cannot be understood is told what is wrong with it',
      values: who,
      steps: [
        {
          send: 'POST /v1/signup',
          json: { email: '${email}' },
          expect: wrongInput(400, 'invalid_request', '/password'),
        },
        {
          send: 'POST /v1/signup',
          json: { email: '${email}', password: 7 },
          expect: wrongInput(400, 'invalid_request', '/password'),
        },
        { send: 'POST /v1/login', raw: '{"identifier":', expect: refused(400, 'invalid_json') },
        {
          send: 'POST /v1/login',
          headers: { 'content-type': 'text/plain' },
          raw: '{}',
          expect: refused(415, 'unsupported_media_type'),
        },
        { send: 'GET /v1/nowhere', expect: refused(404, 'not_found') },
        {
          send: 'GET /v1/login',
          expect: refused(405, 'method_not_allowed', { headers: { allow: 'POST, OPTIONS' } }),
        },
      ],
    },
    {
      title: 'the code that was mailed proves the address',
      values: who,
      steps: [
        {
          ...signUp,
          expect: { status: 201, body: { ...pair, ticket: '$text' } },
          save: { ticket: '/ticket' },
        },
        { mail: { to: '${email}', save: { code: '\\b(\\d{6})\\b' } } },
        {
          send: 'POST /v1/email/verify',
          json: { email: '${email}', code: '${code}', ticket: '${ticket}' },
          expect: { status: 200, body: { ...pair, user: { ...user, email_verified: true } } },
        },
      ],
    },
    {
      title: 'a disabled account is out at once, and its owner is told so after the password alone',
      values: who,
      steps: [
        { ...signUp, expect: signedUp, save: tokens },
        { admin: { act: 'disable', user: '${email}' } },
        { ...me, expect: challenged('session_ended', invalid) },
        { ...logIn, expect: refused(403, 'account_disabled') },
        {
          ...logIn,
          json: { identifier: '${email}', password: 'a door behind the rose' },
          expect: challenged('invalid_credentials', 'Bearer'),
        },
      ],
    },
  ],
}
