import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Client, createClient } from './client.js'
import { type Running, startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'
import { hangUp, sendRaw } from './socket.js'

watchServers()

const mebibyte = 1024 * 1024
/** Garbage that the collector has not fetched yet counts as well. */
const flat = 100 * mebibyte

let home: Home
let server: Running
let client: Client
let access: string

beforeAll(async () => {
  home = await makeHome({ people: 2 })
  server = await startServer(home, { flags: unlimited })
  client = createClient(server.port)
  const answer = await client.post('/v1/refresh', { refresh_token: home.people[0]!.tokens[0] })
  access = answer.json.access_token as string
})
afterAll(async () => {
  client.close()
  expect(await stopServer(server)).toMatchObject({ code: 0 })
  home.remove()
})

const line = (path: string, ...headers: string[]) =>
  `${[`POST ${path} HTTP/1.1`, 'host: localhost', ...headers].join('\r\n')}\r\n\r\n`

/** A JSON request with its length. */
function* whole(path: string, body: Buffer | string, ...headers: string[]) {
  const bytes = Buffer.from(body as string)
  yield line(path, 'content-type: application/json', `content-length: ${bytes.length}`, ...headers)
  yield bytes
}

/** A JSON request of unknown length. */
function* chunked(path: string, count: number, chunk: string) {
  yield line(path, 'content-type: application/json', 'transfer-encoding: chunked')
  const framed = `${chunk.length.toString(16)}\r\n${chunk}\r\n`
  for (let sent = 0; sent < count; sent++) yield framed
  yield '0\r\n\r\n'
}

const members = (count: number) =>
  `{${Array.from({ length: count }, (_, number) => `"m${number}":1`).join()}}`
const bomb = gzipSync(Buffer.alloc(100 * mebibyte))
const manyMembers = Buffer.from(members(1_000_000))
const logIn = (identifier: string) => `{"identifier":${identifier},"password":"a lantern"}`
const bearer = (token: string) => `authorization: Bearer ${token}`
const get = (path: string, ...headers: string[]) => [line(path, ...headers).replace('POST', 'GET')]

const cases: [string, () => Iterable<Buffer | string>, RegExp][] = [
  [
    'a body of a megabyte',
    () => whole('/v1/login', logIn(`"${'a'.repeat(mebibyte)}"`)),
    /^413 payload_too_large$/,
  ],
  ['100 MB in chunks', () => chunked('/v1/login', 1600, ' '.repeat(65_536)), /^413 payload_too_large$/],
  [
    'an announced terabyte',
    () => [line('/v1/login', 'content-type: application/json', 'content-length: 1099511627776')],
    /^413/,
  ],
  ['100,000 arrays deep', () => whole('/v1/login', '['.repeat(100_000)), /^413 payload_too_large$/],
  ['30,000 arrays deep', () => whole('/v1/login', '['.repeat(30_000)), /^400 invalid_json$/],
  [
    '30,000 objects deep',
    () => whole('/v1/login', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
    /^400 invalid_json$/,
  ],
  ['a million members', () => whole('/v1/login', manyMembers), /^413 payload_too_large$/],
  ['5,000 members', () => whole('/v1/login', members(5000)), /^400 invalid_request$/],
  ['a bomb in gzip', () => whole('/v1/login', bomb, 'content-encoding: gzip'), /^4\d\d /],
  [
    'two lengths of one body',
    () => [`${line('/v1/login', 'content-length: 5', 'transfer-encoding: chunked')}0\r\n\r\n`],
    /^400 invalid_request$/,
  ],
  [
    'two lengths that differ',
    () => [`${line('/v1/login', 'content-length: 5', 'content-length: 6')}{"a":`],
    /^400 invalid_request$/,
  ],
  [
    'a chunk without a size',
    () => [`${line('/v1/login', 'transfer-encoding: chunked')}zz\r\n`],
    /^400 invalid_request$/,
  ],
  [
    'bytes that are no HTTP',
    () => [Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 73 + 7) % 256))],
    /^400 invalid_request$/,
  ],
  [
    'a TLS greeting',
    () => [Buffer.from('16030100c8010000c40303', 'hex'), Buffer.alloc(200)],
    /^400 invalid_request$/,
  ],
  [
    'a header of a megabyte',
    () => get('/v1/me', `x-long: ${'a'.repeat(mebibyte)}`),
    /^431 payload_too_large$/,
  ],
  [
    '50,000 headers',
    () => get('/v1/me', ...Array.from({ length: 50_000 }, (_, number) => `x-${number}: 1`)),
    /^431 payload_too_large$/,
  ],
  [
    'an access token of a megabyte',
    () => get('/v1/me', bearer('a'.repeat(mebibyte))),
    /^431 payload_too_large$/,
  ],
  [
    'an access token of 12 KB',
    () => get('/v1/me', bearer(`${'a'.repeat(6000)}.${'b'.repeat(6000)}.c`)),
    /^401 access_token_invalid$/,
  ],
  ['two Authorization headers', () => get('/v1/me', bearer(access), bearer(access)), /^400 invalid_request$/],
  [
    'a refresh token of a megabyte',
    () => whole('/v1/refresh', `{"refresh_token":"${'A'.repeat(mebibyte)}"}`),
    /^413 payload_too_large$/,
  ],
  [
    'a refresh token of 60 KB',
    () => whole('/v1/refresh', `{"refresh_token":"${'A'.repeat(60_000)}"}`),
    /^40[01] /,
  ],
  [
    'a member twice',
    () => whole('/v1/login', '{"identifier":"a","identifier":"b","password":"c"}'),
    /^400 invalid_json$/,
  ],
  [
    'a prototype',
    () => whole('/v1/login', '{"__proto__":{"identifier":"a"},"constructor":{"prototype":{"x":1}}}'),
    /^400 /,
  ],
  ['NUL in a text', () => whole('/v1/login', logIn('"a\\u0000b"')), /^40[01] /],
  ['half a surrogate pair', () => whole('/v1/login', logIn('"\\ud800"')), /^40[01] /],
  [
    'bytes that are no UTF-8',
    () => whole('/v1/login', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])),
    /^400 invalid_json$/,
  ],
  ['JSON that ends too soon', () => whole('/v1/login', '{"identifier":'), /^400 invalid_json$/],
  ['arrays for texts', () => whole('/v1/login', logIn('["a"]')), /^400 invalid_request$/],
  ['a path of a megabyte', () => get(`/v1/${'a'.repeat(mebibyte)}`), /^431 payload_too_large$/],
  ['a path that is wrongly escaped', () => get('/v1/%zz'), /^40[04] /],
  ['a path that climbs', () => get('/v1/../../etc/passwd'), /^404 not_found$/],
]

/** Status and code of an answer; an end without an answer is `closed`. */
function told(text: string): string {
  if (text === '') return 'closed'
  const [head = '', body = ''] = text.split('\r\n\r\n', 2)
  expect(head).toMatch(/^content-type: application\/problem\+json/m)
  return `${/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]} ${JSON.parse(body).code}`
}

/** Who sends more than is read may find the connection reset before the answer. */
const mayBeCut = (expected: RegExp) => /413|431/.test(expected.source)

function expectTold(answer: string, expected: RegExp, what: string): void {
  const found = told(answer)
  if (found !== 'closed' || !mayBeCut(expected)) expect(found, what).toMatch(expected)
}

it.each(cases)('%s', async (what, parts, expected) => {
  const answers = await Promise.all(Array.from({ length: 3 }, () => sendRaw(server.port, parts())))
  for (const answer of answers) expectTold(answer, expected, what)
  expect(answers.some((answer) => answer !== '')).toBe(true)
  expect(await client.get('/v1/me', access)).toMatchObject({ status: 200 })
})

it('takes no more memory however often all of it comes, and does not fall over', async () => {
  const before = server.memory()
  for (let round = 0; round < 3; round++)
    await Promise.all(
      cases.map(async ([what, parts, expected]) => {
        expectTold(await sendRaw(server.port, parts()), expected, what)
      }),
    )
  expect(server.memory()).toBeLessThan(before + flat)
  expect(await client.get('/v1/me', access)).toMatchObject({ status: 200 })
})

it('lives on when clients leave in the middle of what they say', async () => {
  const halves = [
    'POST /v1/log',
    line('/v1/login', 'content-length: 50'),
    `${line('/v1/refresh', 'content-length: 9')}{"r`,
  ]
  await Promise.all(Array.from({ length: 60 }, (_, number) => hangUp(server.port, halves[number % 3]!)))
  expect(await client.get('/v1/me', access)).toMatchObject({ status: 200 })
})
