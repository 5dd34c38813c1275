import { generateKeyPairSync, type JsonWebKey, type KeyObject, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { readKeysFile } from './keyfile.js'
import { kidOf } from './keyformat.js'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

const pem = (key: KeyObject, type: 'pkcs8' | 'sec1' | 'pkcs1' | 'spki', more = {}) =>
  key.export({ type, format: 'pem', ...more } as never).toString()
const jwk = (key: KeyObject, more = {}): JsonWebKey => ({ ...key.export({ format: 'jwk' }), ...more })
const secret = (size: number, more = {}): JsonWebKey => ({
  kty: 'oct',
  k: randomBytes(size).toString('base64url'),
  ...more,
})
const file = (content: object) => JSON.stringify(content)

describe('readKeysFile', () => {
  const readable: [string, string, string, KeyObject][] = [
    ['PKCS #8 of P-256', pem(ec.privateKey, 'pkcs8'), 'ES256', ec.privateKey],
    ['SEC 1', pem(ec.privateKey, 'sec1'), 'ES256', ec.privateKey],
    [
      'SEC 1 after its parameters',
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${pem(ec.privateKey, 'sec1')}`,
      'ES256',
      ec.privateKey,
    ],
    ['PKCS #8 of Ed25519', pem(ed.privateKey, 'pkcs8'), 'EdDSA', ed.privateKey],
    ['PKCS #8 of RSA', `\n\n${pem(rsa.privateKey, 'pkcs8')}`, 'RS256', rsa.privateKey],
    ['PKCS #1', pem(rsa.privateKey, 'pkcs1'), 'RS256', rsa.privateKey],
    [
      'a private and a public block',
      pem(rsa.privateKey, 'pkcs8') + pem(rsa.publicKey, 'spki'),
      'RS256',
      rsa.privateKey,
    ],
    ['a JWK', file(jwk(ed.privateKey)), 'EdDSA', ed.privateKey],
    [
      'a JWK with alg and use',
      file(jwk(ec.privateKey, { alg: 'ES256', use: 'sig' })),
      'ES256',
      ec.privateKey,
    ],
  ]

  test.each(readable)('%s', (_name, text, alg, key) => {
    const { signing, verifying } = readKeysFile(text)
    expect(signing).toMatchObject({ alg, kid: kidOf(key) })
    expect(signing.key.equals(key)).toBe(true)
    expect(verifying.map(({ kid, key: { type } }) => [kid, type])).toEqual([[kidOf(key), 'public']])
  })

  test('secrets take the algorithm they name, else the one that was configured', () => {
    expect(readKeysFile(file(secret(32, { alg: 'HS256' }))).signing).toMatchObject({ alg: 'HS256' })
    expect(readKeysFile(file(secret(64)), 'HS512').signing).toMatchObject({ alg: 'HS512' })
    expect(() => readKeysFile(file(secret(64)))).toThrow('a secret of 64 bytes with alg undefined')
  })

  test('of a set the first signs and all verify, each under the id it gives itself', () => {
    const keys = [
      jwk(ec.privateKey),
      jwk(rsa.publicKey, { kid: 'old' }),
      jwk(ed.privateKey),
      secret(32, { alg: 'HS256', kid: 's' }),
    ]
    const { signing, verifying } = readKeysFile(file({ keys }))
    expect(signing.kid).toBe(kidOf(ec.publicKey))
    expect(verifying.map(({ kid, alg, key }) => [kid, alg, key.type])).toEqual([
      [kidOf(ec.publicKey), 'ES256', 'public'],
      ['old', 'RS256', 'public'],
      [kidOf(ed.publicKey), 'EdDSA', 'public'],
      ['s', 'HS256', 'secret'],
    ])
  })

  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey
  const other = jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)
  const locked = { cipher: 'aes-256-cbc', passphrase: 'secret' }
  const refused: [string, string, string][] = [
    ['an empty file', '', 'neither PEM nor JSON'],
    ['something else', 'hello', 'neither PEM nor JSON'],
    ['broken JSON', '{"kty":', 'broken JSON'],
    ['an empty set', '{"keys":[]}', 'an empty JWK set'],
    ['a set that is no list', '{"keys":{}}', 'no list'],
    ['a set that holds no key', '{"keys":[7]}', 'holds no JWK'],
    ['a public PEM', pem(ec.publicKey, 'spki'), 'found a PEM file of PUBLIC KEY; expected one private key'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\n', 'a PEM file of CERTIFICATE'],
    ['an encrypted PEM', pem(ec.privateKey, 'pkcs8', locked), 'an encrypted private key'],
    ['an encrypted PEM of the old kind', pem(rsa.privateKey, 'pkcs1', locked), 'an encrypted private key'],
    [
      'two private keys',
      pem(ec.privateKey, 'pkcs8') + pem(rsa.privateKey, 'pkcs8'),
      '2 private keys in one PEM file',
    ],
    [
      'a torn PEM',
      pem(ec.privateKey, 'pkcs8').replace(/.{20}\n-----END/, '\n-----END'),
      'PRIVATE KEY that cannot be read',
    ],
    [
      'an OpenSSH key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAA==\n-----END OPENSSH PRIVATE KEY-----',
      'OPENSSH PRIVATE KEY that cannot',
    ],
    ['P-384', pem(p384, 'pkcs8'), 'ES256 needs an EC key on P-256, found an EC key on secp384r1'],
    [
      'RSA of 1024 bits',
      pem(weak, 'pkcs8'),
      'RS256 needs an RSA key of 2048 bits or more, found an RSA key of 1024 bits',
    ],
    ['RSA-PSS', pem(pss, 'pkcs8'), 'a key of type rsa-pss'],
    ['X25519', pem(generateKeyPairSync('x25519').privateKey, 'pkcs8'), 'a key of type x25519'],
    [
      'a short secret',
      file(secret(31, { alg: 'HS256' })),
      'HS256 needs a secret of 32 bytes or more, found a secret of 31',
    ],
    ['HS512 with 63 bytes', file(secret(63, { alg: 'HS512' })), 'HS512 needs a secret of 64 bytes or more'],
    ['a secret without k', '{"kty":"oct","alg":"HS256"}', 'a secret without k'],
    ['a public JWK', file(jwk(ec.publicKey)), 'a public key (kty "EC", crv "P-256")'],
    [
      'a JWK of another curve',
      file(jwk(ec.privateKey, { crv: 'P-999' })),
      'cannot be read (kty "EC", crv "P-999")',
    ],
    ['a JWK for encryption', file(jwk(ec.privateKey, { use: 'enc' })), 'a key whose use is "enc"'],
    ['alg of another kind', file(jwk(ec.privateKey, { alg: 'RS256' })), 'RS256 needs an RSA key'],
    [
      'alg that is not ours',
      file(jwk(rsa.privateKey, { alg: 'PS256' })),
      'with alg "PS256", not one of ES256',
    ],
    ['a kid with a space', file(jwk(ec.privateKey, { kid: 'a b' })), 'a kid that is not'],
    [
      'two halves of two keys',
      file(jwk(ec.privateKey, { x: other.x, y: other.y })),
      'do not belong together',
    ],
    [
      'one id twice',
      file({ keys: [jwk(ec.privateKey, { kid: 'a' }), jwk(rsa.publicKey, { kid: 'a' })] }),
      'two keys with the id a',
    ],
    [
      'a bad key behind the first',
      file({ keys: [jwk(ec.privateKey), jwk(weak, { kid: 'w' })] }),
      'key w: RS256 needs',
    ],
  ]

  test.each(refused)('refused: %s', (_name, text, words) => {
    expect(() => readKeysFile(text)).toThrow(words)
  })

  test('a key for another algorithm than the configured one is refused', () => {
    expect(readKeysFile(pem(ec.privateKey, 'pkcs8'), 'ES256').signing.alg).toBe('ES256')
    expect(() => readKeysFile(pem(ec.privateKey, 'pkcs8'), 'EdDSA')).toThrow(
      'found a key for ES256 (an EC key on prime256v1); access_token.alg is EdDSA',
    )
  })

  test('no message holds a part of the file', () => {
    const private_ = [jwk(p384).d!, jwk(weak).d!]
    for (const [, text] of refused)
      try {
        readKeysFile(text)
      } catch (error) {
        const said = `${(error as Error).message}`
        for (const part of [...private_, jwk(ec.privateKey).d!]) expect(said).not.toContain(part)
        for (const part of text.match(/[A-Za-z0-9_-]{40,}/g) ?? []) expect(said).not.toContain(part)
      }
  })
})
