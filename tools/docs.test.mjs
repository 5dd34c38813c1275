import { expect, it } from 'vitest'
import { check, printPages } from './docs.mjs'
import { ruleOf } from './print-shape.mjs'
import { treeOf } from './tree.mjs'

const errors = {
  session_ended: { status: 401, title: 'The session has ended.', remedy: 'Sign in again.' },
  invalid_request: { status: 400, title: 'The request is not valid.', remedy: 'Look at `errors`.' },
}
const user = {
  type: 'object',
  properties: { id: { type: 'string' }, seen: { type: 'integer' } },
  required: ['id'],
}
const operation = {
  name: 'profile.end',
  summary: 'Ends a thing.',
  caller: 'recent',
  effect: 'write',
  limit: 'login_address',
  input: {
    type: 'object',
    required: ['id'],
    properties: {
      id: { type: 'string', maxLength: 4096 },
      kind: { type: 'string', enum: ['a', 'b'] },
      hidden: { type: 'string' },
    },
  },
  output: {
    type: 'object',
    required: ['items'],
    properties: { items: { type: 'array', items: user }, user },
  },
  errors: ['session_ended'],
  refuses: { roles: 'is set by administrators' },
}
const native = {
  title: 'Native',
  user: { id: '$id', seen_at: '$seen|rfc3339' },
  routes: [
    {
      operation: 'profile.end',
      on: 'POST /v1/things/:id',
      tokens: [{ from: 'bearer' }, { from: 'cookie', name: 'crumb' }],
      input: { id: { names: ['id'], from: 'path' }, kind: 'sort', hidden: null },
      reply: {
        status: 200,
        cookies: 'clear',
        body: {
          items: { $each: '$items', as: { id: '$id', seen: '$seen|seconds' } },
          user: '$user',
          ok: true,
        },
      },
    },
  ],
}
const setting = {
  name: 'access_token.ttl',
  doc: 'How long a token lives.',
  expected: 'a duration | nothing else',
  shown: '5m',
  secret: false,
  developmentOnly: true,
}
const contract = {
  ...native,
  name: 'shop',
  title: 'Shop',
  cookies: { crumb: { holds: 'access', path: '/', sameSite: 'Lax' } },
  error: { contentType: 'application/json', body: { why: '$code' } },
  errors: {
    session_ended: { status: 403, message: 'Over.', headers: { 'x-over': 'yes' } },
    'invalid_request:missing': { status: 422, cookies: ['crumb'] },
  },
  tokens: {
    algorithm: 'HS512',
    keys: 'one',
    access: { claims: { sub: '$email' } },
    refresh: { claims: { scope: 'again' } },
  },
  novelty: 'new',
}
const transcript = {
  scenes: [
    {
      title: 'a thing is ended',
      values: { name: 'ada-${unique}' },
      departs: 'with 500.',
      steps: [
        {
          says: 'It is told so.',
          send: 'POST /v1/things/7',
          bearer: '${access}',
          json: { sort: 'a' },
          expect: {
            status: 200,
            headers: { 'cache-control': 'no-store' },
            body: {
              token: { $jwt: { claims: { sub: '${name}' }, lifetime: 300 } },
              items: [],
              id: '$integer',
            },
            cookies: { crumb: { value: '', attributes: { 'Max-Age': 0, HttpOnly: true } } },
          },
          save: { token: '/token' },
        },
        { advance: 301 },
        { together: { send: 'GET /v1/me' }, times: 3, expect: [{ count: 3, status: 403 }] },
      ],
    },
  ],
}
const contracts = [{ contract, transcript }]
const describeMatcher = () => 'a whole number'
const things = {
  name: 'things',
  doc: 'What is owned.',
  columns: {
    id: { kind: 'text', nullable: false, size: 36 },
    thief: { kind: 'text', nullable: true, size: 9 },
    until: { kind: 'integer', nullable: false, size: 8 },
  },
  key: ['id'],
  unique: [['thief', 'until']],
  indexes: [['until'], ['thief']],
  expires: 'until',
  owner: 'thief',
  kind: 'ephemeral',
}
const words = { Slate: { typeOf: ({ kind }) => (kind === 'text' ? 'chalk' : 'notch') } }
const product = {
  ...{ settings: [setting], errors, operations: [operation], native, contracts, describeMatcher, words },
  tables: [things],
}
const pages = printPages(product)

it('prints every setting with its default, what is expected and what it means', () => {
  expect(pages['docs/settings.md']).toContain('## access_token')
  const row =
    '| `access_token.ttl` | `5m` | a duration \\| nothing else | How long a token lives. Development only. |'
  expect(pages['docs/settings.md']).toContain(row)
})

it('prints every error in a section of its own and names who answers it', () => {
  const page = pages['docs/errors.md']
  expect(page).toContain('## session_ended\n\n**401** · The session has ended.\n\nSign in again.')
  expect(page).toContain('Answered by [`profile.end`](operations.md#profileend).')
  expect(page.indexOf('## invalid_request')).toBeLessThan(page.indexOf('## session_ended'))
})

it('prints every table with its columns, what is unique, its order and its end', () => {
  const page = pages['docs/schema.md']
  expect(page).toContain('## things\n\nWhat is owned.')
  expect(page).toContain('| `thief` | text, 9 | yes | `chalk` |')
  const facts =
    'Key: `id`. Unique: `thief`, `until`. Indexes: `until`; `thief`. End: `until`. Goes with the user in `thief`.'
  expect(page).toContain(facts)
  const mute = { ...product, tables: [{ ...things, doc: undefined }] }
  expect(() => printPages(mute)).toThrow('things: the table says nothing of itself')
})

it('says that a text must not be empty in plain words', () => {
  expect(ruleOf({ type: 'string', minLength: 1 })).toBe('Not empty.')
  expect(ruleOf({ type: 'string', minLength: 1, maxLength: 9 })).toBe('1 to 9 characters.')
  expect(ruleOf({ type: 'string', minLength: 2 })).toBe('At least 2 characters.')
})

it('prints every operation as the contract says it on the wire', () => {
  const page = pages['docs/operations.md']
  for (const part of [
    '| [`profile.end`](#profileend) | `POST /v1/things/:id` | Ends a thing. |',
    '| `id` | string | In the path. At most 4,096 characters. |',
    '| `sort?` | "a" \\| "b" |',
    'read from `Authorization: Bearer`, else from the cookie `crumb`.',
    'Refused: `roles` is set by administrators.',
    '[`step_up_required`](errors.md#step_up_required)',
    '[`limits.login_address`](settings.md#limits)',
    'answers **200** and clears the cookies.',
    'items: {\n    id: string\n    seen?: seconds\n  }[]',
    'user?: User',
    'ok: true',
    '## User\n\n```\n{\n  id: string\n  seen_at?: RFC 3339 time\n}',
  ])
    expect(page).toContain(part)
  expect(page).not.toContain('hidden')
})

it('prints a contract with its routes, cookies and errors, and the conversation as it goes over the wire', () => {
  const page = pages['docs/contracts/shop.md']
  for (const part of [
    '| `POST /v1/things/:id` | [`profile.end`](../operations.md#profileend) |',
    '| `crumb` | access | `/` | Lax |',
    '| 403 | [`session_ended`](../errors.md#session_ended) | Over. | `x-over: yes` |',
    '| 422 | [`invalid_request:missing`](../errors.md#invalid_request) | The request is not valid. | clears `crumb` |',
    'HS512, with one key for both kinds.',
    '"scope": "again"',
    '## Everything else\n\n```json\n{\n  "novelty": "new"\n}\n```',
    '### A thing is ended\n\n`${name}` is `ada-${unique}`.\n\nThe backend that this wire was taken from answers otherwise: with 500.',
    '1. It is told so. The client sends:\n\n```http\nPOST /v1/things/7\nauthorization: Bearer ${access}\ncontent-type: application/json\n\n{\n  "sort": "a"\n}\n```',
    'and gets, keeping `${token}`:\n\n```http\nHTTP/1.1 200\ncache-control: no-store\nset-cookie: crumb=; Max-Age=0; HttpOnly\n\n{',
    '"sub": "${name}",',
    'lifetime 300 s>',
    '"items": [],\n  "id": <a whole number>,\n  …\n}',
    '2. The clock moves by 301 seconds.',
    '3. The client sends this 3 times at once:',
    'of which exactly 3 get:\n\n```http\nHTTP/1.1 403\n```',
  ])
    expect(page).toContain(part)
})

it('passes the pages as they were printed', () => {
  expect(check(treeOf(pages), pages)).toEqual([])
})

it.each(Object.keys(pages))('finds that %s is stale or missing', (path) => {
  const problem = `${path}: is not what the code says; run npm run docs`
  expect(check(treeOf({ ...pages, [path]: `${pages[path]} ` }), pages)).toEqual([problem])
  const { [path]: _, ...others } = pages
  expect(check(treeOf(others), pages)).toEqual([problem])
})

it('notices a sentence that was changed in the code', () => {
  const changed = printPages({ ...product, settings: [{ ...setting, shown: '6m' }] })
  expect(check(treeOf(pages), changed)).toHaveLength(1)
})

it('fails where it finds nothing to check', () => {
  expect(check(treeOf({}), pages)).toHaveLength(1)
  expect(check(treeOf(pages), {})).toHaveLength(1)
})
