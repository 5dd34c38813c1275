// The wire of JWT LOGIN as a client meets it.
import type { Expectation, Matcher, Transcript, Value } from '../transcript.js'

const who = {
  username: 'Ada-${unique}',
  password: 'a door behind the ivy ${unique}',
}
const account = { username: '${username}', password: '${password}' }
const signUp = { send: 'POST /signup', json: account }
const logIn = { send: 'POST /login', json: account }
const profile = { send: 'GET /profile', bearer: '${access}' }
const logOut = { send: 'POST /logout', bearer: '${access}' }
const refresh = { send: 'POST /refresh/token', json: { refresh_token: '${refresh}' } }
const save = { access: '/acc_token', refresh: '/ref_token' }

const unstored = { 'cache-control': 'no-store' }
const says = (message: string): Expectation => ({
  status: 200,
  headers: unstored,
  body: { $exactly: { message } },
})
const refused = (status: number, error: Matcher): Expectation => ({
  status,
  body: { $exactly: { error } },
  lacks: ['${password}'],
})
const tooLarge: Expectation = { status: 413, body: { $exactly: { error: '$text' } } }
const wait = { 'retry-after': { $match: '^[1-9]\\d*$' } }
const invalid = refused(422, 'Invalid json provided')
const unauthorized = refused(401, 'Unauthorized')
const badRefresh = refused(401, 'Unable to verify token: Refresh token might be expired or invalid')

const id: Matcher = { $match: '^[0-9a-f]{24}$' }
const common = { authorized: true, user_id: id, iat: '$integer', exp: '$integer', jti: '$text', sid: '$text' }
const jwt = (claims: { readonly [name: string]: Matcher }, lifetime: number): Matcher => ({
  $jwt: { header: { alg: 'HS256' }, claims: { ...common, ...claims }, lifetime },
})
const access = jwt({ access_uuid: '$text', refresh_uuid: '$absent' }, 900)
const renewing = jwt({ refresh_uuid: '$text', access_uuid: '$absent' }, 604_800)
const loggedIn: Expectation = {
  status: 200,
  headers: unstored,
  body: {
    $exactly: { acc_token: access, ref_token: renewing, access_token: access, refresh_token: renewing },
  },
  lacks: ['${password}'],
}
const refreshed: Expectation = {
  status: 200,
  headers: unstored,
  body: { $exactly: { access_token: access, refresh_token: renewing } },
}
const shown = (written: { readonly [name: string]: Matcher } = {}): Expectation => ({
  status: 200,
  headers: unstored,
  body: {
    $exactly: {
      userid: id,
      user_id: id,
      username: '${username}',
      first_name: '',
      last_name: '',
      pict_link: '',
      picture_link: '',
      ...written,
    },
  },
})
const begin = [
  { ...signUp, expect: says('Successfully inserted') },
  { ...logIn, expect: loggedIn, save },
]

const unfit: readonly Value[] = [
  { first_name: 7 },
  { pict_link: 'javascript:alert(1)' },
  { picture_link: ' Data:text/html,x' },
  { pict_link: 'a\nb' },
  { pict_link: `/${'x'.repeat(2048)}` },
]

export const loginJwtTranscript: Transcript = {
  contract: 'login-jwt',
  settings: { contracts: 'login-jwt' },
  scenes: [
    {
      title: 'a sign-up makes an account and signs nobody in; a log-in gives a pair in both spellings',
      values: who,
      steps: [
        { ...signUp, expect: says('Successfully inserted') },
        {
          ...logIn,
          expect: loggedIn,
          save: {
            access: '/acc_token',
            same: '/access_token',
            refresh: '/ref_token',
            again: '/refresh_token',
          },
        },
        { ...profile, expect: shown(), save: { id: '/userid' } },
        {
          says: 'Two names, one token.',
          ...profile,
          bearer: '${same}',
          expect: shown({ userid: '${id}', user_id: '${id}' }),
        },
        { ...refresh, json: { refresh_token: '${again}' }, expect: refreshed },
        { ...refresh, expect: unauthorized },
      ],
    },
    {
      title: 'what is no account is refused alike, whatever is wrong with it',
      values: who,
      steps: [
        { send: 'POST /signup', raw: '{"username":', expect: invalid },
        { send: 'POST /signup', json: ['${username}', '${password}'], expect: invalid },
        { send: 'POST /signup', json: { username: '${username}' }, expect: invalid },
        { send: 'POST /signup', json: { password: '${password}' }, expect: invalid },
        { send: 'POST /signup', json: { ...account, username: '' }, expect: invalid },
        { send: 'POST /signup', json: { ...account, password: '' }, expect: invalid },
        { send: 'POST /signup', json: { ...account, username: 7 }, expect: invalid },
        { send: 'POST /signup', json: { ...account, username: 'x'.repeat(256) }, expect: invalid },
        { send: 'POST /signup', json: { ...account, password: 'x'.repeat(1025) }, expect: invalid },
        { send: 'POST /signup', expect: invalid },
        { send: 'POST /login', raw: 'username=ada', expect: invalid },
        { send: 'POST /login', json: { ...account, password: null }, expect: invalid },
        { send: 'POST /login', json: { username: '', password: '' }, expect: invalid },
      ],
    },
    {
      title: 'JSON is read whatever the content type says, and members that nobody knows are ignored',
      values: who,
      steps: [
        {
          send: 'POST /signup',
          headers: { 'content-type': 'text/plain' },
          raw: '{"username":"${username}","password":"${password}","role":"admin"}',
          expect: says('Successfully inserted'),
        },
        { ...logIn, headers: { 'content-type': 'application/x-www-form-urlencoded' }, expect: loggedIn },
      ],
    },
    {
      title: 'a name is taken once, in the letters that it was written with',
      values: { ...who, composed: 'Zoe\u0301-${unique}', decomposed: 'Zoé-${unique}' },
      steps: [
        { ...signUp, expect: says('Successfully inserted') },
        { ...signUp, expect: refused(409, 'Username has been used') },
        {
          send: 'POST /signup',
          json: { username: '${username|lower}', password: '${password}' },
          expect: says('Successfully inserted'),
        },
        {
          send: 'POST /signup',
          json: { username: '${composed}', password: '${password}' },
          expect: says('Successfully inserted'),
        },
        {
          send: 'POST /signup',
          json: { username: '${decomposed}', password: '${password}' },
          expect: refused(409, 'Username has been used'),
        },
      ],
    },
    {
      title: 'of two sign-ups at once with one name one succeeds',
      values: who,
      departs: 'Its database has no unique index, so that both may.',
      steps: [
        {
          together: signUp,
          times: 2,
          expect: [
            { ...says('Successfully inserted'), count: 1 },
            { ...refused(409, 'Username has been used'), count: 1 },
          ],
        },
        { ...logIn, expect: loggedIn },
      ],
    },
    {
      title: 'a wrong password and an unknown user are answered alike',
      values: who,
      departs: 'It answers 500 for an unknown user, which tells who has an account.',
      steps: [
        { ...signUp, expect: says('Successfully inserted') },
        { ...logIn, json: { ...account, password: 'wrong' }, expect: refused(401, 'Invalid Credentials') },
        {
          ...logIn,
          json: { ...account, username: 'nobody-${unique}' },
          expect: refused(401, 'Invalid Credentials'),
        },
      ],
    },
    {
      title: 'a log-out ends the session for both of its tokens, and no other session',
      values: who,
      departs: 'Its log-out ends the access token alone, and its profile service does not look.',
      steps: [
        ...begin,
        { ...logIn, expect: loggedIn, save: { other: '/acc_token' } },
        { ...logOut, expect: says('Successfully logged out') },
        { ...profile, expect: unauthorized },
        { ...refresh, expect: unauthorized },
        { ...logOut, expect: refused(401, 'Unauthorized: You are not logged in') },
        { ...profile, bearer: '${other}', expect: shown() },
      ],
    },
    {
      title: 'whoever sends no good access token is unauthorized, before anybody reads a body',
      values: who,
      steps: [
        ...begin,
        { send: 'GET /profile', expect: unauthorized },
        { send: 'POST /logout', expect: unauthorized },
        { send: 'POST /profile', raw: '{', expect: unauthorized },
        { ...profile, bearer: 'abc', expect: unauthorized },
        { ...profile, bearer: '${access|tampered}', expect: unauthorized },
        { ...profile, bearer: '${access|unsigned}', expect: unauthorized },
        { ...logOut, bearer: '${access|tampered}', expect: unauthorized },
        { send: 'GET /profile', headers: { authorization: 'Basic ${access}' }, expect: unauthorized },
        { send: 'GET /profile', headers: { authorization: 'Bearer' }, expect: unauthorized },
        { send: 'GET /profile', headers: { authorization: 'bearer   ${access}' }, expect: shown() },
      ],
    },
    {
      title: 'neither kind of token stands in for the other',
      values: who,
      steps: [
        ...begin,
        { ...profile, bearer: '${refresh}', expect: unauthorized },
        { ...logOut, bearer: '${refresh}', expect: unauthorized },
        { ...refresh, json: { refresh_token: '${access}' }, expect: badRefresh },
        { ...refresh, expect: refreshed },
      ],
    },
    {
      title: 'a refresh gives a new pair on both paths, and a token that comes back later ends the session',
      values: who,
      steps: [
        ...begin,
        { ...refresh, expect: refreshed, save: { second: '/refresh_token' } },
        {
          says: 'The same request once more at once is refused, and nothing else happens.',
          ...refresh,
          expect: unauthorized,
        },
        {
          send: 'POST /token/refresh',
          json: { refresh_token: '${second}' },
          expect: refreshed,
          save: { access: '/access_token', third: '/refresh_token' },
        },
        { ...profile, expect: shown() },
        { advance: 11 },
        { ...refresh, expect: unauthorized },
        { send: 'POST /token/refresh', json: { refresh_token: '${third}' }, expect: unauthorized },
        { ...profile, expect: unauthorized },
      ],
    },
    {
      title: 'of two refreshes at once one succeeds',
      values: who,
      steps: [
        ...begin,
        {
          together: refresh,
          times: 2,
          expect: [
            { ...refreshed, count: 1, save: { access: '/access_token' } },
            { ...unauthorized, count: 1 },
          ],
        },
        { ...profile, expect: shown() },
      ],
    },
    {
      title: 'a refresh without a good refresh token says what is wrong',
      values: who,
      steps: [
        ...begin,
        { advance: 11 },
        { send: 'POST /refresh/token', json: {}, expect: invalid },
        { send: 'POST /refresh/token', raw: '{', expect: invalid },
        { send: 'POST /token/refresh', json: { refresh_token: 7 }, expect: invalid },
        { send: 'POST /refresh/token', json: { refresh_token: 'abc' }, expect: badRefresh },
        { send: 'POST /token/refresh', json: { refresh_token: '${refresh|tampered}' }, expect: badRefresh },
        { send: 'POST /refresh/token', json: { refresh_token: '${refresh|unsigned}' }, expect: badRefresh },
      ],
    },
    {
      title: 'an access token is good for fifteen minutes, a refresh token for seven days',
      values: who,
      departs:
        'Its refresh tokens carry the fifteen minutes of access tokens, though it keeps them seven days.',
      steps: [
        ...begin,
        { advance: 899 },
        { ...profile, expect: shown() },
        { advance: 1 },
        { ...profile, expect: unauthorized },
        { ...logOut, expect: unauthorized },
        { advance: 600_000 },
        { ...refresh, expect: refreshed, save: { access: '/access_token', refresh: '/refresh_token' } },
        { ...profile, expect: shown() },
        { advance: 604_800 },
        { ...refresh, expect: badRefresh },
      ],
    },
    {
      title: 'what is written to a profile is added to what is there, and the log-in name stays',
      values: who,
      departs: 'It has no profile before the first POST, and fails at the second.',
      steps: [
        ...begin,
        {
          send: 'POST /profile',
          bearer: '${access}',
          json: {
            username: 'Countess',
            first_name: 'Ada',
            pict_link: 'http://img.example/a.png',
            picture_link: '/b',
          },
          expect: says('Successfully inserted profile'),
        },
        {
          send: 'POST /profile',
          bearer: '${access}',
          json: { last_name: 'Lovelace', userid: 'mine', nobody: true },
          expect: says('Successfully inserted profile'),
        },
        {
          ...profile,
          expect: shown({
            username: 'Countess',
            first_name: 'Ada',
            last_name: 'Lovelace',
            pict_link: 'http://img.example/a.png',
            picture_link: 'http://img.example/a.png',
          }),
        },
        {
          send: 'POST /profile',
          bearer: '${access}',
          json: { picture_link: 'pictures/c.png', username: '', first_name: '' },
          expect: says('Successfully inserted profile'),
        },
        {
          ...profile,
          expect: shown({
            last_name: 'Lovelace',
            pict_link: 'pictures/c.png',
            picture_link: 'pictures/c.png',
          }),
        },
        { ...logIn, expect: loggedIn },
        { ...logIn, json: { ...account, username: 'Countess' }, expect: refused(401, 'Invalid Credentials') },
      ],
    },
    {
      title: 'a profile takes texts, and no picture that a browser would run',
      values: who,
      steps: [
        ...begin,
        ...unfit.map((json) => ({ send: 'POST /profile', bearer: '${access}', json, expect: invalid })),
        { send: 'POST /profile', bearer: '${access}', raw: '[]', expect: invalid },
        { ...profile, expect: shown() },
      ],
    },
    {
      title: 'whoever guesses is told to wait, with the right password too',
      values: who,
      departs: 'It lets everybody guess.',
      steps: [
        { ...signUp, expect: says('Successfully inserted') },
        {
          together: { ...logIn, json: { ...account, password: 'wrong' } },
          times: 12,
          expect: [
            { ...refused(401, 'Invalid Credentials'), count: { from: 1, to: 10 } },
            { ...refused(429, '$text'), headers: wait, count: { from: 2, to: 11 } },
          ],
        },
        { ...logIn, expect: { ...refused(429, '$text'), headers: wait } },
      ],
    },
    {
      title: 'what is not there, and what is too large, is said in the same shape',
      values: who,
      steps: [
        { send: 'GET /profile/nothing', expect: refused(404, '$text') },
        {
          send: 'GET /login',
          expect: { ...refused(405, '$text'), headers: { allow: { $contains: 'POST' } } },
        },
        {
          send: 'POST /login',
          json: { ...account, password: 'x'.repeat(66_000) },
          expect: tooLarge,
        },
      ],
    },
  ],
}
