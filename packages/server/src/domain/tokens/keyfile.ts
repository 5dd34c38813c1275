// Reads the file of `keys.file`: one private key (PEM: PKCS #8, SEC 1, PKCS #1; or JWK), or a JWK set whose first key
// signs and whose others verify. Whatever else stands there stops the start with a sentence; no sentence shows a key.
import { createPrivateKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import {
  type Algorithm,
  algorithmOf,
  algorithms,
  createTokenVerifier,
  describeKey,
  importJwk,
  isAlgorithm,
  keyProblem,
  keySet,
  type VerificationKey,
} from '@sallyport/verify'
import { type SigningKey, signAccessToken, signingKey } from './access.js'
import { kidOf, verificationKey } from './keyformat.js'

export interface KeyFile {
  readonly signing: SigningKey
  /** Every key that verifies, the signing one's first. */
  readonly verifying: readonly VerificationKey[]
}

const expected =
  'expected one private key (PEM or JWK, not encrypted) or a JWK set whose first key is private'

/**
 * Reads a key file. `alg` is the algorithm that was configured, where one was; a secret whose JWK says none needs it.
 * @throws Error that says what was found and what is expected
 */
export function readKeysFile(text: string, alg?: Algorithm): KeyFile {
  const isJson = text.trimStart().startsWith('{')
  const [first, ...others] = isJson ? jwksOf(text) : [{}]
  if (first === undefined) return refuse('an empty JWK set')
  const signing = signingFrom(isJson ? privateFromJwk(first) : privateFromPem(text), first, alg)
  const verifying = [verificationKey(signing), ...others.map(verifyingFrom)]
  keySet(verifying)
  return { signing, verifying }
}

function refuse(found: string): never {
  throw new Error(`found ${found}; ${expected}`)
}

function jwksOf(text: string): JsonWebKey[] {
  const file = json(text)
  const list: unknown = 'keys' in file ? file.keys : [file]
  if (!Array.isArray(list)) return refuse('a JWK set whose keys are no list')
  for (const jwk of list)
    if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk))
      return refuse('a JWK set that holds no JWK')
  return list
}

function json(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    return refuse('broken JSON')
  }
}

function privateFromPem(text: string): KeyObject {
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map((match) => match[1]!)
  const keys = labels.filter((label) => label.endsWith('PRIVATE KEY'))
  if (labels.length === 0) return refuse('neither PEM nor JSON')
  if (keys.length === 0) return refuse(`a PEM file of ${labels.join(', ')}`)
  if (keys.length > 1) return refuse(`${keys.length} private keys in one PEM file`)
  if (keys[0]!.startsWith('ENCRYPTED') || text.includes('Proc-Type: 4,ENCRYPTED'))
    return refuse('an encrypted private key')
  try {
    return createPrivateKey(text)
  } catch {
    return refuse(`a PEM block ${keys[0]} that cannot be read`)
  }
}

function signingFrom(key: KeyObject, jwk: JsonWebKey, configured: Algorithm | undefined): SigningKey {
  if (jwk.use !== undefined && jwk.use !== 'sig')
    return refuse(`a key whose use is ${JSON.stringify(jwk.use)}, not "sig"`)
  const alg = jwk.alg ?? algorithmOf(key) ?? configured
  if (!isAlgorithm(alg))
    return refuse(`${describeKey(key)} with alg ${JSON.stringify(alg)}, not one of ${algorithms.join(', ')}`)
  const problem = keyProblem(key, alg)
  if (problem !== undefined) throw new Error(problem)
  if (configured !== undefined && configured !== alg)
    throw new Error(`found a key for ${alg} (${describeKey(key)}); access_token.alg is ${configured}`)
  const signing = signingKey(namedBy(jwk) ?? kidOf(key), alg, key)
  if (!matches(signing)) return refuse('a key whose private and public parts do not belong together')
  return signing
}

function privateFromJwk(jwk: JsonWebKey): KeyObject {
  const kind = `kty ${JSON.stringify(jwk.kty)}${jwk.crv === undefined ? '' : `, crv ${JSON.stringify(jwk.crv)}`}`
  if (jwk.kty === 'oct')
    return typeof jwk.k === 'string' ? createSecretKey(jwk.k, 'base64url') : refuse('a secret without k')
  if (jwk.d === undefined) return refuse(`a public key (${kind})`)
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' })
  } catch {
    return refuse(`a JWK that cannot be read (${kind})`)
  }
}

function verifyingFrom(jwk: JsonWebKey): VerificationKey {
  const kid = namedBy(jwk)
  const { alg, key } = importJwk({ ...jwk, kid: kid ?? 'without kid' })
  return { kid: kid ?? kidOf(key), alg, key }
}

/** The id a JWK gives itself: tokens signed elsewhere carry it. */
function namedBy({ kid }: JsonWebKey): string | undefined {
  if (kid === undefined) return undefined
  if (typeof kid === 'string' && /^[\x21-\x7e]{1,128}$/.test(kid)) return kid
  throw new Error('found a kid that is not 1 to 128 printable ASCII characters')
}

/** Whether the public part verifies what the private part signs; a JWK carries both and could pair two keys. */
function matches(signing: SigningKey): boolean {
  const keys = keySet([verificationKey(signing)])
  const verifier = createTokenVerifier({
    keys: () => keys,
    issuer: null,
    audience: null,
    required: [],
    now: () => 0,
  })
  return verifier.verify(signAccessToken(signing, { exp: 1 })).ok
}
