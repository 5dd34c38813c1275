// Ids are UUIDv7 (RFC 9562 section 5.7), made in the application, never by a database.
import { randomFillSync } from 'node:crypto'

const pool = Buffer.alloc(4096)
let used = pool.length

/**
 * Random bytes from the system's generator, drawn in bulk because one small draw costs as much as a large one. Throws
 * RangeError for more than 4,096.
 */
export function randomBytes(size: number): Buffer {
  if (size > pool.length) throw new RangeError(`no more than ${pool.length} random bytes at once`)
  if (used + size > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = Buffer.allocUnsafe(size)
  pool.copy(bytes, 0, used, used + size)
  pool.fill(0, used, used + size)
  used += size
  return bytes
}

/** A new UUIDv7 whose leading 48 bits are `now`, in milliseconds. */
export function uuidv7(now: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return uuidFromBytes(bytes)
}

/** UUIDv7s that sort as they were made, also within a millisecond: twelve bits count (RFC 9562 section 6.2, method 1). */
export function risingIds(): (now: number) => string {
  let last = 0
  let count = 0
  return (now) => {
    count = now === last ? Math.min(count + 1, 0xfff) : 0
    last = now
    const id = uuidv7(now)
    return `${id.slice(0, 15)}${count.toString(16).padStart(3, '0')}${id.slice(18)}`
  }
}

/** The 16 bytes of a UUID; the text must have the usual 8-4-4-4-12 form. */
export function uuidToBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

export function uuidFromBytes(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The moment inside a UUIDv7, in milliseconds. */
export function uuidTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

const anyForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether a text is a UUID of any version in its canonical spelling (lower case). */
export function isUuid(text: string): boolean {
  return anyForm.test(text)
}

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Whether a text is a UUIDv7 in its one canonical spelling (lower case). */
export function isUuidv7(text: string): boolean {
  return form.test(text)
}
