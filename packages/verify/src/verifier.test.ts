import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTokenVerifier, type KeySet, keySet, type VerifierOptions } from './index.js'

const start = Date.UTC(2030, 0, 1)
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const set = keySet([{ kid: 'one', alg: 'ES256', key: pair.publicKey }])
const good = {
  iss: 'https://auth.example',
  aud: 'api',
  sub: 'user',
  sid: 'session',
  iat: start / 1000,
  exp: start / 1000 + 300,
  jti: 'a',
  client_id: 'sallyport',
  amr: ['pwd'],
}

const encode = (text: string) => Buffer.from(text).toString('base64url')

function token(claims: object = {}, kid = 'one', key: KeyObject = pair.privateKey): string {
  const header = encode(JSON.stringify({ typ: 'at+jwt', alg: 'ES256', kid }))
  const input = `${header}.${encode(JSON.stringify({ ...good, ...claims }))}`
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

function verifier(options: Partial<VerifierOptions> = {}) {
  return createTokenVerifier({
    keys: () => set,
    issuer: good.iss,
    audience: 'api',
    now: () => start,
    ...options,
  })
}

describe('verify', () => {
  test('the claims and the header of a good token are told, frozen to their depths', () => {
    const verdict = verifier().verify(token({ extra: { list: [{ a: 1 }] } }))
    expect(verdict).toEqual({
      ok: true,
      claims: { ...good, extra: { list: [{ a: 1 }] } },
      header: { typ: 'at+jwt', alg: 'ES256', kid: 'one' },
    })
    if (!verdict.ok) throw new Error('refused')
    const extra = verdict.claims.extra as { list: object[] }
    for (const part of [
      verdict,
      verdict.header,
      verdict.claims,
      verdict.claims.amr,
      extra,
      extra.list,
      extra.list[0],
    ])
      expect(Object.isFrozen(part)).toBe(true)
  })

  test('what is not a text is malformed', () => {
    for (const value of [undefined, null, 7, {}, [], Symbol('x')])
      expect(verifier().verify(value as string)).toEqual({ ok: false, reason: 'malformed' })
  })

  test('no text makes it throw or is accepted', () => {
    const { verify } = verifier()
    const segment = fc.oneof(
      fc.base64String(),
      fc.string(),
      fc.json().map(encode),
      fc.constant(encode('{"alg":"ES256","kid":"one"}')),
    )
    const texts = fc.oneof(
      fc.string(),
      fc.array(segment, { maxLength: 5 }).map((parts) => parts.join('.')),
    )
    fc.assert(fc.property(texts, (text) => !verify(text).ok))
  })

  test('a token changed in any character is refused, also after the right one was accepted', () => {
    const right = token()
    const { verify } = verifier()
    expect(verify(right).ok).toBe(true)
    const place = fc.nat({ max: right.length - 1 })
    fc.assert(
      fc.property(
        place,
        fc.constantFrom(...'Ab-_.=+/ \n\u0000é'),
        fc.constantFrom(0, 1),
        (at, character, cut) => {
          const wrong = right.slice(0, at) + character + right.slice(at + cut)
          return wrong === right || !verify(wrong).ok
        },
      ),
    )
    for (let length = 0; length < right.length; length++)
      expect(verify(right.slice(0, length)).ok).toBe(false)
  })

  test('signatures of every length of r and s are read', () => {
    const { verify } = verifier()
    for (let round = 0; round < 600; round++) expect(verify(token({ jti: String(round) })).ok).toBe(true)
  })

  test('an expired token tells its claims only where everything else about it is right', () => {
    const { verify } = verifier()
    expect(verify(token({ iat: 0, exp: 60 }))).toMatchObject({
      reason: 'expired',
      claims: { sub: 'user', exp: 60 },
    })
    for (const wrong of [{ iss: 'other' }, { aud: 'other' }, { sub: 7 }])
      expect(verify(token({ iat: 0, exp: 60, ...wrong }))).not.toHaveProperty('claims')
  })

  test('what else is asked of the claims refuses them, expired ones too, and is asked once for each token', () => {
    const asked: unknown[] = []
    const { verify } = verifier({
      also: ({ sub }) => {
        asked.push(sub)
        return sub === 'ada' ? undefined : 'claims'
      },
    })
    const texts = [token({ sub: 'ada' }), token({ sub: 'eve' }), token({ sub: 'eve', iat: 0, exp: 60 })]
    expect(verify(texts[1]!)).toEqual({ ok: false, reason: 'claims' })
    expect(verify(texts[2]!)).toEqual({ ok: false, reason: 'claims' })
    for (let again = 0; again < 3; again++) expect(verify(texts[0]!).ok).toBe(true)
    expect(verify(token({ sub: 'ada', iss: 'other' }))).toEqual({ ok: false, reason: 'issuer' })
    expect(asked).toEqual(['eve', 'eve', 'ada'])
  })

  test('a note is made once of each token that is good, and stands beside its claims while it is remembered', () => {
    const noted: unknown[] = []
    const note = ({ sub }: { sub?: string }) => {
      noted.push(sub)
      return { seen: sub }
    }
    const { verify } = verifier({ note })
    const text = token({ sub: 'ada' })
    const first = verify(text)
    expect(first).toMatchObject({ ok: true, note: { seen: 'ada' } })
    expect(verify(text)).toBe(first)
    for (const wrong of [{ iss: 'other' }, { iat: 0, exp: 60 }])
      expect(verify(token(wrong))).not.toHaveProperty('note')
    expect(noted).toEqual(['ada'])
    expect(verifier().verify(text)).toMatchObject({ ok: true, note: undefined })
  })

  test('a leeway over a minute or a lifetime of nothing is a mistake of the caller', () => {
    expect(() => verifier({ expiryLeeway: 60_001 })).toThrow(RangeError)
    expect(() => verifier({ startLeeway: -1 })).toThrow(RangeError)
    expect(() => verifier({ maxLifetime: 0 })).toThrow(RangeError)
    expect(() => verifier({ maxLifetime: Number.NaN })).toThrow(RangeError)
  })
})

describe('known tokens', () => {
  test('the same object answers again, and one key signing anew is another token', () => {
    const { verify } = verifier()
    const text = token()
    expect(verify(text)).toBe(verify(Buffer.from(text).toString()))
    expect(verify(token())).not.toBe(verify(text))
  })

  test('a known token is refused from the millisecond of its expiry, and not kept', () => {
    let now = start
    const one = verifier({ now: () => now, expiryLeeway: 0 })
    const text = token()
    expect(one.verify(text).ok).toBe(true)
    now = start + 299_999
    expect(one.verify(text).ok).toBe(true)
    now = start + 300_000
    for (const answer of [one.verify(text), one.verify(text)])
      expect(answer).toMatchObject({ ok: false, reason: 'expired', claims: good, header: { kid: 'one' } })
    expect(one.cached).toBe(0)
  })

  test('a revoked token is refused when it is new and when it is known, and others go on', () => {
    const ended = new Set(['second'])
    const one = verifier({ isRevoked: (claims) => ended.has(claims.sid ?? '') })
    const first = token({ sid: 'first' })
    expect(one.verify(token({ sid: 'second' }))).toEqual({ ok: false, reason: 'revoked' })
    expect(one.verify(first).ok).toBe(true)
    expect(one.cached).toBe(1)
    ended.add('first')
    expect(one.verify(first)).toEqual({ ok: false, reason: 'revoked' })
    expect(one.cached).toBe(0)
    expect(one.verify(token({ sid: 'third' })).ok).toBe(true)
  })

  test('two users who alternate never get each other', () => {
    const { verify } = verifier()
    const texts = ['a', 'b', 'a', 'b'].map((sub) => [sub, token({ sub })] as const)
    for (const [sub, text] of [...texts, ...texts])
      expect(verify(text)).toMatchObject({ ok: true, claims: { sub } })
  })

  test('a known signature under another header or payload is no known token', () => {
    const one = verifier()
    const [header, payload, signature] = token().split('.')
    expect(one.verify(`${header}.${payload}.${signature}`).ok).toBe(true)
    const other = encode(JSON.stringify({ ...good, sub: 'admin' }))
    expect(one.verify(`${header}.${other}.${signature}`)).toEqual({ ok: false, reason: 'signature' })
    expect(one.verify(`${other}.${payload}.${signature}`).ok).toBe(false)
    expect(one.verify(`${header}.${payload}.${signature}`).ok).toBe(true)
  })

  test('a key that leaves the set takes its known tokens along, and so does dropKey', () => {
    const two = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const both = keySet([
      { kid: 'one', alg: 'ES256', key: pair.publicKey },
      { kid: 'two', alg: 'ES256', key: two.publicKey },
    ])
    let keys: KeySet = both
    const verify = verifier({ keys: () => keys })
    const texts = [token(), token({}, 'two', two.privateKey)]
    expect(texts.map((text) => verify.verify(text).ok)).toEqual([true, true])
    keys = set
    expect(verify.verify(texts[1]!)).toEqual({ ok: false, reason: 'unknown_key' })
    keys = keySet([{ kid: 'one', alg: 'ES256', key: two.publicKey }])
    expect(verify.verify(texts[0]!)).toEqual({ ok: false, reason: 'signature' })
    verify.dropKey('one')
    expect(verify.cached).toBe(1)
    verify.dropKey('two')
    expect(verify.cached).toBe(0)
  })

  test('refused tokens are never kept', () => {
    const one = verifier()
    for (const text of [
      '',
      'a.b.c',
      token({ aud: 'other' }),
      token({ exp: 1 }),
      token({}, 'two'),
      `${token()}A`,
    ])
      expect(one.verify(text).ok).toBe(false)
    expect(one.cached).toBe(0)
  })

  test('the memory is bounded by number, the oldest going first', () => {
    const seen: string[] = []
    const count = (claims: { sub?: string }) => seen.push(claims.sub ?? '') < 0
    const one = verifier({ cache: { entries: 3 }, isRevoked: count })
    const texts = Array.from({ length: 20 }, (_, index) => token({ sub: String(index) }))
    const verdicts = texts.map((text) => one.verify(text))
    expect(one.cached).toBe(3)
    for (const kept of [17, 18, 19]) expect(one.verify(texts[kept]!)).toBe(verdicts[kept])
    expect(one.verify(texts[0]!)).not.toBe(verdicts[0])
    expect(one.verify(texts[17]!)).not.toBe(verdicts[17])
    expect(one.cached).toBe(3)
    expect(seen).toHaveLength(25)
  })

  test('it is bounded by bytes too, and can be switched off', () => {
    const small = verifier({ cache: { bytes: 6_000 } })
    for (let round = 0; round < 20; round++) small.verify(token({ jti: String(round) }))
    expect(small.cached).toBeGreaterThan(0)
    expect(small.cached).toBeLessThan(5)
    for (const cache of [{ entries: 0 }, { bytes: 100 }]) {
      const none = verifier({ cache })
      expect(none.verify(token()).ok).toBe(true)
      expect(none.cached).toBe(0)
    }
  })
})

describe('keys', () => {
  const secret = createSecretKey(randomBytes(32))

  test('two keys with one id are refused', () => {
    const key = { kid: 'one', alg: 'ES256', key: pair.publicKey } as const
    expect(() => keySet([key, key])).toThrow('two keys with the id one')
  })

  test('a key that does not fit its algorithm, or is private, is refused in words', () => {
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey
    expect(() => keySet([{ kid: 'k', alg: 'ES256', key: p384 }])).toThrow('found an EC key on secp384r1')
    expect(() => keySet([{ kid: 'k', alg: 'HS512', key: secret }])).toThrow(
      '64 bytes or more, found a secret of 32',
    )
    expect(() => keySet([{ kid: 'k', alg: 'HS256', key: pair.publicKey }])).toThrow('HS256 needs a secret')
    expect(() => keySet([{ kid: 'k', alg: 'RS256', key: secret }])).toThrow('RS256 needs an RSA key')
    expect(() => keySet([{ kid: 'k', alg: 'ES256', key: pair.privateKey }])).toThrow('private')
  })
})
