import { createHmac, createPublicKey, createVerify } from 'node:crypto'
import type { Contract } from '@sallyport/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { operate } from '../testing/administrator.js'
import { by, enter, foreign, join, type Signed, why } from '../testing/foreign.js'
import { openSallyport, type Sallyport, withDatabaseFile } from '../testing/sallyport.js'
import { claimsOf } from '../testing/told.js'

const tokens = foreign('kinds').tokens!
const contracts: Contract[] = [
  foreign('kinds'),
  foreign('one', { tokens: { ...tokens, algorithm: 'HS256', keys: 'one' } }),
  foreign('pair', { tokens: { ...tokens, algorithm: 'RS256' } }),
  foreign('curve', { tokens: { ...tokens, algorithm: 'ES256', keys: 'one' } }),
]
const names = contracts.map(({ name }) => name)
let sallyport: Sallyport
beforeAll(async () => {
  sallyport = await openSallyport({ contracts: JSON.parse(JSON.stringify(contracts)) })
})
afterAll(() => sallyport.close())

const me = async (name: string, token: string, at = sallyport) => why(await by(at, token).get(`/${name}/me`))
const turn = (name: string, token: string, at = sallyport) => by(at, token).post(`/${name}/refresh`)
const headerOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString())
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe.each(names)('the tokens of contract %s', (name) => {
  let somebody: Signed
  beforeEach(async () => {
    somebody = await join(sallyport, name)
  })
  const { algorithm } = contracts.find((one) => one.name === name)!.tokens!

  it('are JWTs with the claims of the contract, and ours', () => {
    const now = sallyport.clock.now() / 1000
    const { access, refresh, who, session, email } = somebody
    const claims = claimsOf(access)
    expect(claims).toMatchObject({ sub: email, scope: 'ACCESS', user_id: who.id, uid: who.id, sid: session })
    expect(claims).toMatchObject({ knd: 'a', iat: now, exp: now + 300, auth_time: now })
    expect(claims.uuid).toBe(claims.jti)
    expect(claimsOf(refresh)).toMatchObject({
      sub: email,
      scope: 'REFRESH',
      knd: 'r',
      iat: now,
      exp: now + 86_400,
    })
    expect(claimsOf(refresh).jti).toMatch(/^[\w-]{64}$/)
    for (const token of [access, refresh]) {
      const { kid, ...header } = headerOf(token)
      expect(header).toEqual({ typ: 'JWT', alg: algorithm })
      expect(kid !== undefined).toBe(!algorithm.startsWith('HS'))
    }
  })

  it('work, and a refresh gives another pair in the same session', async () => {
    expect(await me(name, somebody.access)).toBe('200')
    sallyport.clock.advance(1000)
    const next = (await turn(name, somebody.refresh)).json
    expect(next.session).toBe(somebody.session)
    expect(next.refresh).not.toBe(somebody.refresh)
    expect(await me(name, next.access)).toBe('200')
    expect(why(await turn(name, next.refresh))).toBe('200')
  })

  it('never stand in for each other', async () => {
    expect(await me(name, somebody.refresh)).toBe('401 access_token_invalid kind')
    expect(why(await turn(name, somebody.access))).toBe('401 refresh_token_invalid kind')
    expect(why(await by(sallyport, somebody.refresh).post(`/${name}/strict`))).toBe(
      '401 access_token_invalid kind',
    )
    expect(await me(name, somebody.access)).toBe('200')
  })

  it('expire on their second', async () => {
    sallyport.clock.advance(299_999)
    expect(await me(name, somebody.access)).toBe('200')
    sallyport.clock.advance(1)
    expect(await me(name, somebody.access)).toBe('401 access_token_expired')
    sallyport.clock.advance(86_400_000 - 300_001)
    expect((await by(sallyport, somebody.refresh).post(`/${name}/refresh`)).status).toBe(200)
    sallyport.clock.advance(1)
    expect(why(await turn(name, somebody.refresh))).toBe('401 refresh_token_expired')
  })

  it('altered anywhere, without a signature, or of another algorithm are refused', async () => {
    for (const [kind, token] of [
      ['access', somebody.access],
      ['refresh', somebody.refresh],
    ] as const) {
      const [header, payload, signature] = token.split('.') as [string, string, string]
      const other = part({ ...claimsOf(token), sub: 'root@example.com' })
      const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`
      const none = part({ typ: 'JWT', alg: 'none' })
      const weaker = part({ ...headerOf(token), alg: algorithm === 'HS256' ? 'HS512' : 'HS256' })
      const wrong = [
        `${header}.${other}.${signature}`,
        `${header}.${payload}.${flipped}`,
        `${header}.${payload}.`,
        `${none}.${payload}.`,
        `${none}.${payload}.${signature}`,
        `${weaker}.${payload}.${signature}`,
        `${part({ typ: 'at+jwt', alg: algorithm })}.${payload}.${signature}`,
        `${token}A`,
      ]
      for (const bad of wrong) {
        const answer = kind === 'access' ? await me(name, bad) : why(await turn(name, bad))
        expect(answer, bad).toBe(`401 ${kind}_token_invalid`)
      }
    }
    expect(await me(name, somebody.access)).toBe('200')
  })

  it('of another contract, and of the server itself, are refused, and theirs there', async () => {
    const native = await sallyport.signUp()
    for (const other of names.filter((one) => one !== name)) {
      expect(await me(other, somebody.access)).toBe('401 access_token_invalid')
      expect(why(await turn(other, somebody.refresh))).toBe('401 refresh_token_invalid')
    }
    expect(await me(name, native.access_token)).toBe('401 access_token_invalid')
    expect(why(await turn(name, native.refresh_token))).toBe('401 refresh_token_invalid')
    expect((await by(sallyport, somebody.access).get('/v1/me')).json.code).toBe('access_token_invalid')
    const answer = await sallyport.browser().post('/v1/refresh', { refresh_token: somebody.refresh })
    expect(answer.json.code).toBe('refresh_token_invalid')
  })

  it('shown again after they were spent end the session, unless it was just now', async () => {
    const next = (await turn(name, somebody.refresh)).json
    expect(why(await turn(name, somebody.refresh))).toBe('401 refresh_token_reused')
    expect(await me(name, next.access)).toBe('200')
    sallyport.clock.advance(2000)
    expect(why(await turn(name, somebody.refresh))).toBe('401 refresh_token_reused')
    expect(await me(name, next.access)).toBe('401 session_ended')
    expect(why(await turn(name, next.refresh))).toBe('401 session_ended')
  })

  it('of either kind end the session at log-out, expired ones too', async () => {
    sallyport.clock.advance(300_000)
    expect(why(await by(sallyport, somebody.access).post(`/${name}/out`))).toBe('200')
    expect(why(await turn(name, somebody.refresh))).toBe('401 session_ended')
    const again = await enter(sallyport, name, somebody.email)
    expect(why(await by(sallyport, again.refresh).post(`/${name}/out`))).toBe('200')
    expect(await me(name, again.access)).toBe('401 session_ended')
  })
})

describe('a secret', () => {
  const held = 'what the other services have held for years'
  const signed = (token: string, secret: string | Buffer, hash: string) => {
    const [header, payload, signature] = token.split('.')
    return createHmac(hash, secret).update(`${header}.${payload}`).digest('base64url') === signature
  }
  const withSecrets = (...items: string[]) =>
    openSallyport({
      contracts: contracts.slice(0, 2),
      env: { SALLYPORT_CONTRACT_SECRETS: JSON.stringify(items) },
    })

  it('that the operator gives is what other services verify with, however short where it is called old', async () => {
    const short = Buffer.from([0, 255, 7])
    const one = await withSecrets(`kinds=${held}`, `one=old:base64:${short.toString('base64')}`)
    const [kinds, both] = [await join(one, 'kinds'), await join(one, 'one')]
    for (const token of [kinds.access, kinds.refresh]) expect(signed(token, held, 'sha512')).toBe(true)
    for (const token of [both.access, both.refresh]) expect(signed(token, short, 'sha256')).toBe(true)
    expect(signed(kinds.access, short, 'sha512')).toBe(false)
    for (const [name, { access, refresh }] of Object.entries({ kinds, one: both })) {
      expect(await me(name, access, one)).toBe('200')
      expect(await me(name, refresh, one)).toBe('401 access_token_invalid kind')
      expect(why(await turn(name, access, one))).toBe('401 refresh_token_invalid kind')
    }
    expect(one.logged.join()).not.toContain('held for years')
    await one.close()
  })

  it('that whoever shares it signs with opens no session and forges no refresh token', async () => {
    const one = await withSecrets(`kinds.refresh=${held}`)
    const somebody = await join(one, 'kinds')
    const claims = claimsOf(somebody.refresh)
    const forge = (change: object) => {
      const input = `${somebody.refresh.split('.')[0]}.${part({ ...claims, ...change })}`
      return `${input}.${createHmac('sha512', held).update(input).digest('base64url')}`
    }
    const jti = String(claims.jti)
    for (const change of [
      { jti: `${jti.startsWith('A') ? 'B' : 'A'}${jti.slice(1)}` },
      { jti: 'x' },
      { sid: (await join(one, 'kinds')).session },
      { sid: 'x' },
    ])
      expect(why(await turn('kinds', forge(change), one))).toBe('401 refresh_token_invalid')
    expect(why(await turn('kinds', forge({}), one))).toBe('200')
    await one.close()
  })

  it('that comes first signs, and the one after it still verifies', async () => {
    await withDatabaseFile(async (settings) => {
      const start = (items: string[]) =>
        openSallyport({
          contracts: contracts.slice(0, 1),
          settings,
          env: { SALLYPORT_CONTRACT_SECRETS: JSON.stringify(items) },
          secret: { current: Buffer.alloc(32, 9) },
        })
      const newer = 'a newer secret of the very same other services'
      const before = await start([`kinds=${held}`])
      const somebody = await join(before, 'kinds')
      await before.close()
      const after = await start([`kinds=${newer}`, `kinds=${held}`])
      expect(await me('kinds', somebody.access, after)).toBe('200')
      const next = (await turn('kinds', somebody.refresh, after)).json
      expect(signed(next.access, newer, 'sha512')).toBe(true)
      await after.close()
      const without = await start([`kinds=${newer}`])
      expect(await me('kinds', somebody.access, without)).toBe('401 access_token_invalid')
      expect(await me('kinds', next.access, without)).toBe('200')
      await without.close()
    })
  })

  // With the zeros that HMAC fills a key up with itself.
  const padded = (text: string) => Buffer.concat([Buffer.from(text)], 40).toString('base64')
  it.each([
    [['nobody=12345678901234567890123456789012'], 'is for a contract that is not served here'],
    [['one.access=12345678901234567890123456789012'], 'one secret for both kinds'],
    [['kinds=12345678901234567890123456789012', 'one=12345678901234567890123456789012'], 'share a secret'],
    [
      ['kinds=12345678901234567890123456789012', `one=base64:${padded('12345678901234567890123456789012')}`],
      'share a secret',
    ],
    [['kinds=too short'], 'contract_secrets'],
  ])('that cannot be used stops the start: %s', async (items, message) => {
    const error = await withSecrets(...items).then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    expect(error?.message).toContain(message)
    expect(error?.message).not.toContain('1234567890')
  })

  it('for a contract that signs with a key pair stops the start', async () => {
    const env = { SALLYPORT_CONTRACT_SECRETS: `pair=${held}` }
    await expect(openSallyport({ contracts, env })).rejects.toThrow('not signed with a secret')
  })

  it('follows from the master secret, of which the one before still verifies', async () => {
    await withDatabaseFile(async (settings) => {
      const [old, young] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
      const start = (secret: { current: Uint8Array; also?: Uint8Array }) =>
        openSallyport({ contracts, settings, secret })
      const before = await start({ current: old })
      const people = Object.fromEntries(
        await Promise.all(names.map(async (name) => [name, await join(before, name)] as const)),
      )
      await before.close()
      const after = await start({ current: young, also: old })
      for (const [name, { access }] of Object.entries(people))
        expect(await me(name, access, after)).toBe('200')
      const next = (await turn('kinds', people.kinds!.refresh, after)).json
      await operate(after, 'secret.rewrap')
      await after.close()
      const alone = await start({ current: young })
      expect(await me('kinds', people.kinds!.access, alone)).toBe('401 access_token_invalid')
      expect(await me('kinds', next.access, alone)).toBe('200')
      // A key pair does not follow from the secret: it is only kept under it.
      expect(await me('pair', people.pair!.access, alone)).toBe('200')
      await alone.close()
    })
  })
})

describe('a key pair', () => {
  it('is published, and its PEM verifies what it signed', async () => {
    const { keys } = sallyport.server.context
    const { access } = await join(sallyport, 'pair')
    const pem = keys.publicPem({ name: 'pair' })!
    const [header, payload, signature] = access.split('.') as [string, string, string]
    const verify = createVerify('sha256').update(`${header}.${payload}`)
    expect(verify.verify(pem, signature, 'base64url')).toBe(true)
    const jwks = (await sallyport.browser().get('/.well-known/jwks.json')).json.keys
    const jwk = jwks.find((one: { kid: string }) => one.kid === headerOf(access).kid)
    expect(jwk).toMatchObject({ kty: 'RSA', alg: 'RS256' })
    expect(createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })).toBe(pem)
    expect(keys.publicPem({ name: 'kinds' })).toBeUndefined()
    expect(keys.publicPem({ name: 'native' })).toBeUndefined()
    expect(jwks.some((one: { kty: string }) => one.kty === 'oct')).toBe(false)
  })

  it('is one however many processes start at once on one database, and stays it', async () => {
    await withDatabaseFile(async (settings) => {
      const options = { contracts, settings, secret: { current: Buffer.alloc(32, 5) } }
      const first = await openSallyport({ ...options, contracts: [] })
      const two = await Promise.all([openSallyport(options), openSallyport(options)])
      const pems = two.map(({ server }) => server.context.keys.publicPem({ name: 'pair' }))
      expect(pems[0]).toBe(pems[1])
      const { access } = await join(two[0]!, 'pair')
      expect(await me('pair', access, two[1])).toBe('200')
      for (const one of [first, ...two]) await one.close()
      const later = await openSallyport(options)
      expect(later.server.context.keys.publicPem({ name: 'pair' })).toBe(pems[0])
      await later.close()
    })
  })

  it('is replaced with all other keys when the master secret leaked', async () => {
    const one = await openSallyport({ contracts })
    const { access } = await join(one, 'pair')
    const before = one.server.context.keys.publicPem({ name: 'pair' })
    await operate(one, 'secret.rewrap', { end_all_sessions: true })
    expect(one.server.context.keys.publicPem({ name: 'pair' })).not.toBe(before)
    expect(await me('pair', access, one)).toBe('401 access_token_invalid')
    expect(await me('pair', (await join(one, 'pair')).access, one)).toBe('200')
    await one.close()
  })
})

describe('a contract whose claims cannot be said', () => {
  it.each([
    [{ access: { claims: { sid: '$email' } } }, 'tokens.access.claims.sid'],
    [{ refresh: { claims: { exp: 1 } } }, 'tokens.refresh.claims.exp'],
    [{ access: { claims: { sub: '$nobody' } } }, '$nobody'],
  ])('does not start', async (change, message) => {
    const wrong = foreign('wrong', { tokens: { ...tokens, ...change } as Contract['tokens'] & {} })
    await expect(openSallyport({ contracts: [wrong] })).rejects.toThrow(message)
  })
})

describe('the explanation of a token', () => {
  const explain = async (token: string) => {
    const { accepted, kind, steps } = await operate(sallyport, 'token.explain', { token })
    return [accepted, kind, steps.at(-1).step]
  }

  it('names the contract that made it and what became of it', async () => {
    const { access, refresh, who } = await join(sallyport, 'kinds')
    expect(await explain(access)).toEqual([true, 'access token', 'user'])
    expect(await explain(refresh)).toEqual([true, 'refresh token', 'chain'])
    await turn('kinds', refresh)
    sallyport.clock.advance(2000)
    expect(await explain(refresh)).toEqual([false, 'refresh token', 'chain'])
    const { steps } = await operate(sallyport, 'token.explain', { token: access })
    expect(steps[0].says).toBe('made here, with the keys of the contract kinds')
    await operate(sallyport, 'users.disable', { id: who.id })
    expect(await explain(access)).toEqual([false, 'access token', 'session'])
    sallyport.clock.advance(300_000)
    expect(await explain(access)).toEqual([false, 'access token', 'times'])
    expect(await explain(`${access.slice(0, -4)}AAAA`)).toEqual([false, 'access token', 'key'])
  })
})
