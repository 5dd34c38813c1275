// What a service hands the verifier to be called, and what comes of it where that fails.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createVerifier, type Guard, type Settings, type Verifier } from '../index.js'
import { testTokens } from '../testing.js'

const tokens = testTokens()
let logged: string[]
beforeEach(() => {
  logged = []
})
const unhandled: unknown[] = []
process.on('unhandledRejection', (error) => void unhandled.push(error))
afterEach(async () => {
  await new Promise((done) => setImmediate(done))
  expect(unhandled).toEqual([])
})
const create = (more: Partial<Settings> = {}) =>
  createVerifier({ ...tokens.settings, log: (line) => logged.push(line), ...more })
const told = async (answer: ReturnType<Verifier>) => {
  const said = await answer
  return said.ok ? 'ok' : `${said.status} ${said.code} ${said.reason}`
}
const fail = (message: unknown) => () => {
  throw message
}

describe('a guard’s where', () => {
  it.each<[string, NonNullable<Guard['where']>]>([
    ['throws', fail(new Error('no such claim'))],
    ['throws nothing at all', fail(undefined)],
    ['throws what cannot be printed', fail(Object.create(null))],
    ['promises', (async () => true) as never],
    ['promises in vain', (async () => Promise.reject(new Error('no such claim'))) as never],
  ])('that %s refuses, in the settings and on a route', async (_name, where) => {
    const token = tokens.token()
    const refused = '403 forbidden where'
    expect(await told(create().token(token, { where }))).toBe(refused)
    expect(await told(create({ require: { where } }).token(token))).toBe(refused)
    const known = await create().token(token)
    if (!known.ok) throw new Error(known.detail)
    expect(create().check(known.auth, { where })?.reason).toBe('where')
  })

  it('that fails is told to the log without the token', async () => {
    const token = tokens.token()
    const where: Guard['where'] = (auth) => fail(new Error(`what is ${auth.token}?`))()
    await create().token(token, { where })
    expect(logged).toEqual(['a guard’s where failed, and refused: what is (the token)?'])
  })

  it('that fails is no end of a service on node:http', async () => {
    const verify = create({ require: { where: (auth) => (auth.claims.org as string).startsWith('x') } })
    const server = createServer(async (request, response) => {
      const answer = await verify(request)
      if (answer.ok) response.end('in')
      else answer.send(response)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const ask = async (claims: object) =>
      (await fetch(`http://127.0.0.1:${port}`, { headers: tokens.headers(claims) })).status
    expect([await ask({}), await ask({ org: 'xy' })]).toEqual([403, 200])
    server.close()
  })
})

describe('a hook that fails', () => {
  const hooks: [string, () => never][] = [
    ['throws', fail(new Error('no figures'))],
    ['rejects', (async () => fail(new Error('no figures'))()) as never],
  ]
  it.each(hooks)(
    'and counts refusals (%s) changes none, and the log hears of it',
    async (_name, onReject) => {
      expect(await told(create({ onReject }).token('x'))).toBe('401 access_token_invalid malformed')
      await expect.poll(() => logged).toEqual(['onReject failed: no figures'])
    },
  )

  it.each(hooks)('and logs (%s) lets nobody pass and keeps nobody out', async (_name, log) => {
    const verify = create({ log, onReject: fail(new Error('no figures')) })
    expect(await told(verify.token('x'))).toBe('401 access_token_invalid malformed')
    expect(await told(verify.token(tokens.token()))).toBe('ok')
  })
})
