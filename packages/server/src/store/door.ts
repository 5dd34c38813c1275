// The door of every engine: reads the arguments of the verbs, refuses what the verbs do not know, and hands on plain
// conditions and stored values. An engine never looks at a `where` itself. No engine's name is known here.

import { fromBase64url } from '../util/base64url.js'
import { once } from './once.js'
import { type Set as Changes, InvalidCursor, InvalidQuery, InvalidValue, type ListQuery } from './store.js'
import type { AnyTable, Column, Table } from './table.js'
import { fromStored, type Stored, toComparable, toStored } from './values.js'

export type Operator = '=' | '<' | '<=' | '>' | '>=' | 'in' | 'null' | 'some' | 'prefix' | 'contains'

/** One condition; `null` and `some` (not null) have no value. `values` is there for `in` alone. */
export interface Condition {
  readonly column: string
  readonly operator: Operator
  readonly value: Stored
  readonly values?: readonly Stored[]
}

export interface Change {
  readonly column: string
  readonly add: boolean
  readonly value: Stored
}

export interface Listing {
  readonly conditions: readonly Condition[]
  /** The order asked for, made total by the key, without what the conditions hold to one value. */
  readonly order: readonly string[]
  readonly descending: boolean
  readonly after: readonly Stored[] | undefined
  readonly limit: number
  readonly offset: number
}

export const defaultCap = 10_001
const maxIn = 1000
const maxLimit = 1000
const maxOffset = 10_000

/** The same table without its row type: engines work on any. */
export const anyTable = <R>(table: Table<R>): AnyTable => table as unknown as AnyTable

const names = new WeakMap<AnyTable, readonly string[]>()

/** The columns of a table in the order of their declaration. */
export function columnsOf(table: AnyTable): readonly string[] {
  return once(names, table, () => Object.keys(table.columns))
}

export function readWhere(table: AnyTable, where: object): Condition[] {
  const conditions: Condition[] = []
  const given = where as Readonly<Record<string, unknown>>
  for (const column of Object.keys(where)) {
    requireColumn(table, column)
    const value = given[column]
    if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
      readComparison(table, column, value, conditions)
    else conditions.push({ column, operator: '=', value: operand(table, column, value) })
  }
  return conditions
}

const ranges: Record<string, Operator> = { lt: '<', lte: '<=', gt: '>', gte: '>=' }

function readComparison(table: AnyTable, column: string, comparison: object, conditions: Condition[]): void {
  const entries = Object.entries(comparison)
  if (entries.length === 0) throw refused(table, column, 'is compared with nothing')
  for (const [word, value] of entries) {
    const range = ranges[word]
    if (range) conditions.push({ column, operator: range, value: operand(table, column, value) })
    else if (word === 'in') conditions.push(readIn(table, column, value))
    else if (word === 'isNull') {
      if (typeof value !== 'boolean') throw refused(table, column, 'isNull needs true or false')
      conditions.push({ column, operator: value ? 'null' : 'some', value: null })
    } else if (word === 'prefix' || word === 'contains') {
      const { kind, contains } = table.columns[column]!
      if (word === 'contains' ? !contains : kind !== 'text' && kind !== 'id')
        throw refused(table, column, `knows no ${word}`)
      conditions.push({ column, operator: word, value: operand(table, column, value) })
    } else throw refused(table, column, `knows no ${word}`)
  }
}

function readIn(table: AnyTable, column: string, value: unknown): Condition {
  if (!Array.isArray(value) || value.length > maxIn)
    throw refused(table, column, `in needs a list of at most ${maxIn}`)
  return { column, operator: 'in', value: null, values: value.map((item) => operand(table, column, item)) }
}

function operand(table: AnyTable, column: string, value: unknown): Stored {
  if (value === undefined || value === null)
    throw new InvalidValue(`${table.name}.${column} is compared with ${value}: say isNull`)
  if (table.columns[column]!.kind === 'json') throw refused(table, column, 'is JSON: only isNull is known')
  return toComparable(table, column, value)
}

/** The values of `get`'s key, in the key's order: every column of it and no other. */
export function readKey(table: AnyTable, key: object): Stored[] {
  const given = key as Record<string, unknown>
  let size = 0
  for (const name in given) {
    if (!table.key.includes(name))
      throw new InvalidQuery(`${table.name}: the key is ${table.key.join(', ')}, not ${name}`)
    size++
  }
  if (size !== table.key.length)
    throw new InvalidQuery(`${table.name}: the key is all of ${table.key.join(', ')}`)
  return table.key.map((name) => toComparable(table, name, given[name]))
}

/** The stored values of a whole row, in the order of `columnsOf`. */
export function readRow(table: AnyTable, row: object): Stored[] {
  for (const name of Object.keys(row)) requireColumn(table, name)
  const values = row as Record<string, unknown>
  const columns = columnsOf(table)
  const stored: Stored[] = []
  for (let i = 0; i < columns.length; i++) stored.push(toStored(table, columns[i]!, values[columns[i]!]))
  return stored
}

interface Adding {
  readonly add?: unknown
}

export function readChanges(table: AnyTable, set: Changes<never> | object): Change[] {
  const changes: Change[] = []
  const given = set as Readonly<Record<string, unknown>>
  for (const column of Object.keys(set)) {
    requireColumn(table, column)
    const value = given[column]
    if (table.key.includes(column)) throw refused(table, column, 'is part of the key, which never changes')
    const { kind, nullable } = table.columns[column]!
    const add = kind === 'integer' && typeof value === 'object' && value !== null
    if (add && (nullable || Object.keys(value).join() !== 'add'))
      throw refused(table, column, 'cannot be added to so')
    changes.push({ column, add, value: toStored(table, column, add ? (value as Adding).add : value) })
  }
  if (changes.length === 0) throw new InvalidQuery(`${table.name}: nothing to change`)
  return changes
}

/** The row that `increment` puts where none is, in the order of `columnsOf`, its counter at `by`. */
export function readIncrement(table: AnyTable, row: object, column: string, by: number): Stored[] {
  requireColumn(table, column)
  const { kind, nullable } = table.columns[column]!
  if (kind !== 'integer' || nullable || table.key.includes(column) || column === table.expires)
    throw refused(table, column, 'cannot count')
  return readRow(table, { ...row, [column]: by })
}

export function readList<R>(typed: Table<R>, query: ListQuery<R>): Listing {
  const table = anyTable(typed)
  const whole = wholeOrder(table, query.order?.by)
  const conditions = readWhere(table, query.where ?? {})
  const order = unpinned(whole, conditions)
  const offset = query.offset ?? 0
  requireNumber(table, 'limit', query.limit, 1, maxLimit)
  requireNumber(table, 'offset', offset, 0, maxOffset)
  if (query.after !== undefined && offset > 0)
    throw new InvalidQuery(`${table.name}: a cursor or an offset, not both`)
  return {
    conditions,
    order,
    descending: query.order?.direction === 'descending',
    after: query.after === undefined ? undefined : readCursor(table, whole, order, query.after),
    limit: query.limit,
    offset,
  }
}

/** The order asked for, made total by the key. */
function wholeOrder(table: AnyTable, by: readonly string[] | undefined): readonly string[] {
  if (by === undefined) return table.key
  requireOrder(table, by)
  return [...by, ...table.key.filter((name) => !by.includes(name))]
}

/** A column held to one value orders nothing, and comparing it with a cursor's would make an index start from its end. */
function unpinned(order: readonly string[], conditions: readonly Condition[]): readonly string[] {
  const isPinned = (name: string) =>
    conditions.some(({ column, operator }) => operator === '=' && column === name)
  const rest = order.filter((name) => !isPinned(name))
  return rest.length > 0 ? rest : order
}

function requireOrder(table: AnyTable, by: readonly string[]): void {
  for (const name of by) {
    requireColumn(table, name)
    if (table.columns[name]!.nullable) throw refused(table, name, 'may be null and orders nothing')
  }
  const declared = [table.key, ...table.unique, ...table.indexes]
  if (by.length === 0 || !declared.some((columns) => by.every((name, i) => columns[i] === name)))
    throw new InvalidQuery(`${table.name}: no declared order ${by.join(', ')}`)
}

/** The values of `needed` in a cursor of the whole order. */
function readCursor(
  table: AnyTable,
  order: readonly string[],
  needed: readonly string[],
  cursor: string,
): Stored[] {
  try {
    const [columns, ...values] = JSON.parse(fromBase64url(cursor)!.toString()) as unknown[]
    if (columns !== order.join() || values.length !== order.length) throw new TypeError('another order')
    const read = order.map((name, i) => {
      const value = values[i]
      const bytes = table.columns[name]!.kind === 'bytes' && fromBase64url(value as string)
      return toComparable(table, name, bytes || value)
    })
    return read.filter((_, i) => needed.includes(order[i]!))
  } catch (cause) {
    throw new InvalidCursor(`${table.name}: not a cursor of this list`, { cause })
  }
}

interface Form {
  readonly entries: readonly (readonly [string, Column])[]
  /** A row of nulls. Its copies have all members in place, and are filled four times as fast as an object grows. */
  readonly blank: Readonly<Record<string, unknown>>
}

const forms = new WeakMap<AnyTable, Form>()

function formOf(table: AnyTable): Form {
  return once(forms, table, () => {
    const entries = Object.entries(table.columns)
    return { entries, blank: Object.fromEntries(entries.map(([name]) => [name, null])) }
  })
}

/** A row from its stored values, which stand in the order of `columnsOf`. */
export function toRow<R>(table: AnyTable, stored: readonly Stored[]): R {
  const { entries, blank } = formOf(table)
  const row = { ...blank }
  for (let i = 0; i < entries.length; i++) {
    const [name, column] = entries[i]!
    const value = stored[i]!
    if (value !== null) row[name] = fromStored(column, value)
  }
  return row as R
}

/** Refuses a number out of bounds. */
export function requireNumber(table: AnyTable, what: string, value: number, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw new InvalidQuery(`${table.name}: ${what} is a whole number from ${min} to ${max}`)
}

function requireColumn(table: AnyTable, name: string): void {
  if (!Object.hasOwn(table.columns, name)) throw refused(table, name, 'is no column')
}

const refused = (table: AnyTable, name: string, why: string) =>
  new InvalidQuery(`${table.name}.${name} ${why}`)
