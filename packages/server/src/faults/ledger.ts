// What clients were told, kept apart from the server: an answer that arrived whole is a promise, a request whose answer
// was lost is a doubt. `differences` compares both with the database; a promise that does not hold is a sentence.
import { createHash } from 'node:crypto'
import type { Kept, SessionFacts } from './database.js'
import type { Home } from './seed.js'

export interface Person {
  readonly email: string
  readonly password: string
  /** Whether the server has said that the account is there. */
  known: boolean
  name: string | null
  /** A name that was sent and never answered for. */
  maybeName?: string | undefined
}

export interface Device {
  readonly person: Person
  readonly sid: string
  /** The newest refresh token that arrived. */
  token: string
  access?: string | undefined
  state: 'live' | 'ended'
  /** What was asked for without an answer. */
  doubt?: 'refresh' | 'logout' | undefined
  /** Sent with the refresh that is in doubt. */
  attempt?: string | undefined
}

export interface Ledger {
  readonly people: Person[]
  readonly devices: Device[]
  /** Sessions that may have been made by a sign-up or log-in whose answer was lost. */
  strays: number
  /** How many answers of each kind arrived, and how many were lost. */
  readonly count: Record<string, number>
}

/** A ledger that knows what the home was seeded with. */
export function openLedger(home: Pick<Home, 'people'>): Ledger {
  const people = home.people.map(
    ({ email, password }): Person => ({ email, password, known: true, name: null }),
  )
  const devices = home.people.flatMap(({ tokens }, index) =>
    tokens.map((token): Device => ({ person: people[index]!, sid: sidOf(token), token, state: 'live' })),
  )
  return { people, devices, strays: 0, count: {} }
}

export const note = ({ count }: Ledger, what: string): void => {
  count[what] = (count[what] ?? 0) + 1
}

/** The session's id inside a refresh token. */
export function sidOf(token: string): string {
  const hex = Buffer.from(token, 'base64url').toString('hex', 0, 16)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Every promise that the database does not keep, and everything in it that nobody asked for. */
export function differences(ledger: Ledger, kept: Kept): string[] {
  const found = kept.integrity === 'ok' ? [] : [`the file is damaged: ${kept.integrity}`]
  for (const person of ledger.people) found.push(...aboutPerson(person, kept))
  for (const device of ledger.devices)
    found.push(
      ...aboutDevice(device, kept.sessions.get(device.sid)).map((what) => `session ${device.sid} ${what}`),
    )
  const known = new Set(ledger.devices.map(({ sid }) => sid))
  const strays = [...kept.sessions.keys()].filter((sid) => !known.has(sid))
  if (strays.length > ledger.strays)
    found.push(`${strays.length} sessions that nobody was told of, at most ${ledger.strays} can be`)
  const expected = new Set(ledger.people.map(({ email }) => email))
  for (const email of kept.users.keys()) if (!expected.has(email)) found.push(`nobody signed up as ${email}`)
  return found
}

function aboutPerson({ email, known, name, maybeName }: Person, kept: Kept): string[] {
  const row = kept.users.get(email)
  if (!row) return known ? [`the account of ${email} is lost`] : []
  if (row.name === name || (maybeName !== undefined && row.name === maybeName)) return []
  return [`${email} is called ${row.name}, and was told ${name}`]
}

function aboutDevice({ state, doubt, token }: Device, row: SessionFacts | undefined): string[] {
  if (state === 'ended') return row ? ['was ended and lives'] : []
  if (!row) return doubt === 'logout' ? [] : ['is lost']
  const hash = hashOf(token)
  if (row.current === hash) return []
  if (doubt === 'refresh' && row.previous === hash) return []
  return [`knows another token than the newest that arrived (generation ${row.generation})`]
}
