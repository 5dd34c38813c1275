// StariFoto's transcript: moderators, disabled users and changed roles.
import type { Matcher, Scene, Step } from '../transcript.js'
import {
  accessToken,
  changed,
  denied,
  done,
  failed,
  failedForGood,
  inside,
  logIn,
  me,
  refresh,
  refused,
  renewed,
  signedIn,
  signUp,
  user,
  who,
} from './starifoto-words.transcript.js'

const full: Matcher = {
  ...user,
  id: '$integer',
  username: '$text',
  email: '$text',
  roles: { $each: { $exactly: { id: '$integer', name: '$text' } } },
}
const all = { send: 'GET /api/user/all?page=0&size=2' }
const put = { send: 'PUT /api/user/${id}', client: 'staff' }

/** A moderator in a browser of their own, called staff; `id` is still whom they act on. */
const staff: readonly Step[] = [
  {
    ...signUp,
    json: { username: 'Mo', email: 'mo-${unique}@example.com', password: '${password|base64}' },
    expect: done,
  },
  { admin: { act: 'confirm', user: 'mo-${unique}@example.com' } },
  { admin: { act: 'grant', user: 'mo-${unique}@example.com', role: 'moderator' } },
  {
    ...logIn,
    client: 'staff',
    json: { email: 'mo-${unique}@example.com', password: '${password|base64}' },
    expect: {
      status: 200,
      body: {
        user: {
          roles: [
            { id: 1, name: 'User' },
            { id: 2, name: 'Moderator' },
          ],
        },
      },
      cookies: '$any',
    },
  },
]

export const staffScenes: readonly Scene[] = [
  {
    title: 'a disabled user is out with the next request',
    values: who,
    steps: [
      ...inside,
      ...staff,
      {
        send: 'PATCH /api/user/${id}/is-enabled',
        client: 'staff',
        json: {},
        expect: refused(400, 'isEnabled is required'),
      },
      {
        send: 'PATCH /api/user/${id}/is-enabled',
        client: 'staff',
        json: { isEnabled: false },
        expect: changed,
      },
      { ...me, expect: failed },
      { ...refresh, expect: failedForGood },
      { ...logIn, expect: refused(403, 'User is disabled') },
      {
        ...logIn,
        json: { email: '${email}', password: '${wrong|base64}' },
        expect: refused(403, 'Authentication failed'),
      },
      {
        send: 'PATCH /api/user/${id}/is-enabled',
        client: 'staff',
        json: { isEnabled: true },
        expect: changed,
      },
      { ...logIn, expect: signedIn },
    ],
  },
  {
    title: 'changed roles are 403 until the next refresh, and then stand in the token',
    values: who,
    steps: [
      ...inside,
      { ...all, expect: denied },
      { admin: { act: 'grant', user: '${email}', role: 'moderator' } },
      { ...me, expect: failed },
      {
        ...refresh,
        expect: {
          ...renewed,
          body: {
            accessToken: accessToken(['ROLE_USER', 'ROLE_MODERATOR']),
            user: {
              roles: [
                { id: 1, name: 'User' },
                { id: 2, name: 'Moderator' },
              ],
            },
          },
        },
      },
      { ...all, expect: { status: 200, body: { size: 2 } } },
      { admin: { act: 'revoke', user: '${email}', role: 'moderator' } },
      { ...all, expect: failed },
      { ...refresh, expect: renewed },
      { ...all, expect: denied },
    ],
  },
  {
    title: 'moderators see users by page and write them; others do not',
    values: who,
    steps: [
      ...inside,
      ...staff,
      {
        ...all,
        client: 'staff',
        expect: {
          status: 200,
          body: {
            content: { $each: { $exactly: full }, atLeast: 2, atMost: 2 },
            totalElements: '$integer',
            totalPages: '$integer',
            size: 2,
            number: 0,
            numberOfElements: 2,
            first: true,
            last: '$boolean',
            empty: false,
          },
        },
      },
      {
        send: 'GET /api/user/all?page=1000&size=2',
        client: 'staff',
        expect: { status: 200, body: { content: [], empty: true, number: 1000, first: false } },
      },
      ...[
        ['size=x', 'size must be a whole number'],
        ['size=101', 'size must be at most 100'],
        ['page=-1', 'page must be at least 0'],
      ].map(
        ([query, message]): Step => ({
          send: `GET /api/user/all?${query}`,
          client: 'staff',
          expect: refused(400, message!),
        }),
      ),
      {
        send: 'GET /api/user/role/all',
        client: 'staff',
        expect: { status: 200, body: [1, 2, 3].map((id) => ({ $exactly: { id, name: '$text' } })) },
      },
      { send: 'GET /api/user/role/all', expect: denied },
      { send: 'GET /api/user/role/all', client: 'nobody', expect: denied },
      {
        ...put,
        json: { username: 'Ada B.', email: '${email}', rolesIds: [1] },
        expect: {
          status: 200,
          body: { id: '${id}', username: 'Ada B.', email: '${email}', roles: [{ id: 1, name: 'User' }] },
        },
      },
      {
        ...put,
        json: { username: 'Ada', email: '${email}', rolesIds: [] },
        expect: refused(400, 'Roles are required'),
      },
      { ...put, json: { username: 'Ada', email: '${email}' }, expect: refused(400, 'Roles are required') },
      {
        ...put,
        json: { username: 'Ada', email: '${email}', rolesIds: [1, 9] },
        expect: refused(400, 'Some roles not found'),
      },
      {
        ...put,
        send: 'PUT /api/user/987654321',
        json: { username: 'Ada', email: '${email}', rolesIds: [1] },
        expect: refused(400, 'User not found'),
      },
      {
        send: 'PUT /api/user/${id}',
        json: { username: 'Ada', email: '${email}', rolesIds: [2] },
        expect: denied,
      },
      { send: 'PATCH /api/user/${id}/is-enabled', json: { isEnabled: false }, expect: denied },
      {
        send: 'PATCH /api/user/987654321/is-enabled',
        client: 'staff',
        json: { isEnabled: false },
        expect: refused(400, 'User not found'),
      },
      {
        says: 'A changed address makes old tokens 403.',
        ...put,
        json: { username: 'Ada', email: 'new-${unique}@example.com', rolesIds: [1] },
        expect: { status: 200, body: { email: 'new-${unique}@example.com' } },
      },
      { ...me, expect: failed },
    ],
  },
]
