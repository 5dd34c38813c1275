// The five algorithms. A key serves exactly one of them, and nothing in a token changes that.

export const algorithms = ['ES256', 'EdDSA', 'RS256', 'HS256', 'HS512'] as const

/** A JWS algorithm (RFC 7518 section 3.1, RFC 8037 for EdDSA with Ed25519). */
export type Algorithm = (typeof algorithms)[number]

/** What each asks of its key. */
export const expectedKey: Readonly<Record<Algorithm, string>> = {
  ES256: 'an EC key on P-256',
  EdDSA: 'an Ed25519 key',
  RS256: 'an RSA key of 2048 bits or more',
  HS256: 'a secret of 32 bytes or more',
  HS512: 'a secret of 64 bytes or more',
}

export function isAlgorithm(name: unknown): name is Algorithm {
  return (algorithms as readonly unknown[]).includes(name)
}
