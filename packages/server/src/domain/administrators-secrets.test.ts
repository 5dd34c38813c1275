import { randomBytes } from 'node:crypto'
import { native, operations } from '@sallyport/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machine, operate, setUp } from '../testing/administrator.js'
import type { Answer } from '../testing/browser.js'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { told } from '../testing/told.js'
import { codes } from './codes-table.js'
import { apiKeys, sessions, signingKeys, users } from './tables.js'

const secret = randomBytes(32)
const password = 'canary in the coal mine'
const canaries: string[] = []
const ids: Record<string, string> = {}
let sallyport: Sallyport
let root: Awaited<ReturnType<typeof setUp>>

const spellings = (bytes: Uint8Array) =>
  (['hex', 'base64', 'base64url'] as const).map((encoding) => Buffer.from(bytes).toString(encoding))

beforeAll(async () => {
  sallyport = await openSallyport({ secret: { current: secret } })
  const { token } = await operate(sallyport, 'setup.link')
  root = await setUp(sallyport)
  const user = await sallyport.signUp({ password })
  const { refresh_token } = user
  const again = (await sallyport.browser().post('/v1/refresh', { refresh_token })).json
  const key = await machine(sallyport, 'users:read')
  Object.assign(ids, { users: user.user.id, sessions: user.session_id, apikeys: key.id })
  const plain = [token, password, refresh_token, again.refresh_token, again.access_token]
  canaries.push(
    ...plain,
    key.bearer!,
    root.refresh_token,
    root.access_token,
    root.password,
    ...spellings(secret),
  )
  await rememberStored()
})
afterAll(() => sallyport.close())

/** Everything the store keeps of secrets: hashes and what is sealed. */
async function rememberStored(): Promise<void> {
  const { store } = sallyport.server.context
  const all = { limit: 1000 }
  const stored = [
    ...(await store.list(sessions, all)).flatMap((row) => [
      row.current_hash,
      row.previous_hash,
      row.salt,
      row.attempt_hash,
    ]),
    ...(await store.list(apiKeys, all)).map(({ hash }) => hash),
    ...(await store.list(codes, all)).flatMap((row) => [row.code_hash, row.link_hash, row.ticket_hash]),
    ...(await store.list(signingKeys, all)).map(({ sealed }) => sealed),
  ].filter((bytes) => bytes !== null)
  const hashes = (await store.list(users, all)).map(({ password_hash }) => password_hash!)
  canaries.push(...stored.flatMap(spellings), ...hashes, ...hashes.map((hash) => hash.split('$').at(-1)!))
}

/** What the operations are given where nothing will not do. */
const inputs: Record<string, object> = {
  'users.create': { email: 'new@example.com', password: 'another canary here' },
  'users.update': { name: 'Ada', app_metadata: { a: 1 } },
  'apikeys.create': { name: 'x', scopes: ['users:read'] },
}
/** Those that take away what others look at come last, in this order. */
const last = ['apikeys.remove', 'sessions.end_any', 'users.logout', 'users.disable', 'users.delete']
const routes = operations
  .filter(({ caller, foreign }) => caller === 'admin' && !foreign)
  .toSorted((a, b) => last.indexOf(a.name) - last.indexOf(b.name))
  .map(({ name }) => [name, native.routes.find(({ operation }) => operation === name)!.on] as const)

function expectNone(text: string): void {
  expect(canaries.filter((canary) => text.includes(canary))).toEqual([])
  expect(text).not.toMatch(/argon2id|password_hash|current_hash|sealed|another canary here|"d":|"search":/)
}

describe('no answer to an administrator holds a secret', () => {
  const ask = async (name: string, on: string): Promise<Answer> => {
    const [method, place] = on.split(' ') as [string, string]
    const path = place.replace(':id', ids[name.split('.')[0]!] ?? 'x')
    return root.browser.send(method, path, method === 'GET' ? undefined : (inputs[name] ?? {}))
  }
  it.each(routes)('%s', async (name, on) => {
    const answer = await ask(name, on)
    expect(told(answer)).toMatch(/^(20.|409 conflict)$/)
    expectNone(answer.text)
  })
})

it('nor do a stranger’s search, the log and the description of the routes', async () => {
  for (const canary of canaries.filter(({ length }) => length < 256)) {
    const answer = await root.browser.get(`/v1/admin/users?search=${encodeURIComponent(canary)}`)
    expect(answer.json.items).toEqual([])
  }
  expectNone(sallyport.logged.join('\n'))
  for (const canary of canaries)
    expect((await sallyport.browser().get('/openapi.json')).text).not.toContain(canary)
})

it('an administrator by cookie acts only from our own pages', async () => {
  const browser = sallyport.browser()
  const body = { identifier: root.email, password: root.password, transport: 'cookie' }
  expect(told(await browser.post('/v1/login', body, { 'sec-fetch-site': 'same-origin' }))).toBe('200')
  const create = (headers: Record<string, string>) =>
    browser.post('/v1/admin/users', { email: `at${canaries.length}@example.com` }, headers)
  for (const headers of [
    {},
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
  ] as Record<string, string>[])
    expect(told(await create(headers))).toBe('403 origin_not_allowed')
  expect(told(await browser.get('/v1/admin/users'))).toBe('200')
  expect(told(await create({ 'sec-fetch-site': 'same-origin' }))).toBe('201')
})
