// The wire of com3014_auth as a client meets it. The first scenes are the cases of its own test suite, told again.
import type { Expectation, Matcher, Scene, Transcript } from '../transcript.js'

const who = { email: 'Ada-${unique}@example.com', password: 'pass' }
const account = { email: '${email}', password: '${password}' }
const signUp = { send: 'POST /auth/signup', json: account }
const logIn = { send: 'POST /auth/login', json: account }
const logOut = { send: 'POST /auth/logout', bearer: '${access}' }
const refresh = { send: 'POST /auth/refresh', bearer: '${refresh}' }
const save = { access: '/access_token', refresh: '/refresh_token' }
const readable = { origin: 'https://shop.example' }

const unstored = { 'cache-control': 'no-store' }
const refused = (status: number, error: string, message: Matcher): Expectation => ({
  status,
  body: { $exactly: { message, error } },
})
const unauthorized = (message: string) => refused(401, 'Unauthorized', message)
const notRead = refused(400, 'Bad request', 'Error parsing JSON body, possibly malformed')
const blank = refused(400, 'Bad request', 'Email or password was blank')
const noJson = refused(415, 'Unsupported Media Type', 'Missing JSON data from request body')
const wrong = unauthorized('Incorrect email or password')
const tooMany: Expectation = {
  ...refused(429, 'Too Many Requests', '$text'),
  headers: { 'retry-after': { $match: '^[1-9]\\d*$' } },
}
const mismatch = unauthorized('Refresh token mismatch')
const scope = unauthorized('Invalid token scope')
const badToken = (kind: string) => unauthorized(`Error processing ${kind} token, possibly malformed`)
const missing = (kind: string) => unauthorized(`Missing ${kind} token in Authorization header`)
const loggedOut: Expectation = {
  status: 200,
  headers: unstored,
  body: { $exactly: { message: 'Successfully logged out' } },
}

const id: Matcher = { $match: '^[0-9a-f]{24}$' }
const jwt = (kind: string, lifetime: number): Matcher => ({
  $jwt: {
    header: { alg: '${alg}' },
    claims: { user_id: id, scope: kind, iat: '$integer', exp: '$integer', jti: '$text', sid: '$text' },
    lifetime,
  },
})
const pair = { access_token: jwt('access', 300), refresh_token: jwt('refresh', 86_400) }
const signedIn: Expectation = {
  status: 200,
  headers: unstored,
  body: { $exactly: { ...pair, user_id: id } },
}
const refreshed: Expectation = { status: 200, headers: unstored, body: { $exactly: pair } }
const begin = { ...signUp, expect: signedIn, save }
const scene = (title: string, steps: Scene['steps'], departs?: string): Scene => ({
  title,
  ...(departs && { departs }),
  steps,
})
const refusals = (path: string, expect: Expectation, bodies: readonly object[]) =>
  bodies.map((json) => ({ send: `POST ${path}`, json: json as typeof account, expect }))
const unread = (path: string) => [
  { send: `POST ${path}`, raw: '{"email":', expect: notRead },
  { send: `POST ${path}`, raw: '["${email}"]', expect: notRead },
  ...refusals(path, notRead, [{ email: '${email}' }, { password: 'pass' }, { email: 7, password: 'pass' }]),
]
const unjson = (path: string) => [
  {
    send: `POST ${path}`,
    headers: { 'content-type': 'text/plain' },
    raw: '{"email":"${email}","password":"pass"}',
    expect: noJson,
  },
  { send: `POST ${path}`, form: account, expect: noJson },
  { send: `POST ${path}`, expect: noJson },
]
const blanks = [
  { email: '', password: 'pass' },
  { email: '${email}', password: '' },
  { email: '', password: '' },
]
/** What differs between the two is how the tokens are signed. */
const scenesOf = (alg: 'HS256' | 'RS256') => told.map((one) => ({ ...one, values: { ...who, alg } }))
const told: readonly Scene[] = [
  scene('sign-up 1: an address and a password give a pair and an id', [begin]),
  scene('sign-up 2: a body that is not JSON is not taken', unjson('/auth/signup')),
  scene('sign-up 3: a body that cannot be read, or lacks something, is malformed', unread('/auth/signup')),
  scene('a password of more than 1,024 bytes is refused, not cut', [
    {
      ...signUp,
      json: { ...account, password: 'ü'.repeat(513) },
      expect: refused(400, 'Bad request', '$text'),
    },
  ]),
  scene('sign-up 4: a blank address or password is refused', refusals('/auth/signup', blank, blanks)),
  scene('sign-up 5: an address has one account, and is named as it was typed', [
    begin,
    { ...signUp, expect: refused(409, 'Conflict', '${email} is already registered to an account') },
    {
      ...signUp,
      json: { email: ' ${email|lower} ', password: 'other' },
      expect: refused(409, 'Conflict', ' ${email|lower}  is already registered to an account'),
    },
  ]),
  scene('log-in 1: the right password gives a pair and the same id', [
    { ...signUp, expect: signedIn, save: { id: '/user_id' } },
    { ...logIn, expect: { ...signedIn, body: { $exactly: { ...pair, user_id: '${id}' } } } },
    { ...logIn, json: { ...account, email: ' ${email|upper}' }, expect: signedIn },
  ]),
  scene('log-in 2: a body that is not JSON, or cannot be read, is not taken', [
    ...unjson('/auth/login'),
    ...unread('/auth/login'),
  ]),
  scene('log-in 3: a blank address or password is refused', refusals('/auth/login', blank, blanks)),
  scene(
    'log-in 4: a wrong password and an unknown address are answered alike',
    [
      begin,
      { ...logIn, json: { ...account, password: 'passw' }, expect: wrong },
      { ...logIn, json: { ...account, email: 'nobody-${unique}@example.com' }, expect: wrong },
    ],
    'It has a sentence for each, which tells who has an account.',
  ),
  scene('log-out 1: an access token logs out', [begin, { ...logOut, expect: loggedOut }]),
  scene('log-out 2: without a token in the header nobody is logged out', [
    begin,
    { send: 'POST /auth/logout', expect: missing('access') },
    { send: 'POST /auth/logout', headers: { authorization: 'Bearer' }, expect: missing('access') },
    { send: 'POST /auth/logout', headers: { authorization: 'Basic ${access}' }, expect: missing('access') },
    { send: 'POST /auth/logout', headers: { authorization: 'bearer   ${access}' }, expect: loggedOut },
  ]),
  scene('log-out 3: an access token is good for five minutes', [
    begin,
    { advance: 299 },
    { ...logOut, expect: loggedOut },
    { advance: 1 },
    { ...logOut, expect: unauthorized('Access token expired, please refresh') },
  ]),
  scene('log-out 4: a token that cannot be read is malformed', [
    begin,
    { ...logOut, bearer: 'abc', expect: badToken('access') },
    { ...logOut, bearer: '${access|tampered}', expect: badToken('access') },
    { ...logOut, bearer: '${access|unsigned}', expect: badToken('access') },
  ]),
  scene('log-out 5: a refresh token has the wrong scope', [
    begin,
    { ...logOut, bearer: '${refresh}', expect: scope },
  ]),
  scene('log-out 6: it ends the refreshing, and the access token stays good for what is left of it', [
    begin,
    { ...logOut, expect: loggedOut },
    { ...refresh, expect: mismatch },
    { ...logOut, expect: loggedOut },
  ]),
  scene('refresh 1: a refresh token gives a new pair', [
    begin,
    {
      ...refresh,
      expect: {
        ...refreshed,
        body: { $exactly: { access_token: { $not: '${access}' }, refresh_token: { $not: '${refresh}' } } },
      },
      save,
    },
    { ...refresh, expect: refreshed },
  ]),
  scene('refresh 2: without a token in the header nothing is refreshed', [
    { send: 'POST /auth/refresh', expect: missing('refresh') },
    { send: 'POST /auth/refresh', json: { refresh_token: 'x' }, expect: missing('refresh') },
  ]),
  scene('refresh 3: a refresh token is good for a day', [
    begin,
    { advance: 86_399 },
    { ...refresh, expect: refreshed, save },
    { advance: 86_400 },
    { ...refresh, expect: unauthorized('Refresh token expired, log in again') },
  ]),
  scene('refresh 4: a token that cannot be read is malformed', [
    begin,
    { advance: 11 },
    { ...refresh, bearer: 'abc', expect: badToken('refresh') },
    { ...refresh, bearer: '${refresh|tampered}', expect: badToken('refresh') },
    { ...refresh, bearer: '${refresh|unsigned}', expect: badToken('refresh') },
  ]),
  scene('refresh 5: an access token has the wrong scope', [
    begin,
    { ...refresh, bearer: '${access}', expect: scope },
  ]),
  scene('refresh 6: a token that was used is no longer the one, and later it ends the session', [
    begin,
    { ...refresh, expect: refreshed, save: { second: '/refresh_token' } },
    { ...refresh, expect: mismatch },
    { ...refresh, bearer: '${second}', expect: refreshed, save: { third: '/refresh_token' } },
    { advance: 11 },
    { ...refresh, expect: mismatch },
    { ...refresh, bearer: '${third}', expect: mismatch },
  ]),
  scene('of two refreshes at once one succeeds', [
    begin,
    {
      together: refresh,
      times: 2,
      expect: [
        { ...refreshed, count: 1 },
        { ...mismatch, count: 1 },
      ],
    },
  ]),
  scene(
    'a newer log-in is the only one that can be refreshed',
    [
      begin,
      { ...logIn, expect: signedIn, save: { newer: '/refresh_token' } },
      { ...refresh, expect: mismatch },
      { ...logOut, expect: loggedOut },
      { ...refresh, bearer: '${newer}', expect: refreshed },
    ],
    'There an old access token, as long as it is good, logs out the newer session.',
  ),
  scene('a client that logs out with its header in the body gets what makes it refresh and repeat', [
    begin,
    {
      send: 'POST /auth/logout',
      json: { headers: { Authorization: 'Bearer ${access}' } },
      expect: missing('access'),
    },
    { ...refresh, expect: refreshed, save },
    { ...logOut, json: { headers: { Authorization: 'Bearer stale' } }, expect: loggedOut },
    { ...logOut, raw: '{', expect: loggedOut },
  ]),
  scene(
    'whoever guesses is told to wait, with the right password too',
    [
      begin,
      {
        together: { ...logIn, json: { ...account, password: 'wrong' } },
        times: 12,
        expect: [
          { ...wrong, count: { from: 1, to: 10 } },
          { ...tooMany, count: { from: 2, to: 11 } },
        ],
      },
      { ...logIn, expect: tooMany },
    ],
    'It lets everybody guess.',
  ),
  scene('a user who is gone does not exist', [
    begin,
    { admin: { act: 'delete', user: '${email}' } },
    { ...refresh, expect: unauthorized('User does not exist') },
    { ...logOut, expect: unauthorized('User does not exist') },
  ]),
  scene(
    'a refresh that is refused again and again is told to wait, which stops a client that repeats itself',
    [
      begin,
      { ...logOut, expect: loggedOut },
      { advance: 11 },
      {
        together: refresh,
        times: 12,
        expect: [
          { ...mismatch, count: { from: 1, to: 10 } },
          { ...tooMany, count: { from: 2, to: 11 } },
        ],
      },
      {
        says: 'One without a token is refused like any other.',
        send: 'POST /auth/refresh',
        expect: tooMany,
      },
      { advance: 11 },
      { ...refresh, expect: mismatch },
    ],
  ),
  scene('any page may read the answers, with no credentials of a browser', [
    {
      ...signUp,
      headers: readable,
      expect: {
        ...signedIn,
        headers: { 'access-control-allow-origin': '*', 'access-control-allow-credentials': '$absent' },
      },
    },
    {
      send: 'OPTIONS /auth/logout',
      headers: {
        ...readable,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
      expect: {
        status: 204,
        headers: {
          'access-control-allow-origin': '*',
          'access-control-allow-headers': { $contains: 'authorization' },
          'access-control-allow-methods': { $contains: 'POST' },
        },
      },
    },
  ]),
  scene('what is not there, and what is too large, is said in the same shape', [
    { send: 'POST /auth/nothing', expect: refused(404, 'Not Found', '$text') },
    {
      send: 'GET /auth/login',
      expect: { ...refused(405, 'Method Not Allowed', '$text'), headers: { allow: { $contains: 'POST' } } },
    },
    {
      ...logIn,
      json: { ...account, password: 'x'.repeat(66_000) },
      expect: refused(413, 'Payload Too Large', '$text'),
    },
  ]),
]

const settings = { 'limits.refresh_refused.max': '10' }

export const com3014Transcript: Transcript = {
  contract: 'com3014',
  settings: { ...settings, contracts: 'com3014' },
  scenes: [
    ...scenesOf('HS256'),
    {
      title: 'there is no public key where one secret signs',
      steps: [{ send: 'POST /auth/get-public-key', expect: refused(404, 'Not Found', '$text') }],
    },
  ],
}

export const com3014HeadTranscript: Transcript = {
  contract: 'com3014-head',
  settings: { ...settings, contracts: 'com3014-head' },
  scenes: [
    ...scenesOf('RS256'),
    {
      title: 'key 1: whoever asks gets the public key, as PEM',
      steps: [
        {
          send: 'POST /auth/get-public-key',
          expect: {
            status: 200,
            body: {
              $exactly: {
                public_key: {
                  $match: '^-----BEGIN PUBLIC KEY-----\\n[A-Za-z0-9+/=\\n]+-----END PUBLIC KEY-----\\n$',
                },
              },
            },
          },
        },
      ],
    },
  ],
}
