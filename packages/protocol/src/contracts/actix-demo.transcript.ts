// The wire of the actix demo as a browser meets it.
import type { Expectation, ExpectedCookie, Matcher, Transcript } from '../transcript.js'

const who = {
  username: 'ada',
  email: 'Ada-${unique}@example.com',
  password: 'a door behind the ivy ${unique}',
}
const account = { email: '${email}', password: '${password}' }
const newcomer = { username: '${username}', ...account }
const register = { send: 'POST /auth/register', json: newcomer }
const logIn = { send: 'POST /auth/login', json: account }
const me = { send: 'GET /auth/me', bearer: '${access}' }
const refresh = { send: 'GET /auth/refreshAccessToken' }
const logOut = { send: 'POST /auth/logout' }
const save = { access: '/content/access_token', jwt: { cookie: 'jwt' } }

const unstored = { 'cache-control': 'no-store' }
const content = (of: Matcher): Expectation => ({
  status: 200,
  headers: unstored,
  body: { $exactly: { success: true, status: 200, content: of } },
  lacks: ['${password}', '$argon2'],
})
const refused = (status: number, error_code: string, message: Matcher, error_type: string): Expectation => ({
  status,
  body: { $exactly: { success: false, status, content: { error_code, message, error_type } } },
  lacks: ['${password}'],
})
const denied = (code: string, message: string) => refused(401, code, message, 'AuthError')
const noUser = refused(401, 'USER_NOT_FOUND', 'user not found with the given credentials', 'DbError')
const undecodable = denied('INVALID_ACCESS_TOKEN', 'cannot decode access token')
const uncredited = denied('PROTECTED_ROUTE', 'need credentials in Authorization header')
const cycled = denied('INVALID_REFRESH_TOKEN', 'your refresh token has been cycled')
const loggedOutAlready = denied('NO_REFRESH_TOKEN', 'you have an invalid refresh token')
const noCookie = denied('NO_JWT_REFTOKEN_COOKIE', 'no jwt cookie in header')
const tooMany: Expectation = {
  ...refused(429, 'TOO_MANY_REQUESTS', '$text', 'UserError'),
  headers: { 'retry-after': { $match: '^[1-9]\\d*$' } },
}
const badBody = (message: Matcher = '$text') => refused(400, 'INVALID_BODY', message, 'UserError')

const jwt = (lifetime: number): Matcher => ({
  $jwt: {
    header: { alg: 'HS256' },
    claims: {
      user_id: '$uuid',
      iat: '$integer',
      exp: '$integer',
      jti: '$text',
      sid: '$text',
      email: '$absent',
    },
    lifetime,
  },
})
const cookie = (value: Matcher, age: number): { readonly jwt: ExpectedCookie } => ({
  jwt: {
    value,
    attributes: {
      'Max-Age': age === 0 ? 0 : { $left: age },
      Path: '/auth',
      SameSite: 'Strict',
      HttpOnly: true,
      Secure: 'https',
    },
  },
})
const kept = cookie(jwt(172_800), 172_800)
const user = { $exactly: { id: '$uuid', username: '${username}', email: '${email}' } }
const signedIn: Expectation = { ...content({ user, access_token: jwt(300) }), cookies: kept }
const refreshed: Expectation = { ...content({ access_token: jwt(300) }), cookies: kept }
const loggedOut: Expectation = { ...content('logged out'), cookies: cookie('', 0) }
const elsewhere: readonly Record<string, string>[] = [
  { origin: 'https://evil.example' },
  { 'sec-fetch-site': 'cross-site' },
]
const begin = { ...register, expect: signedIn, save }

export const actixDemoTranscript: Transcript = {
  contract: 'actix-demo',
  settings: { contracts: 'actix-demo' },
  scenes: [
    {
      title: 'whoever asks hears that the server is there',
      values: who,
      steps: [{ send: 'GET /', expect: content('server is OK') }],
    },
    {
      title: 'a sign-up signs in, and the cookie renews the access token',
      values: who,
      steps: [
        begin,
        { ...me, expect: content(user) },
        { ...me, send: 'GET /me', expect: content(user) },
        {
          says: 'The answer of a refresh has no user.',
          ...refresh,
          expect: {
            ...refreshed,
            body: {
              $exactly: { success: true, status: 200, content: { access_token: { $not: '${access}' } } },
            },
            cookies: cookie({ $not: '${jwt}' }, 172_800),
          },
          save,
        },
        { ...me, expect: content(user) },
        { ...refresh, expect: refreshed },
      ],
    },
    {
      title: 'a log-in gives the same as a sign-up, also at the one path for both',
      values: { ...who, other: 'Bob-${unique}@example.com' },
      steps: [
        begin,
        { ...logIn, expect: signedIn },
        {
          ...logIn,
          json: { email: ' ${email|upper}', password: '${password}', nobody: true },
          expect: signedIn,
        },
        { send: 'POST /auth', json: account, expect: signedIn },
        {
          says: 'Usernames are not unique.',
          send: 'POST /auth',
          json: { ...newcomer, email: '${other}' },
          expect: {
            ...signedIn,
            body: {
              success: true,
              status: 200,
              content: {
                user: { $exactly: { id: '$uuid', username: '${username}', email: '${other}' } },
                access_token: jwt(300),
              },
            },
          },
        },
      ],
    },
    {
      title: 'an address has one account',
      values: who,
      departs: 'Its message is that of its database.',
      steps: [
        begin,
        {
          ...register,
          json: { ...newcomer, email: '${email|lower}' },
          expect: refused(400, 'ERR_FROM_DB', 'email is already registered', 'DbError'),
        },
      ],
    },
    {
      title: 'a wrong password and an unknown address are answered alike',
      values: who,
      steps: [
        begin,
        { ...logIn, json: { ...account, password: 'wrong' }, expect: noUser },
        { ...logIn, json: { ...account, email: 'nobody-${unique}@example.com' }, expect: noUser },
        { send: 'POST /auth', json: { ...account, password: 'wrong' }, expect: noUser },
      ],
    },
    {
      title: 'a body that cannot be used is invalid, and the message says why',
      values: who,
      steps: [
        { send: 'POST /auth/register', raw: '{', expect: badBody('body is not valid JSON') },
        { send: 'POST /auth/register', json: account, expect: badBody('username is required') },
        {
          send: 'POST /auth/register',
          json: { ...newcomer, email: '' },
          expect: badBody('email is required'),
        },
        {
          send: 'POST /auth/register',
          json: { ...newcomer, email: 'ada' },
          expect: badBody('email is not valid'),
        },
        {
          send: 'POST /auth/register',
          json: { ...newcomer, username: 7, password: '' },
          expect: badBody({ $match: '^(?=.*username is not valid)(?=.*password is required)' }),
        },
        {
          send: 'POST /auth/register',
          json: { ...newcomer, username: 'x'.repeat(256) },
          expect: badBody('username is not valid'),
        },
        {
          send: 'POST /auth/register',
          json: { ...newcomer, password: 'ü'.repeat(513) },
          expect: badBody(),
        },
        { send: 'POST /auth/login', json: [], expect: badBody() },
        { send: 'POST /auth/login', json: { email: '${email}' }, expect: badBody('password is required') },
        {
          send: 'POST /auth',
          json: { username: '${username}', email: '${email}' },
          expect: badBody('password is required'),
        },
        { send: 'POST /auth', json: { email: '${email}' }, expect: badBody('password is required') },
        {
          send: 'POST /auth/login',
          form: account,
          expect: refused(415, 'INVALID_BODY', '$text', 'UserError'),
        },
      ],
    },
    {
      title: 'an access token is read from the header alone, and has to be one',
      values: who,
      steps: [
        begin,
        { send: 'GET /auth/me', expect: uncredited },
        { send: 'GET /me', headers: { authorization: 'Bearer' }, expect: uncredited },
        { send: 'GET /me', headers: { authorization: 'Basic ${access}' }, expect: uncredited },
        { send: 'GET /me', headers: { authorization: 'bearer   ${access}' }, expect: content(user) },
        { ...me, bearer: 'abc', expect: undecodable },
        { ...me, bearer: '${access|tampered}', expect: undecodable },
        { ...me, bearer: '${access|unsigned}', expect: undecodable },
        { says: 'A refresh token is none.', ...me, bearer: '${jwt}', expect: undecodable },
      ],
    },
    {
      title: 'an access token is good for five minutes',
      values: who,
      steps: [
        begin,
        { advance: 299 },
        { ...me, expect: content(user) },
        { advance: 2 },
        {
          ...me,
          expect: denied(
            'EXPIRED_ACCESS_TOKEN',
            'your access token has expired, please refresh at /auth/refreshAccessToken',
          ),
        },
        { ...refresh, expect: refreshed, save },
        { ...me, expect: content(user) },
      ],
    },
    {
      title: 'a refresh token is good for two days',
      values: who,
      steps: [
        begin,
        { advance: 172_799 },
        { ...refresh, expect: refreshed, save },
        { advance: 172_800 },
        {
          ...refresh,
          cookies: { jwt: '${jwt}' },
          expect: denied('EXPIRED_REFRESH_TOKEN', 'your refresh token has expired, please login again'),
        },
      ],
    },
    {
      title: 'a refresh wants the cookie, and one of ours',
      values: who,
      steps: [
        begin,
        { advance: 11 },
        { ...refresh, cookies: {}, expect: noCookie },
        { says: 'The header does not count.', ...refresh, cookies: {}, bearer: '${jwt}', expect: noCookie },
        ...['abc', '${jwt|tampered}', '${jwt|unsigned}', '${access}'].map((sent) => ({
          ...refresh,
          cookies: { jwt: sent },
          expect: denied('INVALID_ACCESS_TOKEN', 'cannot decode refresh token'),
        })),
        { ...refresh, expect: refreshed },
      ],
    },
    {
      title: 'a refresh token is spent by its use, and used again later it ends the session',
      values: who,
      steps: [
        begin,
        { ...refresh, expect: refreshed, save: { newer: { cookie: 'jwt' } } },
        { ...refresh, cookies: { jwt: '${jwt}' }, expect: cycled },
        {
          says: 'A request that came twice ends nothing.',
          ...refresh,
          expect: refreshed,
          save: { newest: { cookie: 'jwt' } },
        },
        { advance: 11 },
        { ...refresh, cookies: { jwt: '${newer}' }, expect: cycled },
        { ...refresh, cookies: { jwt: '${newest}' }, expect: loggedOutAlready },
      ],
    },
    {
      title: 'of two refreshes at once one succeeds',
      values: who,
      steps: [
        begin,
        {
          together: refresh,
          times: 2,
          expect: [
            { ...refreshed, count: 1, save },
            { ...cycled, count: 1 },
          ],
        },
        { ...me, expect: content(user) },
      ],
    },
    {
      title: 'a log-in elsewhere replaces the session; its access token lives out its minutes',
      values: who,
      steps: [
        { ...begin, client: 'a' },
        { ...logIn, client: 'b', expect: signedIn },
        { ...refresh, client: 'a', expect: cycled },
        { ...me, client: 'a', expect: content(user) },
        { ...refresh, client: 'b', expect: refreshed },
      ],
    },
    {
      title: 'a log-out ends the session by cookie or by header, and never fails',
      values: who,
      steps: [
        begin,
        { ...logOut, expect: loggedOut },
        { ...refresh, expect: noCookie },
        { ...refresh, cookies: { jwt: '${jwt}' }, expect: loggedOutAlready },
        { ...logIn, expect: signedIn, save },
        { ...logOut, cookies: {}, bearer: '${access}', expect: loggedOut },
        { ...refresh, cookies: { jwt: '${jwt}' }, expect: loggedOutAlready },
        { ...logOut, cookies: {}, expect: loggedOut },
        { ...logOut, cookies: { jwt: 'abc' }, bearer: 'abc', expect: loggedOut },
      ],
    },
    {
      title: 'a page from elsewhere can neither refresh nor log out with the cookie',
      values: who,
      steps: [
        begin,
        ...elsewhere.flatMap((headers) =>
          [refresh, logOut].map((asked) => ({
            ...asked,
            headers,
            expect: refused(403, 'FORBIDDEN_ORIGIN', '$text', 'AuthError'),
          })),
        ),
        { ...refresh, headers: { 'sec-fetch-site': 'same-origin' }, expect: refreshed },
      ],
    },
    {
      title: 'a user who is gone is not found',
      values: who,
      steps: [begin, { admin: { act: 'delete', user: '${email}' } }, { ...me, expect: noUser }],
    },
    {
      title: 'whoever guesses is told to wait, with the right password too',
      values: who,
      steps: [
        begin,
        {
          together: { ...logIn, json: { ...account, password: 'wrong' } },
          times: 12,
          expect: [
            { ...noUser, count: { from: 1, to: 10 } },
            { ...tooMany, count: { from: 2, to: 11 } },
          ],
        },
        { ...logIn, expect: tooMany },
      ],
    },
    {
      title: 'the front end of development may read answers with its cookies, and no other page may',
      values: who,
      departs: 'It answers every origin so.',
      steps: [
        {
          ...register,
          headers: { origin: 'http://localhost:3000' },
          expect: {
            ...signedIn,
            headers: {
              'access-control-allow-origin': 'http://localhost:3000',
              'access-control-allow-credentials': 'true',
              vary: { $match: '(?:^|, )[Oo]rigin(?:,|$)' },
            },
          },
          save,
        },
        {
          ...me,
          headers: { origin: 'https://evil.example' },
          expect: {
            ...content(user),
            headers: {
              'access-control-allow-origin': '$absent',
              'access-control-allow-credentials': '$absent',
            },
          },
        },
      ],
    },
    {
      title: 'what is not there, and what is too large, is said in the same shape',
      values: who,
      steps: [
        { send: 'GET /auth/nothing', expect: refused(404, 'NOT_FOUND', '$text', 'UserError') },
        {
          send: 'PUT /auth/login',
          expect: {
            ...refused(405, 'METHOD_NOT_ALLOWED', '$text', 'UserError'),
            headers: { allow: { $contains: 'POST' } },
          },
        },
        {
          ...logIn,
          json: { ...account, password: 'x'.repeat(66_000) },
          expect: refused(413, 'INVALID_BODY', '$text', 'UserError'),
        },
      ],
    },
  ],
}
