// JSON as strict as a door should be: valid UTF-8 without a mark, at most 20 levels, no member twice (RFC 7493), no
// number beyond a double, no NUL and no lone surrogate in a text. A member named `__proto__` is left out wherever it
// stands, so that nobody can set a prototype by copying what was read.
import { isUtf8 } from 'node:buffer'
import { fail } from '@sallyport/protocol'
import { WireFailure } from './wire-failure.js'

const deepest = 20
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const blank = /[ \t\n\r]*/y
/** With the u flag a surrogate only matches where its other half is missing. */
const unstorable = /\0|\p{Surrogate}/u

interface Cursor {
  readonly text: string
  /** What is read, as it is called in failures. */
  readonly what: string
  at: number
  depth: number
  readonly path: (string | number)[]
}

/**
 * The value of a JSON text (RFC 8259).
 * Throws `invalid_json` for anything that is not JSON as described above, and `invalid_request` with a pointer for a
 * text that no store could keep.
 */
export function parseJson(bytes: Uint8Array, what = 'The body'): unknown {
  if (!isUtf8(bytes)) throw fail('invalid_json', { detail: `${what} is not valid UTF-8.` })
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const cursor: Cursor = { text, what, at: 0, depth: 0, path: [] }
  const value = readValue(cursor)
  skipBlank(cursor)
  if (cursor.at !== text.length) throw broken(cursor)
  return value
}

/** Refuses a text with NUL or half a surrogate pair, which stores treat differently. `path` is the wire's. */
export function assertStorable(text: string, path: readonly (string | number)[]): void {
  if (unstorable.test(text))
    throw new WireFailure([
      { path, code: 'characters', detail: 'must not hold NUL or half a surrogate pair' },
    ])
}

function broken(cursor: Cursor, what?: string): Error {
  return fail('invalid_json', {
    detail: what ?? `${cursor.what} is not valid JSON at character ${cursor.at}.`,
  })
}

const longestPointer = 200

/** RFC 6901; cut where somebody made the names long. */
function pointerOf({ path }: Cursor, name: string): string {
  const steps = [...path, name].map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1'))
  return `/${steps.join('/')}`.slice(0, longestPointer)
}

function skipBlank(cursor: Cursor): void {
  const code = cursor.text.charCodeAt(cursor.at)
  if (code > 32) return
  blank.lastIndex = cursor.at
  blank.test(cursor.text)
  cursor.at = blank.lastIndex
}

function readValue(cursor: Cursor): unknown {
  skipBlank(cursor)
  switch (cursor.text.charCodeAt(cursor.at)) {
    case 0x7b:
      return readObject(cursor)
    case 0x5b:
      return readList(cursor)
    case 0x22:
      return readText(cursor)
    case 0x74:
      return readWord(cursor, 'true', true)
    case 0x66:
      return readWord(cursor, 'false', false)
    case 0x6e:
      return readWord(cursor, 'null', null)
    default:
      return readNumber(cursor)
  }
}

function readWord<T>(cursor: Cursor, word: string, value: T): T {
  if (!cursor.text.startsWith(word, cursor.at)) throw broken(cursor)
  cursor.at += word.length
  return value
}

function readNumber(cursor: Cursor): number {
  number.lastIndex = cursor.at
  const match = number.exec(cursor.text)
  if (!match) throw broken(cursor)
  const value = Number(match[0])
  if (!Number.isFinite(value)) throw broken(cursor, `${cursor.what} holds a number that is too large.`)
  cursor.at = number.lastIndex
  return value
}

function readText(cursor: Cursor): string {
  const { text } = cursor
  const start = cursor.at
  let at = start + 1
  let escaped = false
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === 0x22) break
    if (code === 0x5c) {
      escaped = true
      at += 1
    } else if (!(code >= 0x20)) {
      cursor.at = at
      throw broken(cursor)
    }
    at += 1
  }
  cursor.at = at + 1
  return escaped ? readEscapes(cursor, text.slice(start, at + 1)) : text.slice(start + 1, at)
}

function readEscapes(cursor: Cursor, quoted: string): string {
  let value: string
  try {
    value = JSON.parse(quoted)
  } catch {
    throw broken(cursor)
  }
  assertStorable(value, cursor.path)
  return value
}

function enter(cursor: Cursor): void {
  cursor.at += 1
  cursor.depth += 1
  if (cursor.depth > deepest) throw broken(cursor, `${cursor.what} is more than ${deepest} levels deep.`)
  skipBlank(cursor)
}

/** After a member: true where another follows, false at the closing bracket. */
function another(cursor: Cursor, close: number): boolean {
  skipBlank(cursor)
  const code = cursor.text.charCodeAt(cursor.at)
  if (code !== 0x2c && code !== close) throw broken(cursor)
  cursor.at += 1
  if (code === 0x2c) return true
  cursor.depth -= 1
  return false
}

function readList(cursor: Cursor): unknown[] {
  enter(cursor)
  const list: unknown[] = []
  if (cursor.text.charCodeAt(cursor.at) === 0x5d) {
    another(cursor, 0x5d)
    return list
  }
  do {
    cursor.path.push(list.length)
    list.push(readValue(cursor))
    cursor.path.pop()
  } while (another(cursor, 0x5d))
  return list
}

function readObject(cursor: Cursor): Record<string, unknown> {
  enter(cursor)
  const object: Record<string, unknown> = {}
  let leftOut = false
  if (cursor.text.charCodeAt(cursor.at) === 0x7d) {
    another(cursor, 0x7d)
    return object
  }
  do {
    skipBlank(cursor)
    if (cursor.text.charCodeAt(cursor.at) !== 0x22) throw broken(cursor)
    const name = readText(cursor)
    skipBlank(cursor)
    if (cursor.text.charCodeAt(cursor.at) !== 0x3a) throw broken(cursor)
    cursor.at += 1
    cursor.path.push(name)
    const value = readValue(cursor)
    cursor.path.pop()
    const isProto = name === '__proto__'
    if (isProto ? leftOut : Object.hasOwn(object, name))
      throw broken(cursor, `${cursor.what} holds the member ${pointerOf(cursor, name)} twice.`)
    if (isProto) leftOut = true
    else object[name] = value
  } while (another(cursor, 0x7d))
  return object
}
