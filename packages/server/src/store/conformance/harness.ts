// The tables that the cases use, and small makers of rows.
import assert from 'node:assert/strict'
import type { MovableClock } from '../../util/clock.js'
import { uuidv7 } from '../../util/ids.js'
import type { Engine, Migration } from '../store.js'
import { boolean, bytes, id, integer, json, nullable, type RowOf, searchable, table, text } from '../table.js'

export interface Harness {
  readonly engine: Engine
  readonly clock: MovableClock
}

export interface Case {
  readonly name: string
  run(harness: Harness): Promise<void>
}

const personColumns = {
  id: id(),
  name: searchable(text(100)),
  email: nullable(text(100)),
  realm: nullable(text(20)),
  number: nullable(integer()),
  rank: integer(),
  active: boolean(),
  mark: nullable(bytes(64)),
  notes: nullable(json()),
}
export type Person = RowOf<typeof personColumns>

export const people = table({
  name: 'people',
  columns: personColumns,
  key: ['id'],
  unique: [['email'], ['realm', 'number']],
  indexes: [['name'], ['rank', 'name'], ['rank']],
})

const ticketColumns = {
  id: id(),
  code: text(40),
  seat: nullable(text(40)),
  used: integer(),
  until: nullable(integer()),
}
export type Ticket = RowOf<typeof ticketColumns>

export const tickets = table({
  name: 'tickets',
  columns: ticketColumns,
  key: ['id'],
  unique: [['code'], ['seat']],
  expires: 'until',
})

const counterColumns = {
  scope: text(40),
  name: text(200),
  count: integer(),
  label: text(40),
  until: integer(),
}
export type Counter = RowOf<typeof counterColumns>

export const counters = table({
  name: 'counters',
  columns: counterColumns,
  key: ['scope', 'name'],
  expires: 'until',
  kind: 'ephemeral',
})

export const tables = [people, tickets, counters]
export const migrations: Migration[] = [
  { number: 1, name: 'conformance', steps: tables.map((create) => ({ create })) },
]

let made = 0

export function person(values: Partial<Person> = {}): Person {
  made++
  const blank = { email: null, realm: null, number: null, rank: 0, active: true, mark: null, notes: null }
  return { id: uuidv7(1_700_000_000_000 + made), name: `person ${made}`, ...blank, ...values }
}

export function ticket(values: Partial<Ticket> = {}): Ticket {
  made++
  return {
    id: uuidv7(1_700_000_000_000 + made),
    code: `code ${made}`,
    seat: null,
    used: 0,
    until: null,
    ...values,
  }
}

export function counter(values: Partial<Counter> & { until: number }): Counter {
  return { scope: 'ip', name: '192.0.2.1', count: 0, label: 'first', ...values }
}

/** Inserts rows and gives them back. */
export async function put(engine: Engine, ...rows: Person[]): Promise<Person[]> {
  for (const row of rows) await engine.insert(people, row)
  return rows
}

/** How many of the promises were kept, and what the others threw. */
export async function settle(all: Promise<unknown>[]): Promise<{ kept: number; errors: Error[] }> {
  const settled = await Promise.allSettled(all)
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []))
  return { kept: settled.length - errors.length, errors }
}

type ErrorClass = abstract new (...values: never[]) => Error

export async function refuses(promise: Promise<unknown>, type: ErrorClass, what = ''): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof type, `${what}: threw ${error}`)
    return true
  })
}

/** Runs `body` a hundred times at once. */
export const hundred = <T>(body: (i: number) => Promise<T>): Promise<T>[] =>
  Array.from({ length: 100 }, (_, i) => body(i))

/** The same items in another order. */
export const shuffled = <T>(list: readonly T[]): T[] => list.map((_, i) => list[(i * 13 + 5) % list.length]!)
