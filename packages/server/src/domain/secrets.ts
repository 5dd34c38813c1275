// What follows from the master secret: a key of its own for every purpose, and sealing for what must be read back.
// The old secret (`SALLYPORT_SECRET_ALSO`) opens and recognises; nothing is ever written with it.
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { deriveKey, hmac } from '../util/hash.js'
import { randomBytes } from '../util/ids.js'
import { type ChainKeys, chainKeys } from './tokens/chain.js'

export interface Secrets {
  /** Keys of the refresh chain, the current secret's first. */
  readonly chain: readonly ChainKeys[]
  /** A key for one purpose, of the current secret. */
  key(purpose: string): KeyObject
  /** The keys for one purpose by which something is recognised: the current secret's first, then the other one's. */
  keys(purpose: string): readonly KeyObject[]
  /** AES-256-GCM under the current secret; `associated` must be the same when opened. */
  seal(plain: Uint8Array, associated: string): Buffer
  /** The plain bytes, or undefined where neither secret opens it. */
  open(sealed: Uint8Array, associated: string): Buffer | undefined
  /** Whether something is sealed under the current secret. */
  isCurrent(sealed: Uint8Array): boolean
}

const FINGERPRINT = 8
const IV = 12
const TAG = 16

interface SealKey {
  readonly fingerprint: Buffer
  readonly key: KeyObject
}

function sealKey(secret: Uint8Array): SealKey {
  return {
    fingerprint: hmac(secret, 'sallyport/fingerprint').subarray(0, FINGERPRINT),
    key: createSecretKey(deriveKey(secret, 'sealing')),
  }
}

/** Everything derived from the current master secret and, while it is being replaced, the other one. */
export function createSecrets(current: Uint8Array, also?: Uint8Array): Secrets {
  const all = also ? [current, also] : [current]
  const sealKeys = all.map(sealKey)
  const derived = new Map<string, readonly KeyObject[]>()
  const keysFor = (purpose: string) => {
    const known = derived.get(purpose) ?? all.map((secret) => createSecretKey(deriveKey(secret, purpose)))
    derived.set(purpose, known)
    return known
  }
  return {
    chain: all.map(chainKeys),
    key: (purpose) => keysFor(purpose)[0]!,
    keys: keysFor,
    seal: (plain, associated) => seal(sealKeys[0]!, plain, associated),
    open: (sealed, associated) => {
      const key = sealKeys.find(({ fingerprint }) => fingerprint.equals(sealed.subarray(0, FINGERPRINT)))
      return key && open(key, sealed, associated)
    },
    isCurrent: (sealed) => sealKeys[0]!.fingerprint.equals(sealed.subarray(0, FINGERPRINT)),
  }
}

function seal({ fingerprint, key }: SealKey, plain: Uint8Array, associated: string): Buffer {
  const iv = randomBytes(IV)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(associated))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([fingerprint, iv, cipher.getAuthTag(), body])
}

function open({ key }: SealKey, sealed: Uint8Array, associated: string): Buffer | undefined {
  const iv = sealed.subarray(FINGERPRINT, FINGERPRINT + IV)
  const tag = sealed.subarray(FINGERPRINT + IV, FINGERPRINT + IV + TAG)
  if (iv.length !== IV || tag.length !== TAG) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG })
    decipher.setAAD(Buffer.from(associated))
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(sealed.subarray(FINGERPRINT + IV + TAG)), decipher.final()])
  } catch {
    return undefined
  }
}
