// References in the texts of a transcript: `${name}` and `${name|codec}` become values of the scene.
import type { Value } from '../transcript.js'

/** A reference to a value that no step has given; the scene cannot go on. */
export class UnknownValue extends Error {
  constructor(name: string) {
    super(`\${${name}} was never given`)
    this.name = 'UnknownValue'
  }
}

export type Values = Readonly<Record<string, Value>>

const reference = /\$\{([A-Za-z_]\w*)(?:\|(\w+))?\}/g
const whole = /^\$\{([A-Za-z_]\w*)\}$/

/** A text with its references replaced. Throws UnknownValue. */
export function fillText(text: string, values: Values): string {
  return text.replace(reference, (_, name: string, codec?: string) => {
    const value = given(name, values)
    const filled = typeof value === 'string' ? value : JSON.stringify(value)
    if (codec === undefined) return filled
    if (!Object.hasOwn(codecs, codec)) throw new UnknownValue(`${name}|${codec}`)
    return codecs[codec]!(filled)
  })
}

/** JSON with the references in its texts replaced; names of members are texts too. Throws UnknownValue. */
export function fill<T extends Value>(value: T, values: Values): T {
  return filled(value, values, (found) => found) as T
}

/**
 * The same for what is matched against: a value that begins with `$` stays a plain text and is no word.
 * Throws UnknownValue.
 */
export function fillMatcher<T extends Value>(matcher: T, values: Values): T {
  return filled(matcher, values, escaped) as T
}

function filled(value: Value, values: Values, guard: (found: Value) => Value): Value {
  if (typeof value === 'string') {
    const name = whole.exec(value)?.[1]
    return name === undefined ? fillText(value, values) : guard(given(name, values))
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, values, guard))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [fillText(name, values), filled(inner, values, guard)]),
  )
}

function given(name: string, values: Values): Value {
  if (!Object.hasOwn(values, name)) throw new UnknownValue(name)
  return values[name]!
}

function escaped(value: Value): Value {
  if (typeof value === 'string') return value.startsWith('$') ? `$${value}` : value
  if (Array.isArray(value)) return value.map(escaped)
  if (value === null || typeof value !== 'object') return value
  return {
    $exactly: Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, escaped(inner)])),
  }
}

export const codecs: Readonly<Record<string, (text: string) => string>> = {
  base64: (text) => btoa(latin1Of(new TextEncoder().encode(text))),
  base64url: (text) => toBase64url(latin1Of(new TextEncoder().encode(text))),
  url: encodeURIComponent,
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  digits: (text) => Array.from({ length: 7 }, (_, at) => (text.charCodeAt(at) || 0) % 10).join(''),
  tampered,
  unsigned: (token) =>
    `${toBase64url('{"alg":"none","typ":"JWT"}')}.${token.split('.')[1] ?? toBase64url('{}')}.`,
}

/** A token whose last part is another one of the same length, so that only its signature or secret is wrong. */
function tampered(token: string): string {
  const start = token.lastIndexOf('.') + 1
  const middle = start + Math.floor((token.length - start) / 2)
  return `${token.slice(0, middle)}${token[middle] === 'A' ? 'B' : 'A'}${token.slice(middle + 1)}`
}

const latin1Of = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
const toBase64url = (latin1: string) =>
  btoa(latin1).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
