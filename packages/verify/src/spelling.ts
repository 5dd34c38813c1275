// One spelling per token: canonical base64url (RFC 4648 section 3.5) and JSON that no two readers understand differently.
/** The text in a segment of the right alphabet and length, a byte order mark included; undefined where it is no UTF-8. */
export type TextOf = (segment: string) => string | undefined

export type JsonObject = { readonly [name: string]: unknown }

/** Characters; a longer token is refused unread. */
export const longest = 8192
const deepest = 8
const fourBitsFree = 'AQgw'
const twoBitsFree = 'AEIMQUYcgkosw048'

/** Whether a segment of the right alphabet has a length that base64url can have. */
export function possibleLength(length: number): boolean {
  return length % 4 !== 1
}

/** Whether a segment of the right alphabet and length encodes its bytes in the one canonical way: spare bits are zero. */
export function isCanonical(segment: string): boolean {
  const rest = segment.length % 4
  if (rest === 0) return true
  return (rest === 2 ? fourBitsFree : twoBitsFree).includes(segment[segment.length - 1]!)
}

/**
 * The JSON object in a segment.
 * `malformed`: no UTF-8, no JSON, no object, a lone surrogate, deeper than 8. `spelling`: it could be read in two ways.
 */
export function readObject(segment: string, textOf: TextOf): JsonObject | 'malformed' | 'spelling' {
  if (!isCanonical(segment)) return 'spelling'
  const text = textOf(segment)
  if (text === undefined) return 'malformed'
  if (text.charCodeAt(0) === 0xfeff) return 'spelling'
  const value = parse(text)
  if (!isObject(value) || Array.isArray(value)) return 'malformed'
  const held = countTexts(value, 1)
  if (held === Infinity) return 'malformed'
  // Surrogates can stand alone only where they are escaped: UTF-8 has none.
  if (!text.includes('\\')) return 2 * held === countQuotes(text) ? (value as JsonObject) : 'spelling'
  const again = JSON.stringify(value)
  if (again.includes('\\ud') && loneSurrogate.test(again)) return 'malformed'
  // Text that is printed again as it stood cannot have held a member twice.
  return again === text || !hasDuplicates(text) ? (value as JsonObject) : 'spelling'
}

/**
 * How many texts a value holds, names and all; Infinity where it is too deep. Where JSON escapes nothing, each text in it
 * stands between two quotes: where it has more quotes than that, a member that was named twice took others along.
 */
function countTexts(value: object, depth: number): number {
  if (depth > deepest) return Infinity
  let texts = 0
  if (Array.isArray(value)) for (const item of value) texts += textsIn(item, depth)
  else for (const name in value) texts += 1 + textsIn((value as JsonObject)[name], depth)
  return texts
}

function textsIn(value: unknown, depth: number): number {
  if (typeof value === 'string') return 1
  return isObject(value) ? countTexts(value, depth + 1) : 0
}

function countQuotes(text: string): number {
  let quotes = 0
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) quotes++
  return quotes
}

/** JSON.stringify escapes surrogates only where they stand alone; an escaped backslash before `ud` is none. */
const loneSurrogate = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Freezes an object and what it holds. JSON.stringify takes twice as long over a frozen object: freeze last. */
export function freeze(value: object): void {
  if (Array.isArray(value)) for (const item of value) isObject(item) && freeze(item)
  else
    for (const name in value) {
      const member = (value as JsonObject)[name]
      if (isObject(member)) freeze(member)
    }
  Object.freeze(value)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],]/g

/** Whether valid JSON names a member of one object twice, however the name is escaped. */
function hasDuplicates(json: string): boolean {
  const open: (Set<string> | undefined)[] = []
  let nameIsDue = false
  for (const [token] of json.matchAll(tokens)) {
    const names = open.at(-1)
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (token !== ',' && nameIsDue && names !== undefined) {
      const name: string = JSON.parse(token)
      if (names.has(name)) return true
      names.add(name)
    }
    nameIsDue = token === '{' || token === ','
  }
  return false
}
