import { verify } from 'node:crypto'
import { algorithms, createTokenVerifier, keySet } from '@sallyport/verify'
import { compactVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { type SigningKey, signAccessToken, signingKey } from './access.js'
import { generateSigningKey, verificationKey } from './keyformat.js'

const claims = { sub: 'somebody', exp: 2_000_000_000, name: 'Ünïcødé 🙂' }

function verifierOf(key: SigningKey, types: (string | null)[] = ['at+jwt']) {
  const keys = keySet([verificationKey(key)])
  const now = () => claims.exp * 1000 - 60_000
  return createTokenVerifier({ keys: () => keys, issuer: null, audience: null, required: [], types, now })
}

describe('signAccessToken', () => {
  test.each(algorithms)('%s: what is signed is read back by our verifier and by another', async (alg) => {
    const key = await generateSigningKey(alg)
    const token = signAccessToken(key, claims)
    const header = { typ: 'at+jwt', alg, kid: key.kid }
    expect(verifierOf(key).verify(token)).toEqual({ ok: true, claims, header })
    const read = await compactVerify(token, verificationKey(key).key)
    expect(read.protectedHeader).toEqual(header)
    expect(JSON.parse(Buffer.from(read.payload).toString())).toEqual(claims)
  })

  test('ES256 signatures are r and s of 32 bytes each, however short the integers are', async () => {
    const key = await generateSigningKey('ES256')
    const { key: publicKey } = verificationKey(key)
    let short = 0
    for (let round = 0; round < 600; round++) {
      const token = signAccessToken(key, { ...claims, jti: round })
      const [input, signature] = [
        token.slice(0, token.lastIndexOf('.')),
        token.slice(token.lastIndexOf('.') + 1),
      ]
      const bytes = Buffer.from(signature, 'base64url')
      expect(bytes).toHaveLength(64)
      if (bytes[0] === 0 || bytes[32] === 0) short++
      expect(verify('sha256', Buffer.from(input), { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes)).toBe(
        true,
      )
    }
    expect(short).toBeLessThan(60)
  })

  test("the type of a token is its key's, and may be none", async () => {
    const { kid, alg, key } = await generateSigningKey('HS256')
    const plain = signingKey(kid, alg, key, null)
    expect(verifierOf(plain, [null]).verify(signAccessToken(plain, claims))).toMatchObject({ ok: true })
    const jwt = signingKey(kid, alg, key, 'JWT')
    expect(verifierOf(jwt).verify(signAccessToken(jwt, claims))).toEqual({ ok: false, reason: 'type' })
    expect(verifierOf(jwt, ['JWT']).verify(signAccessToken(jwt, claims)).ok).toBe(true)
  })
})
