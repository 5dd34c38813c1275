// The rows that the memory engine keeps: finding them, replacing them, taking back what a failed verb did. Values are
// in stored form here, as in a database.
import type { Clock } from '../../util/clock.js'
import { type Condition, toRow } from '../door.js'
import { cellOf, holds, isLive, type Row } from '../matching.js'
import { once } from '../once.js'
import { InvalidValue, UniqueViolation } from '../store.js'
import type { AnyTable } from '../table.js'
import type { Stored } from '../values.js'

export interface Space {
  readonly table: AnyTable
  readonly rows: Map<string, Row>
  /** For each unique set, from its values to the key of their row. */
  readonly taken: Map<string, string>[]
}

export interface Memory {
  readonly clock: Clock
  readonly spaces: Map<string, Space>
  /** How to take back what the running verb did. */
  undo: (() => void)[]
}

/** Runs a verb; where it throws, all it did is taken back. */
export async function attempt<T>(memory: Memory, verb: () => T): Promise<T> {
  try {
    return verb()
  } catch (error) {
    takeBack(memory)
    throw error
  } finally {
    memory.undo = []
  }
}

export function takeBack(memory: Memory): void {
  for (const step of memory.undo.reverse()) step()
}

export function spaceOf(memory: Memory, table: AnyTable): Space {
  const make = () => ({ table, rows: new Map(), taken: table.unique.map(() => new Map()) })
  return once(memory.spaces, table.name, make)
}

/** One text for the values of a key or unique set; undefined where one of them is null. */
function identity(table: AnyTable, row: Row, columns: readonly string[]): string | undefined {
  const values = columns.map((name) => cellOf(table, row, name))
  return values.includes(null) ? undefined : values.map(spell).join('\0')
}

export const spell = (value: Stored) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : `${value}`

export const alive = (memory: Memory, table: AnyTable, row: Row): boolean =>
  isLive(table, row, memory.clock.now())

/** Puts, replaces or (without a row) removes what stands under a key. Throws UniqueViolation. */
export function put(memory: Memory, space: Space, key: string, row: Row | undefined): void {
  const before = space.rows.get(key)
  memory.undo.push(() => set(space, key, row, before))
  set(space, key, before, undefined)
  if (row) for (const columns of space.table.unique) makeRoom(memory, space, row, columns)
  set(space, key, undefined, row)
}

function set(space: Space, key: string, before: Row | undefined, after: Row | undefined): void {
  space.table.unique.forEach((columns, i) => {
    const old = before && identity(space.table, before, columns)
    if (old !== undefined && space.taken[i]!.get(old) === key) space.taken[i]!.delete(old)
    const next = after && identity(space.table, after, columns)
    if (next !== undefined) space.taken[i]!.set(next, key)
  })
  if (after) space.rows.set(key, after)
  else space.rows.delete(key)
}

function makeRoom(memory: Memory, space: Space, row: Row, columns: readonly string[]): void {
  const wanted = identity(space.table, row, columns)
  const holder = wanted && space.taken[space.table.unique.indexOf(columns)]!.get(wanted)
  if (holder === undefined) return
  if (alive(memory, space.table, space.rows.get(holder)!))
    throw new UniqueViolation(space.table.name, columns)
  put(memory, space, holder, undefined)
}

/** A copy that shares no bytes: what goes in or out can be changed outside without changing what is kept. */
export const copied = (row: Row): Stored[] =>
  row.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value))

export const handOut = <R>(table: AnyTable, row: Row): R => toRow<R>(table, copied(row))

export function* find(
  memory: Memory,
  table: AnyTable,
  conditions: readonly Condition[],
): Generator<[string, Row]> {
  const space = spaceOf(memory, table)
  for (const [key, row] of candidates(space, conditions))
    if (alive(memory, table, row) && conditions.every((condition) => holds(table, row, condition)))
      yield [key, row]
}

/** The rows that can match: one where the key is given, else all. */
function candidates(space: Space, conditions: readonly Condition[]): Iterable<[string, Row]> {
  const values = space.table.key.map(
    (name) => conditions.find(({ column, operator }) => column === name && operator === '=')?.value,
  )
  if (values.includes(undefined)) return space.rows
  const key = values.map((value) => spell(value!)).join('\0')
  const row = space.rows.get(key)
  return row ? [[key, row]] : []
}

export function keyOf(table: AnyTable, row: Row): string {
  const key = identity(table, row, table.key)
  if (key === undefined) throw new InvalidValue(`${table.name}: the key is null`)
  return key
}
