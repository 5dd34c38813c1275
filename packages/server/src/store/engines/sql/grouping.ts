// What an engine must know to run one statement for several callers at once: what each of its holes holds, and which of
// them name the one row that it can match. Statements that may match several rows have no grouping.
import type { Change, Condition, Operator } from '../../door.js'
import type { AnyTable, ColumnKind } from '../../table.js'

export interface Grouping {
  /** The kind of each `?` of the text, in order. */
  readonly kinds: readonly ColumnKind[]
  /** The places of the holes that hold the key. */
  readonly key: readonly number[]
}

const single: readonly Operator[] = ['=', '<', '<=', '>', '>=']
const none: readonly Operator[] = ['null', 'some']

/** Of an update whose condition holds every column of the key to one value; else undefined. */
export function groupingOfUpdate(
  table: AnyTable,
  changes: readonly Change[],
  conditions: readonly Condition[],
): Grouping | undefined {
  const kindOf = (column: string) => table.columns[column]!.kind
  const held = conditions.filter(({ operator }) => !none.includes(operator))
  if (!held.every(({ operator }) => single.includes(operator))) return undefined
  const key = table.key.map((name) =>
    held.findIndex(({ column, operator }) => column === name && operator === '='),
  )
  if (key.includes(-1)) return undefined
  const kinds = [...changes, ...held].map(({ column }) => kindOf(column))
  return { kinds: withTime(table, kinds), key: key.map((place) => place + changes.length) }
}

/** Of a question for the row of a key. */
export function groupingOfKey(table: AnyTable): Grouping {
  const kinds = table.key.map((name) => table.columns[name]!.kind)
  return { kinds: withTime(table, kinds), key: kinds.map((_, place) => place) }
}

/** The time stands behind everything else where a table expires. */
const withTime = (table: AnyTable, kinds: readonly ColumnKind[]): ColumnKind[] =>
  table.expires === undefined ? [...kinds] : [...kinds, 'integer']
