// Values between rows and engines: what a column accepts, the one form it is kept in, and the order of texts.
// Every engine takes values through here, so that all of them refuse the same things.
import { InvalidValue } from './store.js'
import type { AnyTable, Column } from './table.js'

/** A value as an engine keeps it: booleans are 0 and 1, JSON is its text. A text may come back as its UTF-8 bytes. */
export type Stored = string | number | Uint8Array | null

const surrogate = /\p{Surrogate}/u

/** The stored form of a value for a row. Throws InvalidValue. */
export function toStored(table: AnyTable, name: string, value: unknown): Stored {
  const column = table.columns[name]!
  if (value === null) {
    if (!column.nullable) throw refused(table, name, 'cannot be null')
    return null
  }
  const stored = toComparable(table, name, value)
  if (typeof stored !== 'number' && stored.length > column.size && lengthOf(stored) > column.size)
    throw refused(table, name, `is longer than ${column.size}`)
  return stored
}

/** The stored form of a value to compare with: as for a row, but of any length and never null. Throws InvalidValue. */
export function toComparable(table: AnyTable, name: string, value: unknown): Exclude<Stored, null> {
  switch (table.columns[name]!.kind) {
    case 'id':
    case 'text':
      if (typeof value !== 'string') throw refused(table, name, 'must be a text')
      if (value.includes('\0') || surrogate.test(value))
        throw refused(table, name, 'holds NUL or a lone surrogate')
      return value
    case 'integer':
      if (!Number.isSafeInteger(value)) throw refused(table, name, 'must be a safe integer')
      return (value as number) + 0
    case 'boolean':
      if (typeof value !== 'boolean') throw refused(table, name, 'must be true or false')
      return value ? 1 : 0
    case 'bytes':
      if (!(value instanceof Uint8Array)) throw refused(table, name, 'must be bytes')
      return value
    case 'json':
      return jsonText(table, name, value)
  }
}

// JSON.stringify writes NUL and lone surrogates, and nothing else that matters here, as these escapes.
const hostileEscape = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

function jsonText(table: AnyTable, name: string, value: unknown): string {
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw refused(table, name, 'must be a JSON value')
  if (hostileEscape.test(text)) throw refused(table, name, 'holds NUL or a lone surrogate')
  return text
}

/** The value of a row from its stored form, where that is not null. */
export function fromStored(column: Column, stored: Exclude<Stored, null>): unknown {
  switch (column.kind) {
    case 'boolean':
      return stored === 1
    case 'bytes':
      return toBuffer(stored as Uint8Array)
    case 'json':
      return JSON.parse(toText(stored))
    case 'integer':
      return stored
    default:
      return toText(stored)
  }
}

const toText = (stored: Exclude<Stored, null>) =>
  typeof stored === 'string' ? stored : toBuffer(stored as Uint8Array).toString()

/** A Buffer over the same bytes. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Negative, zero or positive; texts by code point, bytes by byte, numbers by size. Both of one kind. */
export function compareStored(a: Exclude<Stored, null>, b: Exclude<Stored, null>): number {
  if (typeof a === 'number') return a - (b as number)
  if (typeof a === 'string') return compareText(a, b as string)
  return Buffer.compare(a, b as Uint8Array)
}

/** Code point order, which is also the order of the UTF-8 bytes; `<` of JavaScript orders by UTF-16 unit. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return raised(x) - raised(y)
  }
  return a.length - b.length
}

/** A UTF-16 unit, with surrogates (code points from 0x10000) moved above 0xE000 to 0xFFFF. */
const raised = (unit: number) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit)

/** The smallest text above every text with this prefix; undefined where there is none. */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (point) => point.codePointAt(0)!)
  while (points.length > 0) {
    const last = points.pop()!
    if (last < 0x10ffff)
      return String.fromCodePoint(...points) + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1)
  }
  return undefined
}

/** Characters of a text, counted by code point, or bytes. */
function lengthOf(value: string | Uint8Array): number {
  if (typeof value !== 'string') return value.length
  let count = 0
  for (const _ of value) count++
  return count
}

const refused = (table: AnyTable, name: string, why: string) =>
  new InvalidValue(`${table.name}.${name} ${why}`)
