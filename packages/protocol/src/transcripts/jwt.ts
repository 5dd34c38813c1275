// A JWT as its reader sees it. Nothing is verified here: what a transcript asks is what the wire says.

export interface Jwt {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly signature: string
}

/** Header and claims of a compact JWS (RFC 7515 section 7.1), or undefined for anything else. */
export function decodeJwt(value: unknown): Jwt | undefined {
  if (typeof value !== 'string') return undefined
  const [header, claims, signature, ...more] = value.split('.')
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0)
    return undefined
  const read = { header: decode(header), claims: decode(claims) }
  return read.header && read.claims ? { header: read.header, claims: read.claims, signature } : undefined
}

/** The same in compact form again. */
export function encodeJwt({ header, claims, signature }: Jwt): string {
  return `${encode(header)}.${encode(claims)}.${signature}`
}

function decode(part: string): Record<string, unknown> | undefined {
  if (!/^[\w-]+$/.test(part)) return undefined
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (one) =>
      one.charCodeAt(0),
    )
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function encode(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  const latin1 = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(latin1).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
