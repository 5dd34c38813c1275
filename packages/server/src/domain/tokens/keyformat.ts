// Keys as they come and go: made anew, named, sealed as bytes, shown as a public JWK. Files of an operator's own are read
// by keyfile.ts; where keys live and which of them signs is domain/keys'. No error shows a byte of a key.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { promisify } from 'node:util'
import { type Algorithm, keyProblem, type VerificationKey } from '@sallyport/verify'
import { deriveKey } from '../../util/hash.js'
import { type SigningKey, signingKey } from './access.js'

const pair = promisify(generateKeyPair)

const isSecret = (alg: Algorithm) => alg === 'HS256' || alg === 'HS512'

/** A new key for an algorithm; its id follows from it. */
export async function generateSigningKey(alg: Algorithm): Promise<SigningKey> {
  const key = await generate(alg)
  return signingKey(kidOf(key), alg, key)
}

async function generate(alg: Algorithm): Promise<KeyObject> {
  switch (alg) {
    case 'ES256':
      return (await pair('ec', { namedCurve: 'P-256' })).privateKey
    case 'EdDSA':
      return (await pair('ed25519', undefined)).privateKey
    case 'RS256':
      return (await pair('rsa', { modulusLength: 2048 })).privateKey
    case 'HS256':
      return createSecretKey(randomBytes(32))
    case 'HS512':
      return createSecretKey(randomBytes(64))
  }
}

/** A key's id: its RFC 7638 thumbprint; for a secret 32 bytes derived from it, which tell nothing about it. */
export function kidOf(key: KeyObject): string {
  if (key.type === 'secret') return deriveKey(key.export(), 'kid').toString('base64url')
  const { crv, e, kty, n, x, y } = publicOf(key).export({ format: 'jwk' })
  // Exactly the required members, in the order of their names (RFC 7638 section 3.2).
  return createHash('sha256').update(JSON.stringify({ crv, e, kty, n, x, y })).digest('base64url')
}

function publicOf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key
}

/** What verifies the tokens a key signs. */
export function verificationKey({ kid, alg, key }: SigningKey): VerificationKey {
  return { kid, alg, key: publicOf(key) }
}

/** A key as the JWKS shows it (RFC 7517), public members alone; undefined for a secret, which no JWKS shows. */
export function publicJwk({ kid, alg, key }: VerificationKey): JsonWebKey | undefined {
  if (key.type === 'secret') return undefined
  const { kty, crv, x, y, n, e } = publicOf(key).export({ format: 'jwk' })
  const members = { kty, kid, alg, use: 'sig', crv, x, y, n, e }
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** The private key as bytes to be sealed: PKCS #8 in DER, or the secret itself. */
export function privateBytes({ key }: SigningKey): Buffer {
  return key.type === 'secret' ? key.export() : key.export({ type: 'pkcs8', format: 'der' })
}

/** The key behind `privateBytes`. Throws Error where the bytes are no key for the algorithm. */
export function fromPrivateBytes(kid: string, alg: Algorithm, bytes: Buffer): SigningKey {
  const key = isSecret(alg)
    ? createSecretKey(bytes)
    : createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })
  const problem = keyProblem(key, alg)
  if (problem !== undefined) throw new Error(`signing key ${kid}: ${problem}`)
  return signingKey(kid, alg, key)
}
