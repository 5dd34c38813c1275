// UTF-8 in base64url, by Node's own means; web/bytes.ts does without.
import { isUtf8 } from 'node:buffer'

/** The text in a segment, a byte order mark included; undefined where it is no UTF-8. */
export function textOf(segment: string): string | undefined {
  const bytes = Buffer.from(segment, 'base64url')
  return isUtf8(bytes) ? bytes.toString() : undefined
}
