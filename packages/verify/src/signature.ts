// Signatures by synchronous node:crypto. The bare KeyObject goes in and ECDSA is converted by hand, because
// `{ key, dsaEncoding }` costs a third of a verification on Node 24.
import { createHmac, timingSafeEqual, verify } from 'node:crypto'
import type { VerificationKey } from './keys.js'

/** Whether `signature` is the key's over `input` (RFC 7515 section 5.2). Any length of either is an answer, not an error. */
export function signatureHolds(key: VerificationKey, input: Uint8Array, signature: Buffer): boolean {
  switch (key.alg) {
    case 'ES256':
      return signature.length === 64 && verify('sha256', input, key.key, derFrom(signature))
    case 'EdDSA':
      return signature.length === 64 && verify(null, input, key.key, signature)
    case 'RS256':
      return verify('sha256', input, key.key, signature)
    case 'HS256':
      return macHolds('sha256', key, input, signature)
    case 'HS512':
      return macHolds('sha512', key, input, signature)
  }
}

function macHolds(hash: string, key: VerificationKey, input: Uint8Array, mac: Buffer): boolean {
  const right = createHmac(hash, key.key).update(input).digest()
  return right.length === mac.length && timingSafeEqual(right, mac)
}

/** ECDSA on P-256 from r and s side by side (RFC 7518 section 3.4) to the DER form OpenSSL reads. */
function derFrom(pair: Buffer): Buffer {
  const r = firstSignificant(pair, 0)
  const s = firstSignificant(pair, 32)
  const rLength = 32 - r + (pair[r]! >> 7)
  const sLength = 64 - s + (pair[s]! >> 7)
  const der = Buffer.allocUnsafe(6 + rLength + sLength)
  der[0] = 0x30
  der[1] = 4 + rLength + sLength
  writeInteger(der, 2, rLength, pair, r, 32)
  writeInteger(der, 4 + rLength, sLength, pair, s, 64)
  return der
}

function firstSignificant(pair: Buffer, start: number): number {
  let at = start
  while (at < start + 31 && pair[at] === 0) at++
  return at
}

function writeInteger(
  der: Buffer,
  at: number,
  length: number,
  from: Buffer,
  start: number,
  end: number,
): void {
  der[at] = 0x02
  der[at + 1] = length
  der[at + 2] = 0
  // Byte by byte: for so few of them a call into Buffer costs more.
  for (let byte = start, to = at + 2 + length - (end - start); byte < end; ) der[to++] = from[byte++]!
}
