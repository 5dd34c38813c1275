// Base64url (RFC 4648 section 5) and UTF-8 without Node.

const values = new Uint8Array(128)
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value

/** The bytes of a text of the right alphabet and length; nobody else may ask. */
export function bytesOf(segment: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor((segment.length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (let index = 0; index < segment.length; index++) {
    held = ((held << 6) | (values[segment.charCodeAt(index)] as number)) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = held >> bits
  }
  return bytes
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text in a segment, a byte order mark included; undefined where it is no UTF-8. */
export function textOf(segment: string): string | undefined {
  try {
    return decoder.decode(bytesOf(segment))
  } catch {
    return undefined
  }
}

/** The text in memory of its own: it may be a slice that would keep a whole request alive. */
export function copyOf(text: string): string {
  return decoder.decode(encoder.encode(text))
}
