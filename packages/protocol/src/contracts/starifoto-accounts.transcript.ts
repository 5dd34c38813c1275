// StariFoto's transcript: what is asked of members, passwords, and what administrators do.
import type { Expectation, Scene, Step } from '../transcript.js'
import {
  changed,
  denied,
  done,
  failed,
  failedForGood,
  inside,
  known,
  logIn,
  me,
  refresh,
  refused,
  signedIn,
  signUp,
  who,
} from './starifoto-words.transcript.js'

const short = 'Password must be between 8 and 255 characters'
const notBase64 = 'Password is not valid base64'
const contains = (...sentences: string[]): Expectation =>
  refused(400, { $match: `^${sentences.map((sentence) => `(?=.*${sentence})`).join('')}.*$` })
const withPassword = (password: string) => ({ username: 'Ada', email: '${email}', password })

const reset: readonly Step[] = [
  { send: 'POST /api/auth/password/reset', json: { email: '${email}' }, expect: done },
  { mail: { to: '${email}', save: { token: '/reset-password\\?token=([\\w.~-]+)' } } },
]
const confirmReset = {
  send: 'POST /api/auth/password/reset/confirm',
  json: { token: '${token}', password: '${newer|base64}' },
}
const newer = { ...who, newer: 'a window above the elm' }
const logInNew = { ...logIn, json: { email: '${email}', password: '${newer|base64}' } }
export const accountScenes: readonly Scene[] = [
  {
    title: 'a sign-up is told everything that is wrong with it',
    values: { ...who, long: 'x'.repeat(256), longest: 'x'.repeat(255) },
    steps: [
      {
        ...signUp,
        json: {},
        expect: contains('Username is required', 'Password is required', 'Email is required'),
      },
      {
        ...signUp,
        json: { username: ' ', email: '', password: 'YQ==' },
        expect: contains('Username is required', short, 'Email is required'),
      },
      {
        ...signUp,
        json: { username: 'Ada', email: 'ada', password: '${password|base64}' },
        expect: refused(400, 'Email is not valid'),
      },
      {
        ...signUp,
        json: { username: 'Ada', email: 'a@b@c.d', password: '${password|base64}' },
        expect: refused(400, 'Email is not valid'),
      },
      {
        ...signUp,
        json: { ...withPassword('${password|base64}'), username: 7 },
        expect: refused(400, 'Username is required'),
      },
      { ...signUp, json: withPassword('YWJjZGVmZw=='), expect: refused(400, short) },
      { ...signUp, json: withPassword('${long|base64}'), expect: refused(400, short) },
      { ...signUp, json: withPassword('${longest|base64}'), expect: done },
    ],
  },
  {
    title: 'a password that is no base64 is refused and breaks nothing',
    values: who,
    departs: 'The original answers 500.',
    steps: [
      ...known,
      ...['a door', 'YWJjZGVmZ2g', 'YWJjZGVmZ2g=='].flatMap((password): Step[] =>
        password === 'YWJjZGVmZ2g'
          ? [
              {
                says: 'Padding may be missing.',
                ...logIn,
                json: { email: '${email}', password },
                expect: refused(403, 'Authentication failed'),
              },
            ]
          : [
              { ...logIn, json: { email: '${email}', password }, expect: refused(400, notBase64) },
              { ...signUp, json: withPassword(password), expect: refused(400, notBase64) },
            ],
      ),
      { ...logIn, json: { email: '${email}' }, expect: refused(400, 'Password is required') },
      { ...logIn, json: { password: '${password|base64}' }, expect: refused(400, 'Email is required') },
    ],
  },
  {
    title: 'a password in Latin-1, as btoa writes it, is the same as in UTF-8',
    values: { ...who, password: 'grünes Tor am See' },
    steps: [
      ...known,
      { ...logIn, json: { email: '${email}', password: 'Z3L8bmVzIFRvciBhbSBTZWU=' }, expect: signedIn },
      { ...logIn, expect: signedIn },
    ],
  },
  {
    title: 'a forgotten password is set anew once, and every session ends',
    values: newer,
    steps: [
      ...inside,
      {
        send: 'POST /api/auth/password/reset',
        json: { email: 'nobody-${unique}@example.com' },
        expect: done,
      },
      {
        send: 'POST /api/auth/password/reset',
        json: { email: 'nobody' },
        expect: refused(400, 'Email is not valid'),
      },
      ...reset,
      { ...confirmReset, json: { token: '${token}', password: 'YQ==' }, expect: refused(400, short) },
      { ...confirmReset, json: { password: '${newer|base64}' }, expect: refused(400, 'Token is required') },
      { ...confirmReset, expect: done },
      { ...confirmReset, expect: refused(404, 'Token not found') },
      { ...me, expect: failed },
      { ...refresh, expect: failedForGood },
      { ...logIn, expect: refused(403, 'Authentication failed') },
      { ...logInNew, expect: signedIn },
      ...reset,
      { advance: 721 * 60 },
      { ...confirmReset, expect: refused(404, 'Token not found') },
    ],
  },
  {
    title: 'people change their own name and password, and the other sessions end with the old one',
    values: newer,
    steps: [
      ...inside,
      { ...logIn, client: 'phone', expect: signedIn },
      { send: 'PATCH /api/user/me/account', json: { username: 'Ada L.' }, expect: changed },
      { ...me, expect: { status: 200, body: { username: 'Ada L.' } } },
      { send: 'PATCH /api/user/me/account', json: {}, expect: refused(400, 'Username is required') },
      { send: 'PATCH /api/user/me/account', client: 'nobody', json: { username: 'Eve' }, expect: denied },
      {
        send: 'PATCH /api/user/me/password',
        json: { oldPassword: '${wrong|base64}', newPassword: '${newer|base64}' },
        expect: refused(400, 'Wrong password'),
      },
      {
        send: 'PATCH /api/user/me/password',
        json: { newPassword: '${newer|base64}' },
        expect: refused(400, '$text'),
      },
      {
        send: 'PATCH /api/user/me/password',
        json: { oldPassword: '${password|base64}', newPassword: 'YQ==' },
        expect: refused(400, short),
      },
      {
        send: 'PATCH /api/user/me/password',
        json: { oldPassword: 'a', newPassword: '${newer|base64}' },
        expect: refused(400, notBase64),
      },
      {
        send: 'PATCH /api/user/me/password',
        json: { oldPassword: '${password|base64}', newPassword: '${newer|base64}' },
        expect: changed,
      },
      { ...me, expect: { status: 200, body: { username: 'Ada L.' } } },
      { ...me, client: 'phone', expect: failed },
      {
        ...logInNew,
        client: 'phone',
        expect: { status: 200, body: { accessToken: '$jwt' }, cookies: '$any' },
      },
    ],
  },
  {
    title: 'anybody sees who somebody is, and no more',
    values: who,
    steps: [
      ...inside,
      {
        send: 'GET /api/user/${id}',
        client: 'nobody',
        expect: { status: 200, body: { $exactly: { id: '${id}', username: 'Ada', createdAt: '$time' } } },
      },
      {
        send: 'GET /api/user/987654321',
        client: 'nobody',
        expect: refused(404, 'User not found. Id: 987654321'),
      },
    ],
  },
]
