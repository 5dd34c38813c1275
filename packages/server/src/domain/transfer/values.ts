// Single values as files write them: CSV knows only text, databases have spellings of their own, and MongoDB wraps its
// types (Extended JSON). Each reader throws Refused with the member's name. Nothing is guessed that could be two things.
import type { Json } from '../../store/table.js'
import { parseRfc3339 } from '../../util/rfc3339.js'
import { unusable } from './refused.js'

const unstorable = /\0|\p{Surrogate}/u
/** As deep as a request may be. */
const DEEPEST = 20

export function readText(value: unknown, member: string): string {
  if (typeof value !== 'string') throw unusable(member, 'must be a text')
  if (unstorable.test(value)) throw unusable(member, 'must not hold NUL or half a surrogate pair')
  return value
}

const words: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  '1': true,
  false: false,
  f: false,
  no: false,
  '0': false,
}

export function readFlag(value: unknown, member: string): boolean {
  const word = String(value).toLowerCase()
  if (typeof value !== 'object' && Object.hasOwn(words, word)) return words[word]!
  throw unusable(member, 'must be true or false')
}

/** `2021-03-04 05:06:07.89+00` as PostgreSQL and MySQL print it; without a zone it is UTC. */
const database = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]\d{2}(:?\d{2})?)?$/
const day = /^\d{4}-\d{2}-\d{2}$/
/** Below it a number counts seconds, from it on milliseconds: the year 5138, or 1973. */
const FIRST_MILLISECONDS = 100_000_000_000

/** How far another server's clock may be ahead of ours. Milliseconds. */
const AHEAD = 10 * 60_000

/** A moment between 1970 and `now`, in milliseconds. */
export function readTime(value: unknown, member: string, now: number): number {
  const at = momentOf(value)
  if (at === undefined)
    throw unusable(
      member,
      'must be a time such as 2021-03-04T05:06:07Z, or seconds or milliseconds since 1970',
    )
  if (at < 0) throw unusable(member, 'is before 1970')
  if (at > now + AHEAD) throw unusable(member, 'is in the future')
  return Math.min(at, now)
}

function momentOf(value: unknown): number | undefined {
  if (typeof value === 'number') return fromNumber(value)
  if (typeof value === 'object' && value !== null) return fromExtended(value)
  if (typeof value !== 'string') return undefined
  if (/^\d{1,15}(\.\d{1,9})?$/.test(value)) return fromNumber(Number(value))
  if (day.test(value)) return parseRfc3339(`${value}T00:00:00Z`)
  const match = database.exec(value)
  if (!match) return undefined
  const [, date, time, fraction = '', zone = 'Z'] = match
  const [, sign, hours, minutes = '00'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? []
  return parseRfc3339(`${date}T${time}${fraction}${sign === undefined ? 'Z' : `${sign}${hours}:${minutes}`}`)
}

const fromNumber = (value: number) =>
  Number.isFinite(value) ? Math.trunc(value < FIRST_MILLISECONDS ? value * 1000 : value) : undefined

/** MongoDB's `{"$date": …}`, in the canonical and in the relaxed form. */
function fromExtended(value: object): number | undefined {
  const { $date } = value as { $date?: unknown }
  if (typeof $date === 'object' && $date !== null) {
    const milliseconds = Number(($date as { $numberLong?: unknown }).$numberLong)
    return Number.isInteger(milliseconds) ? milliseconds : undefined
  }
  return typeof $date === 'string' ? momentOf($date) : undefined
}

/** A list of texts: JSON's, or one text with commas, blanks, semicolons or bars between (PostgreSQL's braces around). */
export function readTexts(value: unknown, member: string): string[] {
  const given = typeof value === 'string' ? split(value, member) : value
  if (!Array.isArray(given)) throw unusable(member, 'must be a list')
  return [...new Set(given.map((item) => readText(item, member)))]
}

function split(value: string, member: string): unknown {
  if (value.startsWith('[')) return readJson(value, member)
  return value
    .replace(/^\{(.*)\}$/s, '$1')
    .split(/[\s,;|]+/)
    .filter((part) => part !== '')
}

/** An object, given as such or as its JSON in a cell. */
export function readObject(value: unknown, member: string): Record<string, unknown> {
  const given = typeof value === 'string' ? readJson(value, member) : value
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw unusable(member, 'must be a JSON object')
  assertKeepable(given as Json, member, DEEPEST)
  return given as Record<string, unknown>
}

/** A list of objects, given as such or as its JSON in a cell. */
export function readObjects(value: unknown, member: string): Record<string, unknown>[] {
  const given = typeof value === 'string' ? readJson(value, member) : value
  if (!Array.isArray(given)) throw unusable(member, 'must be a list')
  return given.map((item) => readObject(item, member))
}

function readJson(value: string, member: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    throw unusable(member, 'is not JSON')
  }
}

function assertKeepable(value: Json, member: string, levels: number): void {
  if (typeof value === 'string') readText(value, member)
  if (typeof value !== 'object' || value === null) return
  if (levels === 0) throw unusable(member, `is deeper than ${DEEPEST} levels`)
  for (const [name, inner] of Object.entries(value)) {
    readText(name, member)
    assertKeepable(inner as Json, member, levels - 1)
  }
}
