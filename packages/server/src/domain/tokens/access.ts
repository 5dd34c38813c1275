// Signs tokens with synchronous node:crypto. The header is encoded once a key, the bare KeyObject goes in and ECDSA is
// converted by hand: `{ key, dsaEncoding }` doubles the cost on Node 24. What stands in a token is its caller's.
import { createHmac, type KeyObject, sign } from 'node:crypto'
import type { Algorithm } from '@sallyport/verify'
import { toBase64url } from '../../util/base64url.js'

/** A private key (a secret for HS256 and HS512) with the one algorithm it serves. */
export interface SigningKey {
  readonly kid: string
  readonly alg: Algorithm
  readonly key: KeyObject
  /** The encoded header and the dot behind it. */
  readonly header: string
}

/** A signing key whose tokens carry this `typ`; null leaves it out. */
export function signingKey(
  kid: string,
  alg: Algorithm,
  key: KeyObject,
  typ: string | null = 'at+jwt',
): SigningKey {
  const header = JSON.stringify({ typ: typ ?? undefined, alg, kid })
  return { kid, alg, key, header: `${toBase64url(Buffer.from(header))}.` }
}

/** A secret whose tokens name no key: its holders have but one. */
export function unnamedKey(alg: Algorithm, key: KeyObject, typ: string): SigningKey {
  return { kid: '', alg, key, header: `${toBase64url(Buffer.from(JSON.stringify({ typ, alg })))}.` }
}

/** A compact JWS over the claims (RFC 7515). */
export function signAccessToken(key: SigningKey, claims: object): string {
  return signPayload(key, JSON.stringify(claims))
}

/** The same over claims that are JSON already. */
export function signPayload(key: SigningKey, payload: string): string {
  const input = key.header + Buffer.from(payload).toString('base64url')
  return `${input}.${signatureOf(key, Buffer.from(input, 'latin1')).toString('base64url')}`
}

function signatureOf({ alg, key }: SigningKey, input: Buffer): Buffer {
  switch (alg) {
    case 'ES256':
      return pairFrom(sign('sha256', input, key))
    case 'EdDSA':
      return sign(null, input, key)
    case 'RS256':
      return sign('sha256', input, key)
    case 'HS256':
      return createHmac('sha256', key).update(input).digest()
    case 'HS512':
      return createHmac('sha512', key).update(input).digest()
  }
}

/** r and s side by side, 32 bytes each (RFC 7518 section 3.4), from OpenSSL's DER. */
function pairFrom(der: Buffer): Buffer {
  const pair = Buffer.alloc(64)
  const r = 4 + der[3]!
  copyInteger(der, 4, r, pair, 32)
  copyInteger(der, r + 2, der.length, pair, 64)
  return pair
}

/** Copies a DER integer so that it ends at `end`; a leading zero that only marks the sign falls away. */
function copyInteger(der: Buffer, from: number, to: number, pair: Buffer, end: number): void {
  const start = Math.max(from, to - 32)
  der.copy(pair, end - (to - start), start, to)
}
