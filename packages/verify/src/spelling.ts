// One spelling per token: canonical base64url (RFC 4648 section 3.5) and JSON that no two readers understand differently.
/** The text in a segment of the right alphabet and length, a byte order mark included; undefined where it is no UTF-8. */
export type TextOf = (segment: string) => string | undefined

export type JsonObject = { readonly [name: string]: unknown }

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
  if (isTooDeep(value, 1)) return 'malformed'
  const again = JSON.stringify(value)
  if (again.includes('\\ud') && loneSurrogate.test(again)) return 'malformed'
  // Text that is printed again as it stood cannot have held a member twice; only other text is worth a closer look.
  return again === text || !hasDuplicates(text) ? (value as JsonObject) : 'spelling'
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

function isTooDeep(value: object, depth: number): boolean {
  if (depth > deepest) return true
  if (Array.isArray(value)) return value.some((item) => isObject(item) && isTooDeep(item, depth + 1))
  for (const name in value) {
    const member = (value as JsonObject)[name]
    if (isObject(member) && isTooDeep(member, depth + 1)) return true
  }
  return false
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
