// What the members of a row are called: ours, the usual other names of them, and what `--map` says. A row comes as its
// file has it and leaves under our names; what has no name here is named back, so that nothing is dropped unseen.
import { Refused } from './refused.js'

/** Everything a row may say. `metadata.x` and `app_metadata.x` are single members of these two. */
const members = new Set([
  'id',
  'external_id',
  'number',
  'provider',
  'email',
  'email_verified',
  'phone_number',
  'phone_number_verified',
  'preferred_username',
  'name',
  'given_name',
  'family_name',
  'picture',
  'locale',
  'zoneinfo',
  'roles',
  'status',
  'disabled',
  'active',
  'password',
  'password_hash',
  'password_salt',
  'password_changed_at',
  'metadata',
  'app_metadata',
  'identities',
  'created_at',
  'last_login_at',
])

/** Other names, in lower case with underscores. */
const usual: Readonly<Record<string, string>> = {
  username: 'preferred_username',
  phone: 'phone_number',
  phone_verified: 'phone_number_verified',
  display_name: 'name',
  first_name: 'given_name',
  last_name: 'family_name',
  photo_url: 'picture',
  timezone: 'zoneinfo',
  is_active: 'active',
  date_joined: 'created_at',
  last_login: 'last_login_at',
}

export type Row = Record<string, unknown>

export interface Mapping {
  /** A row under our names. Throws Refused where two of its columns are the same member. */
  apply(raw: Row): Row
  /** The names that stood in rows and were not taken. */
  ignored(): string[]
}

/** Reads `--map theirs=ours`; ours is a member, `metadata.x`, `app_metadata.x` or `-`. Throws Refused. */
export function createMapping(pairs: readonly string[]): Mapping {
  const asked = new Map(pairs.map(readPair))
  const nested = [...asked.keys()].filter((from) => from.includes('.'))
  const ignored = new Set<string>()
  return {
    apply: (raw) => {
      const row: Row = {}
      for (const [from, value] of Object.entries(raw)) {
        const to = asked.get(from) ?? memberOf(from)
        if (to !== undefined) put(row, to, value, from)
        else noteUntaken(ignored, from, value, nested)
      }
      for (const path of nested)
        if (!Object.hasOwn(raw, path)) put(row, asked.get(path)!, reach(raw, path), path)
      return row
    },
    ignored: () => [...ignored],
  }
}

function readPair(pair: string): [string, string] {
  const at = pair.lastIndexOf('=')
  const [from, to] = [pair.slice(0, at), pair.slice(at + 1)]
  const member = to === '-' || /^(app_)?metadata\.[^.]+$/.test(to) ? to : memberOf(to)
  if (at > 0 && member !== undefined) return [from, member]
  throw new Refused(
    `--map ${pair} is not understood`,
    `Write --map theirs=ours, where ours is one of ${[...members].join(', ')}, metadata.x, app_metadata.x, or - to leave it out`,
  )
}

function memberOf(name: string): string | undefined {
  const snake = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
  const ours = Object.hasOwn(usual, snake) ? usual[snake]! : snake
  return members.has(ours) ? ours : undefined
}

/** How many unknown names are remembered: a file may have a new one in every row. */
const MOST_IGNORED = 50

/** What a nested name reaches into is taken apart by it; what else stands there is not. */
function noteUntaken(ignored: Set<string>, name: string, value: unknown, nested: readonly string[]): void {
  if (nested.includes(name)) return
  const reached = nested.some((path) => path.startsWith(`${name}.`))
  if (!reached || typeof value !== 'object' || value === null) note(ignored, name)
  else for (const [inner, one] of Object.entries(value)) noteUntaken(ignored, `${name}.${inner}`, one, nested)
}

function note(ignored: Set<string>, name: string): void {
  if (ignored.size < MOST_IGNORED) ignored.add(name.slice(0, 64))
}

function put(row: Row, to: string, value: unknown, from: string): void {
  if (to === '-' || isAbsent(value)) return
  const [member = to, inner] = to.split('.')
  if (inner === undefined) {
    if (Object.hasOwn(row, member))
      throw new Refused(`${from} is a second ${member}`, `Leave one of them out: --map ${from}=-`)
    row[member] = value
    return
  }
  // Our own object, so that the row of the file stays as it is.
  const kept = row[member]
  row[member] = { ...(typeof kept === 'object' && kept !== null ? kept : {}), [inner]: value }
}

/** Nothing, an empty cell, or what MySQL writes for NULL. */
const isAbsent = (value: unknown): boolean => value == null || value === '' || value === '\\N'

function reach(raw: Row, path: string): unknown {
  let value: unknown = raw
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Row)[step]
  }
  return value
}
