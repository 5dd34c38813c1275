// How rows stand in Redis: a hash with a field for each column that is not null, every value a text. Bytes are hex, which
// compares as they do. And what the keys of Redis are called; values in their names are hashed, because names get into
// logs (SLOWLOG, MONITOR), but for those of a row's own key.
import { createHash } from 'node:crypto'
import { type Condition, columnsOf } from '../../door.js'
import { cellOf, type Row } from '../../matching.js'
import { once } from '../../once.js'
import { InvalidValue } from '../../store.js'
import type { AnyTable, Column } from '../../table.js'
import type { Stored } from '../../values.js'

/** A stored value as Redis keeps it. */
export const toText = (value: Exclude<Stored, null>): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : `${value}`

function fromText({ kind }: Column, text: string): Stored {
  if (kind === 'integer' || kind === 'boolean') return Number(text)
  return kind === 'bytes' ? Buffer.from(text, 'hex') : text
}

/** What a column that is never null holds in a row that was written before the column was there. */
const unwritten: Record<Column['kind'], Stored> = {
  id: '',
  text: '',
  integer: 0,
  boolean: 0,
  bytes: Buffer.alloc(0),
  json: 'null',
}

/** A row from the values of its fields, in the order of `columnsOf`; undefined where there is none. */
export function toStoredRow(table: AnyTable, texts: readonly (string | null)[]): Row | undefined {
  const names = columnsOf(table)
  if (texts.every((text) => text === null)) return undefined
  return names.map((name, i) => {
    const column = table.columns[name]!
    const text = texts[i]!
    if (text !== null) return fromText(column, text)
    return column.nullable ? null : unwritten[column.kind]
  })
}

/** The same from what HGETALL answers: names and values in turn. */
export function fromFields(table: AnyTable, fields: readonly string[]): Row | undefined {
  const texts = new Map<string, string>()
  for (let i = 0; i < fields.length; i += 2) texts.set(fields[i]!, fields[i + 1]!)
  return toStoredRow(
    table,
    columnsOf(table).map((name) => texts.get(name) ?? null),
  )
}

/** The fields of a row for HSET. */
export function toFields(table: AnyTable, row: Row): string[] {
  return columnsOf(table).flatMap((name, i) => (row[i] === null ? [] : [name, toText(row[i]!)]))
}

const part = (value: Exclude<Stored, null>) => encodeURIComponent(toText(value))

/** The key of Redis for the row with these key values. */
export function rowKey(prefix: string, table: AnyTable, values: readonly Stored[]): string {
  return `${prefix}row:${table.name}:${values.map((value) => part(value!)).join(':')}`
}

export function keyOfRow(prefix: string, table: AnyTable, row: Row): string {
  const values = table.key.map((name) => cellOf(table, row, name))
  if (values.includes(null)) throw new InvalidValue(`${table.name}: the key is null`)
  return rowKey(prefix, table, values)
}

/** What SCAN takes for all rows of a table; the prefix is taken literally. */
export const rowPattern = (prefix: string, table: AnyTable): string =>
  `${prefix.replace(/[\\*?[\]^]/g, '\\$&')}row:${table.name}:*`

function secondary(
  kind: string,
  prefix: string,
  table: AnyTable,
  columns: readonly string[],
  values: readonly Stored[],
) {
  const name = values.map((value) => part(value!)).join(':')
  const hash = createHash('sha256').update(name).digest('base64url')
  return `${prefix}${kind}:${table.name}:${columns.join('+')}:${hash}`
}

/** The key of Redis that says which row holds these values of a unique set. */
export const claimKey = (prefix: string, table: AnyTable, columns: readonly string[], values: Row) =>
  secondary('unique', prefix, table, columns, values)

/** The key of Redis that lists the rows with these values of an index. */
export const indexKey = (prefix: string, table: AnyTable, columns: readonly string[], values: Row) =>
  secondary('index', prefix, table, columns, values)

/** The values of these columns; undefined where one is null: such a row stands in no index and no unique set. */
export function valuesOf(table: AnyTable, row: Row, columns: readonly string[]): Row | undefined {
  const values = columns.map((name) => cellOf(table, row, name))
  return values.includes(null) ? undefined : values
}

const kept = new WeakMap<AnyTable, readonly (readonly string[])[]>()

/**
 * The sets of columns by which rows are listed. Of a declared index it is the first column where that is an id, which is
 * narrow enough by itself, else all that are not numbers: numbers order and do not gather.
 */
export function gatheredBy(table: AnyTable): readonly (readonly string[])[] {
  return once(kept, table, () => {
    const sets = table.indexes.map((index) => {
      if (table.columns[index[0]!]!.kind === 'id') return [index[0]!]
      return index.filter((name) => table.columns[name]!.kind !== 'integer')
    })
    const names = new Set(sets.filter((set) => set.length > 0).map((set) => set.join()))
    return [...names].map((set) => set.split(','))
  })
}

/** Every combination of values that the conditions leave to these columns; undefined where one is not held to any. */
export function heldTo(conditions: readonly Condition[], columns: readonly string[]): Row[] | undefined {
  let tuples: Row[] = [[]]
  for (const name of columns) {
    const condition = conditions.find(({ column, operator }) => column === name && /^(=|in)$/.test(operator))
    if (condition === undefined) return undefined
    const values = condition.values ?? [condition.value]
    tuples = tuples.flatMap((tuple) => values.map((value) => [...tuple, value]))
    if (tuples.length > 10_000) return undefined
  }
  return tuples
}
