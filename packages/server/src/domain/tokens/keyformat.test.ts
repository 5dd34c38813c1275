import { createPrivateKey, createPublicKey, createSecretKey } from 'node:crypto'
import { algorithms, importJwk, keyProblem } from '@sallyport/verify'
import { calculateJwkThumbprint } from 'jose'
import { describe, expect, test } from 'vitest'
import { signingKey } from './access.js'
import {
  fromPrivateBytes,
  generateSigningKey,
  kidOf,
  privateBytes,
  publicJwk,
  verificationKey,
} from './keyformat.js'

describe('keys made here', () => {
  test.each(algorithms)(
    '%s: a new key fits, is another each time, and comes back from its bytes',
    async (alg) => {
      const key = await generateSigningKey(alg)
      expect(keyProblem(key.key, alg)).toBeUndefined()
      expect((await generateSigningKey(alg)).kid).not.toBe(key.kid)
      const back = fromPrivateBytes(key.kid, alg, privateBytes(key))
      expect({ ...back, key: undefined }).toEqual({ ...key, key: undefined })
      expect(back.key.equals(key.key)).toBe(true)
    },
  )

  test('bytes of another algorithm or too few are refused', async () => {
    const rsa = privateBytes(await generateSigningKey('RS256'))
    expect(() => fromPrivateBytes('k', 'ES256', rsa)).toThrow(
      'ES256 needs an EC key on P-256, found an RSA key',
    )
    expect(() => fromPrivateBytes('k', 'HS512', Buffer.alloc(32))).toThrow('found a secret of 32 bytes')
  })
})

describe('publicJwk', () => {
  const shown = {
    ES256: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
    EdDSA: ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
    RS256: ['alg', 'e', 'kid', 'kty', 'n', 'use'],
  }

  test.each(['ES256', 'EdDSA', 'RS256'] as const)(
    '%s: exactly the public members, named by its thumbprint',
    async (alg) => {
      const key = await generateSigningKey(alg)
      for (const one of [key, verificationKey(key)]) {
        const jwk = publicJwk(one)!
        expect(Object.keys(jwk).sort()).toEqual(shown[alg])
        expect(jwk).toMatchObject({
          alg,
          use: 'sig',
          kid: await calculateJwkThumbprint(jwk as { kty: string }),
        })
        expect(
          importJwk(jwk).key.equals(
            createPublicKey(createPrivateKey({ key: privateBytes(key), format: 'der', type: 'pkcs8' })),
          ),
        ).toBe(true)
      }
    },
  )

  test.each(['HS256', 'HS512'] as const)('%s: a secret is never shown', async (alg) => {
    expect(publicJwk(verificationKey(await generateSigningKey(alg)))).toBeUndefined()
  })
})

describe('kidOf', () => {
  test('the example of RFC 7638 section 3.1 has its thumbprint', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    const key = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' })
    expect(kidOf(key)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  test('a secret has the same id every time and in no way a part of it', () => {
    const secret = createSecretKey(Buffer.alloc(32, 1))
    const kid = kidOf(secret)
    expect(kid).toMatch(/^[\w-]{43}$/)
    expect(kidOf(createSecretKey(Buffer.alloc(32, 1)))).toBe(kid)
    expect(kidOf(createSecretKey(Buffer.alloc(32, 2)))).not.toBe(kid)
    expect(Buffer.from(kid, 'base64url').equals(secret.export())).toBe(false)
    expect(signingKey(kid, 'HS256', secret).header).not.toContain(secret.export().toString('base64url'))
  })
})
