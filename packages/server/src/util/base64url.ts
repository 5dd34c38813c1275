// base64url without padding (RFC 4648 section 5), with one spelling only: what decodes must encode back to itself.

const alphabet = /^[A-Za-z0-9_-]*$/

export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/** The bytes, or undefined for anything but the canonical spelling. */
export function fromBase64url(text: string): Buffer | undefined {
  if (!alphabet.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
