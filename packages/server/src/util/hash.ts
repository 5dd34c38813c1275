// The few primitives every room uses: SHA-256, HMAC-SHA256, HKDF-SHA256 and a comparison in constant time.
import { hash, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'

// Node makes a memory of its own for each digest that it gives as bytes, which costs more than the hash does. A Buffer
// made from text shares a larger one.
const bytesOf = (digest: string): Buffer => Buffer.from(digest, 'latin1')

export function sha256(data: string | Uint8Array): Buffer {
  return bytesOf(hash('sha256', data, 'binary'))
}

const BLOCK = 64
const DIGEST = 32

/** A key as HMAC uses it: filled up to a block, and masked once for the inner hash and once for the outer. */
interface Pads {
  readonly inner: Buffer
  readonly outer: Buffer
}

const padsOf = new WeakMap<KeyObject, Pads>()
// Both hashes are made before anybody else has a turn, so one place for what goes into them is enough.
const [message, outer] = [Buffer.alloc(2048), Buffer.alloc(BLOCK + DIGEST)]

/**
 * HMAC-SHA256 (RFC 2104) over the parts as one text; texts as UTF-8. Two hashes in one go cost a third to a half of
 * Node's `createHmac`, which looks its algorithm up for every call, and a refresh needs three. The pads of a KeyObject
 * are kept.
 */
export function hmac(key: Uint8Array | KeyObject, ...parts: (string | Uint8Array)[]): Buffer {
  const pads = key instanceof Uint8Array ? makePads(key) : keptPads(key)
  let length = BLOCK
  for (const part of parts) length += typeof part === 'string' ? Buffer.byteLength(part) : part.length
  const into = length <= message.length ? message : Buffer.allocUnsafe(length)
  into.set(pads.inner, 0)
  let at = BLOCK
  for (const part of parts)
    if (typeof part === 'string') at += into.write(part, at)
    else {
      into.set(part, at)
      at += part.length
    }
  outer.set(pads.outer, 0)
  outer.write(hash('sha256', into.subarray(0, length), 'binary'), BLOCK, 'latin1')
  return bytesOf(hash('sha256', outer, 'binary'))
}

function keptPads(key: KeyObject): Pads {
  const kept = padsOf.get(key)
  if (kept !== undefined) return kept
  const made = makePads(key.export())
  padsOf.set(key, made)
  return made
}

function makePads(key: Uint8Array): Pads {
  const filled = Buffer.alloc(BLOCK)
  filled.set(key.length > BLOCK ? sha256(key) : key)
  return {
    inner: filled.map((byte) => byte ^ 0x36) as Buffer,
    outer: filled.map((byte) => byte ^ 0x5c) as Buffer,
  }
}

/** A key of its own for one purpose (RFC 5869); the label is the purpose. */
export function deriveKey(secret: Uint8Array, label: string, length = 32): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `sallyport/${label}`, length))
}

/** Equality in constant time; different lengths are unequal. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}
