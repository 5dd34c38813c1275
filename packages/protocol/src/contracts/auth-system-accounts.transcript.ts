// Auth-system's transcript: what is asked of members, one's own profile, phone numbers, and users for administrators.
import type { Exchange, Matcher, Scene, Step } from '../transcript.js'
import {
  credentials,
  denied,
  done,
  inside,
  logIn,
  mine,
  profile,
  refresh,
  refused,
  register,
  signedIn,
  taken,
  unknown,
  user,
  who,
  wrong,
  wrongIn,
  wrongLogIn,
} from './auth-system-words.transcript.js'

const newer = { ...who, newer: 'a window above the elm' }
const change = (json: Exchange['json']) => ({ send: 'POST /profile/password', json })
const nobody = refused(401, 'Not authenticated')
const noUser = refused(404, 'User not found')
const boss = { email: 'boss-${unique}@example.com', password: '${password}' }
/** An administrator in a browser of their own, called boss; `id` is still whose it was. */
const admin: readonly Step[] = [
  { ...register, json: boss, expect: { status: 200, body: { email: boss.email } } },
  { admin: { act: 'confirm', user: boss.email } },
  { admin: { act: 'grant', user: boss.email, role: 'admin' } },
  {
    ...logIn,
    client: 'boss',
    form: { username: boss.email, password: '${password}' },
    expect: {
      status: 200,
      body: { token_type: 'bearer', access_token: '$jwt', refresh_token: '$jwt' },
      cookies: '$any',
    },
  },
]
const one = { send: 'GET /users/${id}' }
const edit = { send: 'PATCH /users/${id}' }
const stranger: readonly Step[] = [
  {
    ...register,
    json: { email: 'eve-${unique}@example.com', password: '${password}' },
    expect: { status: 200, body: { is_active: false } },
  },
  { admin: { act: 'confirm', user: 'eve-${unique}@example.com' } },
  {
    ...logIn,
    client: 'eve',
    form: { username: 'eve-${unique}@example.com', password: '${password}' },
    expect: { status: 200, body: { token_type: 'bearer' }, cookies: '$any' },
  },
]
const anyone: Matcher = {
  $exactly: {
    $including: {
      id: '$integer',
      email: '$text',
      is_active: '$boolean',
      role: '$text',
      phone_verified: '$boolean',
    },
  },
}

export const accountScenes: readonly Scene[] = [
  {
    title: 'what is wrong with a member stands in FastAPI’s list',
    values: { ...who, long: 'x'.repeat(1025) },
    steps: [
      {
        ...register,
        json: { email: '${email}' },
        expect: {
          ...wrong('password'),
          body: {
            $exactly: {
              detail: [{ loc: ['body', 'password'], msg: 'field required', type: 'value_error.missing' }],
            },
          },
        },
      },
      { ...register, json: { password: '${password}' }, expect: wrong('email') },
      { ...register, json: { email: 'ada', password: '${password}' }, expect: wrong('email') },
      { ...register, json: { email: 'a@b@c.d', password: '${password}' }, expect: wrong('email') },
      { ...register, json: { email: '${email}', password: 7 }, expect: wrong('password') },
      { ...register, json: { email: '${email}', password: '' }, expect: wrong('password') },
      { ...register, json: { email: '${email}', password: '${long}' }, expect: wrong('password') },
      {
        ...register,
        json: { email: '${email}', password: '${password}', password2: '${wrong}' },
        expect: wrong('password'),
      },
      { send: 'POST /register-verify', json: { email: '${email}' }, expect: wrong('access_token') },
      { ...logIn, form: { username: '${email}' }, expect: wrong('password') },
      { ...logIn, form: { password: '${password}' }, expect: wrong('username') },
      { ...logIn, form: { username: '${email}', password: '' }, expect: wrong('password') },
      {
        send: 'POST /register',
        raw: '{"email":',
        expect: refused(422, [{ loc: ['body'], msg: '$text', type: 'value_error.jsondecode' }]),
      },
      {
        send: 'POST /token',
        json: credentials,
        expect: refused(422, [
          {
            loc: ['body'],
            msg: 'Send application/x-www-form-urlencoded or multipart/form-data, in UTF-8.',
            type: 'value_error.jsondecode',
          },
        ]),
      },
      { send: 'GET /nowhere-at-all', expect: refused(404, 'Not Found') },
      {
        send: 'GET /register-verify',
        expect: refused(405, 'Method Not Allowed', { headers: { allow: 'POST, OPTIONS' } }),
      },
      {
        says: 'One character is enough for a password here.',
        ...register,
        json: { email: '${email}', password: 'x' },
        expect: { status: 200, body: { email: '${email}', is_active: false } },
      },
    ],
  },
  {
    title: 'people change their own name and password, and the other sessions end with the old one',
    values: newer,
    steps: [
      ...inside,
      { ...logIn, client: 'phone', expect: signedIn },
      {
        send: 'PATCH /profile',
        json: { name: 'Ada L.', role: 'admin', is_active: false },
        expect: { status: 200, body: { $exactly: { ...user, name: 'Ada L.' } } },
      },
      { send: 'PATCH /profile', json: {}, expect: { status: 200, body: { name: 'Ada L.' } } },
      { send: 'PATCH /profile', json: { name: 7 }, expect: wrong('name') },
      { send: 'PATCH /profile', client: 'nobody', json: {}, expect: nobody },
      {
        ...change({ old_password: '${wrong}', new_password: '${newer}' }),
        expect: refused(400, 'Incorrect password'),
      },
      { ...change({ old_password: '${password}' }), expect: wrong('new_password') },
      { ...change({ new_password: '${newer}' }), expect: wrong('old_password') },
      {
        ...change({ old_password: '${password}', new_password: '${newer}' }),
        client: 'nobody',
        expect: nobody,
      },
      { ...change({ old_password: '${password}', new_password: '${newer}' }), expect: done },
      { ...profile, expect: { status: 200, body: { name: 'Ada L.' } } },
      { ...profile, client: 'phone', expect: unknown },
      { ...logIn, client: 'phone', expect: wrongLogIn },
      {
        ...logIn,
        client: 'phone',
        form: { ...credentials, password: '${newer}' },
        expect: { ...signedIn, lacks: ['${newer}'] },
      },
    ],
  },
  {
    title: 'a phone number is proven by the six digits that were sent to it, for five minutes',
    values: { ...who, phone: '+82102${unique|digits}' },
    steps: [
      ...inside,
      { send: 'POST /phone/start', json: {}, expect: wrong('phone') },
      { send: 'POST /phone/start', json: { phone: 'nonsense' }, expect: wrong('phone') },
      { send: 'POST /phone/start', client: 'nobody', json: { phone: '${phone}' }, expect: nobody },
      {
        send: 'POST /phone/start',
        json: { phone: '${phone}' },
        expect: { status: 202, body: { $exactly: { detail: 'Code sent' } } },
      },
      { mail: { to: '${phone}', save: { code: '\\b(\\d{6})\\b' } } },
      {
        send: 'POST /phone/verify',
        json: { phone: '${phone}', code: 'x' },
        expect: refused(400, 'Code is wrong or expired'),
      },
      {
        send: 'POST /phone/verify',
        json: { phone: '+821098765432', code: '${code}' },
        expect: refused(400, 'Code is wrong or expired'),
      },
      { send: 'POST /phone/verify', json: { phone: '${phone}' }, expect: wrong('code') },
      { advance: 240 },
      {
        send: 'POST /phone/verify',
        json: { phone: '${phone}', code: '${code}' },
        expect: { status: 200, body: { $exactly: { phone: '${phone}', phone_verified: true } } },
      },
      { ...profile, expect: { status: 200, body: { phone: '${phone}', phone_verified: true } } },
      {
        send: 'POST /phone/verify',
        json: { phone: '${phone}', code: '${code}' },
        expect: refused(400, 'Code is wrong or expired'),
      },
    ],
  },
  {
    title: 'a code for a phone number is dead after five minutes, and after five wrong ones',
    values: { ...who, phone: '+82102${unique|digits}' },
    steps: [
      ...inside,
      {
        send: 'POST /phone/start',
        json: { phone: '${phone}' },
        expect: { status: 202, body: { detail: 'Code sent' } },
      },
      { mail: { to: '${phone}', save: { code: '\\b(\\d{6})\\b' } } },
      { advance: 301 },
      { send: 'POST /refresh', expect: { status: 200, body: { token_type: 'bearer' }, cookies: '$any' } },
      {
        send: 'POST /phone/verify',
        json: { phone: '${phone}', code: '${code}' },
        expect: refused(400, 'Code is wrong or expired'),
      },
      {
        send: 'POST /phone/start',
        json: { phone: '${phone}' },
        expect: { status: 202, body: { detail: 'Code sent' } },
      },
      { mail: { to: '${phone}', save: { code: '\\b(\\d{6})\\b' } } },
      ...Array.from(
        { length: 5 },
        (): Step => ({
          send: 'POST /phone/verify',
          json: { phone: '${phone}', code: 'x' },
          expect: refused(400, 'Code is wrong or expired'),
        }),
      ),
      {
        send: 'POST /phone/verify',
        json: { phone: '${phone}', code: '${code}' },
        expect: refused(400, 'Code is wrong or expired'),
      },
    ],
  },
  {
    title: 'administrators list, make, change and delete users',
    values: { ...who, made: 'made-${unique}@example.com' },
    steps: [
      ...inside,
      ...admin,
      {
        send: 'GET /users?skip=0&limit=2',
        client: 'boss',
        expect: { status: 200, body: { $each: anyone, atLeast: 2, atMost: 2 } },
      },
      {
        send: 'GET /users?skip=1&limit=1',
        client: 'boss',
        expect: { status: 200, body: { $each: anyone, atLeast: 1, atMost: 1 } },
      },
      { send: 'GET /users', client: 'boss', expect: { status: 200, body: { $each: anyone, atLeast: 2 } } },
      { send: 'GET /users?limit=101', client: 'boss', expect: wrongIn('query', 'limit') },
      { send: 'GET /users?skip=x', client: 'boss', expect: wrongIn('query', 'skip') },
      {
        send: 'POST /users',
        client: 'boss',
        json: { email: '${made}', password: '${password}', name: 'Made' },
        expect: { status: 201, body: { $exactly: { ...user, email: '${made}', name: 'Made' } } },
        save: { madeId: '/id' },
      },
      {
        send: 'POST /users',
        client: 'boss',
        json: { email: '${made}', password: '${password}' },
        expect: taken,
      },
      { send: 'POST /users', client: 'boss', json: { email: '${made}' }, expect: wrong('password') },
      {
        says: 'Who was made by an administrator gets in at once.',
        ...logIn,
        client: 'made',
        form: { username: '${made}', password: '${password}' },
        expect: { status: 200, body: { token_type: 'bearer' }, cookies: '$any' },
      },
      { ...one, client: 'boss', expect: mine },
      {
        ...edit,
        client: 'boss',
        json: { name: 'Ada B.', role: 'admin' },
        expect: { status: 200, body: { name: 'Ada B.', role: 'admin' } },
      },
      { ...edit, client: 'boss', json: { role: 'user' }, expect: { status: 200, body: { role: 'user' } } },
      { ...edit, client: 'boss', json: { role: 'magician' }, expect: wrong('role') },
      { ...edit, client: 'boss', json: { is_active: 'no' }, expect: wrong('is_active') },
      { ...edit, client: 'boss', json: { email: '${made}' }, expect: taken },
      {
        says: 'Out at once, and told no more than anybody.',
        ...edit,
        client: 'boss',
        json: { is_active: false },
        expect: { status: 200, body: { is_active: false } },
      },
      { ...profile, expect: unknown },
      { ...refresh, client: 'another', expect: unknown },
      { ...logIn, client: 'another', expect: wrongLogIn },
      {
        ...edit,
        client: 'boss',
        json: { is_active: true },
        expect: { status: 200, body: { is_active: true } },
      },
      { ...logIn, client: 'another', expect: { ...signedIn, body: { token_type: 'bearer' } } },
      { send: 'DELETE /users/${madeId}', client: 'boss', expect: done },
      { ...profile, client: 'made', expect: unknown },
      { send: 'GET /users/${madeId}', client: 'boss', expect: noUser },
      { send: 'DELETE /users/987654321', client: 'boss', expect: noUser },
      { send: 'PATCH /users/987654321', client: 'boss', json: { name: 'x' }, expect: noUser },
      { send: 'GET /users/nobody', client: 'boss', expect: noUser },
    ],
  },
  {
    title: 'others see and change themselves alone, and neither role nor activity',
    values: who,
    steps: [
      ...inside,
      ...stranger,
      { ...one, expect: mine },
      {
        ...edit,
        json: { name: 'Ada C.' },
        expect: { status: 200, body: { name: 'Ada C.', role: 'user', is_active: true } },
      },
      { ...edit, json: { role: 'admin' }, expect: denied },
      { ...edit, json: { is_active: false }, expect: denied },
      { ...one, client: 'eve', expect: denied },
      { ...edit, client: 'eve', json: { name: 'Eve' }, expect: denied },
      { send: 'DELETE /users/${id}', expect: denied },
      { send: 'GET /users', expect: denied },
      {
        send: 'POST /users',
        json: { email: 'x-${unique}@example.com', password: '${password}' },
        expect: denied,
      },
      { send: 'GET /users', client: 'nobody', expect: nobody },
      { ...one, client: 'nobody', expect: nobody },
      { send: 'DELETE /users/${id}', client: 'nobody', expect: nobody },
      { ...profile, expect: { status: 200, body: { name: 'Ada C.', is_active: true } } },
    ],
  },
]
