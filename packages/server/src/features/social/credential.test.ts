// Credentials that are not good, each for one reason: all are refused alike.
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { identities } from '../../domain/identities.js'
import { claimsFor, clientId, newKey, openProvider, type Provider, signed } from '../../testing/provider.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'
import { spentCredentials } from './tables.js'

let sallyport: Sallyport
let provider: Provider
beforeAll(async () => {
  provider = await openProvider()
  sallyport = await openSallyport({ settings: provider.settings })
})
afterAll(() => Promise.all([sallyport.close(), provider.close()]))

let people = 0
/** A good credential of somebody new, but for what is said. */
const credentialOf = (claims: object = {}, header: object = {}) => {
  people += 1
  const of = { sub: `person${people}`, email: `person${people}@gmail.com`, ...claims }
  return signed(provider.key, claimsFor(provider, sallyport.clock.now(), of), header)
}
const show = (credential: string, more: object = {}) =>
  sallyport.browser().post('/v1/social/google', { credential, ...more })
const seconds = () => Math.floor(sallyport.clock.now() / 1000)
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

async function expectRefused(credential: string): Promise<void> {
  const answer = await show(credential)
  expect(told(answer)).toBe('401 invalid_credentials')
  expect(answer.json.detail).toBe('This credential is not good, or not any more.')
}

describe('a credential', () => {
  it('that is good is let in', async () => {
    expect(told(await show(await credentialOf()))).toBe('200')
  })

  it.each<[string, object]>([
    ['another issuer', { iss: 'https://evil.example' }],
    ['an issuer that begins like ours', { iss: 'http://127.0.0.1.evil.example' }],
    ['Google’s own issuer, where another one is configured', { iss: 'https://accounts.google.com' }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'other.apps.example' }],
    ['no audience', { aud: undefined }],
    ['an empty list of audiences', { aud: [] }],
    ['a second audience that is a stranger', { aud: [clientId, 'other.apps.example'] }],
    ['two audiences and no azp', { aud: [clientId, 'ios.apps.example'], azp: undefined }],
    ['another authorised party', { azp: 'other.apps.example' }],
    ['an authorised party that is no text', { azp: [clientId] }],
    ['an end that is no number', { exp: '9999999999' }],
    ['no end', { exp: undefined }],
    ['no beginning', { iat: undefined }],
    ['a nonce that nobody sent', { nonce: 'n-0S6' }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a subject that is a number', { sub: 7 }],
    ['a subject with a line break', { sub: 'a\nb' }],
    ['a subject of 256 characters', { sub: 'x'.repeat(256) }],
  ])('with %s is refused', async (_, claims) => {
    await expectRefused(await credentialOf(claims))
  })

  it('with the right issuer in a list is refused', async () => {
    await expectRefused(await credentialOf({ iss: [provider.url] }))
  })

  it.each<[string, (now: number) => object]>([
    ['that ended this second', (now) => ({ iat: now - 3600, exp: now })],
    ['made more than a minute from now', (now) => ({ iat: now + 61, exp: now + 3661 })],
    ['that counts only in more than a minute', (now) => ({ nbf: now + 61 })],
    ['that lives for more than a day', (now) => ({ exp: now + 86_401 })],
    ['that lives for ever', () => ({ exp: 1e300 })],
  ])('%s is refused', async (_, claims) => {
    await expectRefused(await credentialOf(claims(seconds())))
  })

  it('is let in by a clock that is a minute behind, and to its last second', async () => {
    const now = seconds()
    expect(told(await show(await credentialOf({ iat: now + 60, exp: now + 3660 })))).toBe('200')
    expect(told(await show(await credentialOf({ iat: now - 3599, exp: now + 1 })))).toBe('200')
  })

  it('for another platform of the same application is let in', async () => {
    expect(told(await show(await credentialOf({ azp: 'ios.apps.example' })))).toBe('200')
    expect(told(await show(await credentialOf({ aud: 'ios.apps.example', azp: undefined })))).toBe('200')
  })

  it('with a nonce is good with that nonce alone', async () => {
    const credential = await credentialOf({ nonce: 'n-0S6_WzA2Mj' })
    for (const wrong of [{}, { nonce: 'n-0S6' }, { nonce: 'N-0S6_WZA2MJ' }])
      expect(told(await show(credential, wrong))).toBe('401 invalid_credentials')
    expect(told(await show(credential, { nonce: 'n-0S6_WzA2Mj' }))).toBe('200')
    expect(told(await show(await credentialOf(), { nonce: 'n-0S6_WzA2Mj' }))).toBe('401 invalid_credentials')
  })
})

describe('a signature', () => {
  it('of no algorithm is refused, however that is written', async () => {
    const payload = encode(claimsFor(provider, sallyport.clock.now()))
    for (const alg of ['none', 'None', 'NONE', '']) {
      const header = encode({ alg, kid: provider.key.kid, typ: 'JWT' })
      for (const signature of ['', 'AA']) {
        const answer = await show(`${header}.${payload}.${signature}`)
        expect(told(answer)).toBe('401 invalid_credentials')
      }
    }
  })

  it('made with the public key as a shared secret is refused', async () => {
    const { kid, jwk } = provider.key
    for (const alg of ['HS256', 'RS256'])
      for (const secret of [JSON.stringify(jwk), jwk.n!, Buffer.from(jwk.n!, 'base64url')]) {
        const text = `${encode({ alg, kid, typ: 'JWT' })}.${encode(claimsFor(provider, sallyport.clock.now()))}`
        const signature = createHmac('sha256', secret).update(text).digest('base64url')
        await expectRefused(`${text}.${signature}`)
      }
  })

  it.each(['RS384', 'RS512', 'PS256', 'ES384', 'EdDSA'])(
    'of %s is refused, though the key is listed',
    async (alg) => {
      const key = await newKey(alg)
      provider.keys = [provider.key.jwk, key.jwk]
      sallyport.clock.advance(31_000)
      await expectRefused(await signed(key, claimsFor(provider, sallyport.clock.now())))
      provider.keys = [provider.key.jwk]
    },
  )

  it('of ES256 is let in, where the key is listed', async () => {
    const key = await newKey('ES256')
    provider.keys = [provider.key.jwk, key.jwk]
    sallyport.clock.advance(31_000)
    const claims = { sub: 'elliptic', email: 'elliptic@gmail.com' }
    expect(told(await show(await signed(key, claimsFor(provider, sallyport.clock.now(), claims))))).toBe(
      '200',
    )
    provider.keys = [provider.key.jwk]
  })

  it('by somebody else’s key is refused, whatever its header says of keys', async () => {
    const mine = await newKey()
    const claims = claimsFor(provider, sallyport.clock.now())
    const { kid } = provider.key
    for (const header of [
      { kid },
      { kid: mine.kid },
      { kid, jwk: mine.jwk },
      { kid, jku: `${provider.url}/mine` },
      { kid, x5u: `${provider.url}/mine` },
      { kid, x5c: ['AAAA'] },
      { kid: undefined },
      { kid: '__proto__' },
      { kid: `../${kid}` },
      { kid: [kid] },
    ])
      await expectRefused(await signed(mine, claims, header))
  })

  it('over a header that asks for more than we understand is refused', async () => {
    for (const header of [{ crit: ['b64'], b64: true }, { typ: 'at+jwt' }, { typ: 'logout+jwt' }])
      await expectRefused(await credentialOf({}, header))
  })

  it('that is cut, longer, or over other claims is refused', async () => {
    const good = await credentialOf()
    const [header, payload, signature] = good.split('.') as [string, string, string]
    const raised = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'somebody else' }
    const wrong = [
      good.slice(0, -4),
      `${good}AAAA`,
      `${good}.`,
      `${good}=`,
      ` ${good}`,
      `${header}.${encode(raised)}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${payload}.${header}.${signature}`,
      'a.b.c',
      '...',
      'x'.repeat(8192),
    ]
    for (const one of wrong) await expectRefused(one)
    expect(told(await show('x'.repeat(8193)))).toBe('400 invalid_request')
    expect(told(await show(''))).toBe('400 invalid_request')
    expect(told(await show(good))).toBe('200')
  })

  it('over a payload that is no object is refused', async () => {
    for (const payload of ['[]', '"a"', 'null', '{', '{"a":"\xff"}']) {
      const { CompactSign } = await import('jose')
      const { kid, alg, privateKey } = provider.key
      const bytes = Buffer.from(payload, 'latin1')
      await expectRefused(await new CompactSign(bytes).setProtectedHeader({ alg, kid }).sign(privateKey))
    }
  })
})

describe('a credential that was accepted', () => {
  it('is accepted once, also of ten at once', async () => {
    const credential = await credentialOf()
    const answers = await Promise.all(Array.from({ length: 10 }, () => show(credential)))
    expect(answers.map(told).sort()).toEqual(['200', ...Array(9).fill('401 invalid_credentials')])
    await expectRefused(credential)
    const known = await credentialOf({ sub: `person${people}` })
    const later = await Promise.all(Array.from({ length: 10 }, () => show(known)))
    expect(later.map(told).sort()).toEqual(['200', ...Array(9).fill('401 invalid_credentials')])
  })

  it('is known again however its signature is written', async () => {
    const key = await newKey('ES256')
    provider.keys = [provider.key.jwk, key.jwk]
    sallyport.clock.advance(31_000)
    const claims = claimsFor(provider, sallyport.clock.now(), { sub: 'twice', email: 'twice@gmail.com' })
    const credential = await signed(key, claims)
    expect(told(await show(credential))).toBe('200')
    const end = credential.lastIndexOf('.') + 1
    const signature = Buffer.from(credential.slice(end), 'base64url')
    // (r, s) and (r, n - s) are both good signatures of one text.
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const s = order - BigInt(`0x${signature.subarray(32).toString('hex')}`)
    const other = Buffer.concat([
      signature.subarray(0, 32),
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex'),
    ])
    await expectRefused(credential.slice(0, end) + other.toString('base64url'))
    provider.keys = [provider.key.jwk]
  })

  it('is forgotten when it is over', async () => {
    const { store } = sallyport.server.context
    expect(await store.count(spentCredentials, {})).toBeGreaterThan(0)
    sallyport.clock.advance(86_400_000)
    expect(await store.count(spentCredentials, {})).toBe(0)
  })

  it('stands nowhere in the clear, neither in the log nor in the audit log', async () => {
    const credential = await credentialOf()
    expect(told(await show(credential))).toBe('200')
    await expectRefused(credential)
    const { context } = sallyport.server
    await context.audit.settled()
    const [, , signature] = credential.split('.') as [string, string, string]
    const rows = JSON.stringify(await context.store.list(spentCredentials, { limit: 1000 }))
    for (const text of [rows, ...sallyport.logged]) expect(text).not.toContain(signature)
  })
})

it('a credential that was refused has left nobody behind', async () => {
  const { store } = sallyport.server.context
  const before = await store.count(identities, {})
  await expectRefused(await credentialOf({ aud: 'other.apps.example' }))
  expect(await store.count(identities, {})).toBe(before)
})

it('guesses are counted by address, and good credentials are not', async () => {
  const strict = await openSallyport({ settings: { ...provider.settings, 'limits.login_address.max': '3' } })
  const at = (credential: string) => strict.browser().post('/v1/social/google', { credential })
  const good = (sub: string) =>
    signed(provider.key, claimsFor(provider, strict.clock.now(), { sub, email: `${sub}@gmail.com` }))
  for (let one = 0; one < 5; one++) expect(told(await at(await good(`good${one}`)))).toBe('200')
  for (let one = 0; one < 3; one++) expect(told(await at('a.b.c'))).toBe('401 invalid_credentials')
  expect(told(await at(await good('late')))).toBe('429 too_many_requests')
  await strict.close()
})
