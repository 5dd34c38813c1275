import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createVerifier, type Settings } from '../index.js'
import { testTokens } from '../testing.js'
import { type Issuer, jwksPath, openIssuer, type Say } from '../trial/issuer.js'

let issuer: Issuer
let logged: string[]
beforeEach(async () => {
  issuer = await openIssuer()
  logged = []
})
afterEach(() => issuer.down())

const create = (more: Partial<Settings> = {}) =>
  createVerifier({
    issuer: issuer.url,
    audience: 'api',
    now: () => issuer.now,
    log: (message) => logged.push(message),
    ...more,
  })
const json =
  (body: unknown): Say =>
  (_request, response) =>
    void response.end(JSON.stringify(body))
const told = async (answer: ReturnType<ReturnType<typeof create>['token']>) => {
  const said = await answer
  return said.ok ? 'ok' : `${said.status} ${said.code} ${said.reason}`
}
const unavailable = '503 verifier_unavailable keys_unavailable'

describe('the issuer’s keys', () => {
  it('are fetched once, however many ask at once, and not before somebody asks', async () => {
    const verify = create()
    expect(issuer.asked).toEqual([])
    const token = issuer.tokens.token()
    const answers = await Promise.all(Array.from({ length: 100 }, () => told(verify.token(token))))
    expect(new Set(answers)).toEqual(new Set(['ok']))
    for (let again = 0; again < 10; again++) await verify.token(issuer.tokens.token())
    expect(issuer.asked).toEqual([jwksPath])
  })

  it('are read anew when they are four minutes old, while the old ones serve', async () => {
    const verify = create()
    await verify.token(issuer.tokens.token())
    issuer.now += 239_999
    expect(await told(verify.token(issuer.tokens.token()))).toBe('ok')
    expect(issuer.asked).toHaveLength(1)
    issuer.now += 1
    const token = issuer.tokens.token()
    expect(await told(verify.token(token))).toBe('ok')
    await expect.poll(() => issuer.asked.length).toBe(2)
    expect(await told(verify.token(token))).toBe('ok')
  })

  it('are waited for when they are five minutes old: a key that was taken away counts no longer, however long nobody asked', async () => {
    const verify = create()
    const token = issuer.tokens.token()
    await verify.token(token)
    const next = testTokens({ issuer: issuer.url, audience: 'api', now: () => issuer.now })
    issuer.answers.set(jwksPath, json({ keys: next.settings.keys }))
    issuer.now += 300_000
    const asked = [token, issuer.tokens.token()].map((one) => told(verify.token(one)))
    for (const answer of await Promise.all(asked)) expect(answer).toBe('401 access_token_invalid unknown_key')
    expect(await told(verify.token(next.token()))).toBe('ok')
  })

  it('grow old by a clock that is put back, too', async () => {
    const verify = create()
    await verify.token(issuer.tokens.token())
    issuer.now -= 3_600_000
    const next = testTokens({ issuer: issuer.url, audience: 'api', now: () => issuer.now })
    issuer.answers.set(jwksPath, json({ keys: next.settings.keys }))
    expect(await told(verify.token(issuer.tokens.token()))).toBe('401 access_token_invalid unknown_key')
    expect(await told(verify.token(next.token()))).toBe('ok')
  })

  it('are fetched at most once in thirty seconds for ids that nobody knows', async () => {
    const verify = create()
    await verify.token(issuer.tokens.token())
    for (let second = 0; second < 61; second++) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => told(verify.token(issuer.tokens.unknownKey()))),
      )
      expect(new Set(answers)).toEqual(new Set(['401 access_token_invalid unknown_key']))
      issuer.now += 1000
    }
    expect(issuer.asked).toHaveLength(4)
  })

  it('are looked for again when another key signs', async () => {
    const verify = create()
    await verify.token(issuer.tokens.token())
    const next = testTokens({ issuer: issuer.url, audience: 'api', now: () => issuer.now })
    issuer.answers.set(jwksPath, json({ keys: [...issuer.tokens.settings.keys, ...next.settings.keys] }))
    expect(await told(verify.token(next.token()))).toBe('ok')
    expect(await told(verify.token(issuer.tokens.token()))).toBe('ok')
  })

  it('go on for a day while the issuer is down, and then nobody is told that a token is wrong', async () => {
    const verify = create()
    await verify.token(issuer.tokens.token())
    await issuer.down()
    issuer.now += 86_399_999
    expect(await told(verify.token(issuer.tokens.token()))).toBe('ok')
    expect(await told(verify.token(issuer.tokens.unknownKey()))).toBe(unavailable)
    expect(await told(verify.token(issuer.tokens.forged()))).toBe('401 access_token_invalid signature')
    issuer.now += 1
    for (const token of [issuer.tokens.token(), issuer.tokens.forged(), 'nonsense'])
      expect(await told(verify.token(token))).toBe(unavailable)
    expect(logged).toEqual([expect.stringContaining('the issuer’s keys could not be read')])
    await issuer.up()
    issuer.now += 30_000
    expect(await told(verify.token(issuer.tokens.token()))).toBe('ok')
    expect(logged).toHaveLength(2)
  })

  it('need not be there at the start: 503 until they are, asking less and less often', async () => {
    await issuer.down()
    const verify = create()
    const token = issuer.tokens.token()
    expect(await verify.ready()).toBe(false)
    expect(await told(verify.token(token))).toBe(unavailable)
    await issuer.up()
    expect(await told(verify.token(token))).toBe(unavailable)
    expect(issuer.asked).toEqual([])
    issuer.now += 1000
    expect(await told(verify.token(token))).toBe('ok')
    expect(await verify.ready()).toBe(true)
  })

  it('that never come are asked for at most every thirty seconds', async () => {
    issuer.answers.set(jwksPath, (_request, response) => void response.writeHead(500).end())
    const verify = create()
    for (let second = 0; second < 301; second++) {
      expect(await told(verify.token('x'))).toBe(unavailable)
      issuer.now += 1000
    }
    // At the seconds 0, 1, 3, 7, 15, 31, and then every 30.
    expect(issuer.asked).toHaveLength(6 + Math.floor((300 - 31) / 30))
  })
})

it('an issuer that takes the question and never answers is given three seconds', async () => {
  issuer.answers.set(jwksPath, () => {})
  expect(await told(create().token(issuer.tokens.token()))).toBe(unavailable)
  issuer.answers.set(jwksPath, (_request, response) => void response.writeHead(200).write('{"keys":['))
  expect(await told(create().token(issuer.tokens.token()))).toBe(unavailable)
})

describe('what is no key set of ours is as if it were not there:', () => {
  const ec = testTokens().settings.keys[0]!
  it.each<[string, Say]>([
    [
      'a megabyte',
      (_request, response) => void response.end(JSON.stringify({ keys: [], more: 'x'.repeat(1_000_000) })),
    ],
    [
      'a redirection',
      (_request, response) => void response.writeHead(302, { location: `${issuer.url}/elsewhere` }).end(),
    ],
    ['an error', (_request, response) => void response.writeHead(500).end('{"keys":[]}')],
    ['no JSON', (_request, response) => void response.end('<html>')],
    ['null', json(null)],
    ['no list', json({ keys: {} })],
    ['no key', json({ keys: [] })],
    ['a hundred and one keys', json({ keys: Array.from({ length: 101 }, () => ec) })],
    ['two keys of one id', json({ keys: [ec, { ...testTokens().settings.keys[0], kid: ec.kid }] })],
    ['keys that are none', json({ keys: [null, 7, {}, { kid: 'a' }, { ...ec, x: 'AA' }] })],
    ['a secret', json({ keys: [{ kty: 'oct', kid: 'a', alg: 'HS256', k: 'a'.repeat(64) }] })],
    [
      'an end in the middle',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('{"keys":[')
        setImmediate(() => response.destroy())
      },
    ],
  ])('%s', async (_name, say) => {
    issuer.answers.set(jwksPath, say)
    const verify = create()
    expect(await told(verify.token(issuer.tokens.token()))).toBe(unavailable)
    issuer.answers.delete(jwksPath)
    issuer.now += 1000
    expect(await told(verify.token(issuer.tokens.token()))).toBe('ok')
    issuer.answers.set(jwksPath, say)
    issuer.now += 300_000
    expect(await told(verify.token(issuer.tokens.token()))).toBe('ok')
    await expect.poll(() => logged.length).toBe(3)
    expect(await told(verify.token(issuer.tokens.token()))).toBe('ok')
    expect(issuer.asked).not.toContain('/elsewhere')
  })

  it('a key that is none of ours beside one that is', async () => {
    const keys = [{ kty: 'EC', crv: 'P-521', kid: 'x', x: 'AA', y: 'AA' }, ...issuer.tokens.settings.keys]
    issuer.answers.set(jwksPath, json({ keys }))
    expect(await told(create().token(issuer.tokens.token()))).toBe('ok')
  })
})

describe('algorithms', () => {
  it('are those that were named at the start, whatever keys there are', async () => {
    expect(await told(create({ algorithms: ['RS256'] }).token(issuer.tokens.token()))).toBe(unavailable)
    expect(await told(create({ algorithms: ['ES256'] }).token(issuer.tokens.token()))).toBe('ok')
  })

  it('never let a secret come out of a key set, though HS256 was named', async () => {
    const k = Buffer.alloc(32, 7)
    const secret = { kty: 'oct', kid: 'hs', alg: 'HS256', k: k.toString('base64url') }
    issuer.answers.set(jwksPath, json({ keys: [secret, ...issuer.tokens.settings.keys] }))
    const [, payload] = issuer.tokens.token().split('.')
    const head = Buffer.from('{"typ":"at+jwt","alg":"HS256","kid":"hs"}').toString('base64url')
    const mac = createHmac('sha256', k).update(`${head}.${payload}`).digest('base64url')
    const token = `${head}.${payload}.${mac}`
    expect(await told(create({ algorithms: ['ES256', 'HS256'] }).token(token))).toBe(
      '401 access_token_invalid unknown_key',
    )
    expect(await told(create({ algorithms: ['HS256'], keys: [secret] }).token(token))).toBe('ok')
  })

  it('of keys that were given have to be among them', async () => {
    const { keys } = issuer.tokens.settings
    expect(() => create({ keys, algorithms: ['EdDSA'] })).toThrow('ES256 is not among')
    expect(await told(create({ keys }).token(issuer.tokens.token()))).toBe('ok')
    expect(issuer.asked).toEqual([])
  })
})

it('no header of a token makes anything be fetched but the issuer’s keys', async () => {
  const verify = create()
  for (const name of ['tk1', 'tk2', 'tk3', 'tk4', 'tk5', 'tk6', 'tk7']) {
    const file = new URL(`../../vectors/${name}.json`, import.meta.url)
    const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: { token: string }[] }
    for (const { token } of vectors)
      expect(await told(verify.token(token))).toMatch(/^401 access_token_invalid/)
  }
  expect(new Set(issuer.asked)).toEqual(new Set([jwksPath]))
  expect(issuer.asked.length).toBeLessThanOrEqual(2)
})
