import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { importJwk } from './index.js'
import * as web from './web.js'

const jwkOf = (key: { export(options: { format: 'jwk' }): JsonWebKey }) => key.export({ format: 'jwk' })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const secret = { kty: 'oct', kid: 'k', k: Buffer.alloc(64, 7).toString('base64url') }

describe('importJwk', () => {
  test('an algorithm that is not said follows from the kind of key', () => {
    const keys = [ec, generateKeyPairSync('ed25519'), generateKeyPairSync('rsa', { modulusLength: 2048 })]
    const algs = keys.map(({ publicKey }) => importJwk({ ...jwkOf(publicKey), kid: 'k' }).alg)
    expect(algs).toEqual(['ES256', 'EdDSA', 'RS256'])
    expect(importJwk({ ...secret, alg: 'HS512' })).toMatchObject({ kid: 'k', alg: 'HS512' })
  })

  test('a private JWK gives its public key alone', () => {
    const { key } = importJwk({ ...jwkOf(ec.privateKey), kid: 'k' })
    expect(key.type).toBe('public')
    expect(key.equals(ec.publicKey)).toBe(true)
  })

  test('what does not fit is refused in words that name it', () => {
    const p256 = jwkOf(ec.publicKey)
    const small = jwkOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)
    const refused: [JsonWebKey, string][] = [
      [p256, 'needs a kid'],
      [{ ...p256, kid: '' }, 'needs a kid'],
      [{ ...p256, kid: 'k', use: 'enc' }, 'use must be "sig", found "enc"'],
      [{ ...p256, kid: 'k', alg: 'RS256' }, 'RS256 needs an RSA key of 2048 bits or more, found an EC key'],
      [{ ...p256, kid: 'k', alg: 'PS256' }, 'alg is "PS256"'],
      [{ ...p256, kid: 'k', x: p256.y }, 'not a key (kty "EC", crv "P-256")'],
      [{ ...small, kid: 'k' }, 'found an RSA key of 1024 bits'],
      [secret, 'no algorithm of ours'],
      [{ ...secret, k: '' }, 'needs the member k'],
      [{ ...secret, alg: 'HS256', k: 'c2hvcnQ' }, 'found a secret of 5 bytes'],
      [{ ...secret, alg: 'ES256' }, 'found a secret of 64 bytes'],
      [{ kid: 'k' }, 'not a key (kty undefined'],
    ]
    for (const [jwk, words] of refused) expect(() => importJwk(jwk)).toThrow(words)
  })

  test('WebCrypto takes the same keys, and refuses the same', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    for (const { publicKey, privateKey } of [ec, generateKeyPairSync('ed25519'), rsa])
      for (const jwk of [jwkOf(publicKey), jwkOf(privateKey)]) {
        const key = await web.importJwk({ ...jwk, kid: 'k' })
        expect([key.key.type, key.alg]).toEqual(['public', importJwk({ ...jwk, kid: 'k' }).alg])
      }
    expect((await web.importJwk({ ...secret, alg: 'HS512' })).key.type).toBe('secret')
    const p256 = jwkOf(ec.publicKey)
    const p384 = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)
    const small = jwkOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)
    const refused: [JsonWebKey, string][] = [
      [p256, 'needs a kid'],
      [{ ...p256, kid: 'k', use: 'enc' }, 'use must be "sig", found "enc"'],
      [{ ...p256, kid: 'k', alg: 'RS256' }, 'RS256 needs an RSA key of 2048 bits or more'],
      [{ ...p256, kid: 'k', alg: 'PS256' }, 'alg is "PS256"'],
      [{ ...p256, kid: 'k', x: p256.y }, 'not a key (kty "EC", crv "P-256")'],
      [{ ...p384, kid: 'k' }, 'ES256 needs an EC key on P-256'],
      [{ ...small, kid: 'k' }, 'found an RSA key of 1024 bits'],
      [secret, 'no algorithm of ours'],
      [{ ...secret, alg: 'HS256', k: 'c2hvcnQ' }, 'found a secret of 5 bytes'],
      [{ ...secret, alg: 'HS256', k: '' }, 'found a secret of 0 bytes'],
      [{ ...secret, alg: 'ES256' }, 'found a secret of 64 bytes'],
    ]
    for (const [jwk, words] of refused) await expect(web.importJwk({ ...jwk })).rejects.toThrow(words)
  })
})
