// Schemas in the words of SQL: the statements of a migration step, and what a database should hold for declared tables.
// An engine's Words name its types. Index names follow from their columns.
import { createHash } from 'node:crypto'
import type { MigrationStep } from '../../store.js'
import type { AnyTable, Column, ColumnKind } from '../../table.js'
import { quote, quoteAll } from './print.js'

export interface Words {
  typeOf(column: Column): string
  /** What a column that is never null holds in rows older than itself. */
  readonly blanks: Record<ColumnKind, string>
  /** What stands behind the columns of a new table. */
  ending(table: AnyTable): string
  /** Leaves room beside the rows of a table, where rows that change would have to go elsewhere. */
  leaveRoom?(table: string): string
  /** Whether a new table's indexes are made in the statement that makes it, so that the step is done or not done. */
  readonly inside: boolean
}

/** The SQL of one step, statement by statement; `keyOf` tells the key of a table that is there already. */
export function stepSql(
  words: Words,
  step: MigrationStep,
  keyOf: (table: string) => readonly string[],
): string[] {
  if ('create' in step) return createSql(words, step.create)
  if ('drop' in step) return [`DROP TABLE ${quote(step.drop.table)}`]
  if ('leaveRoom' in step) return words.leaveRoom ? [words.leaveRoom(step.leaveRoom.table)] : []
  if ('addIndex' in step) {
    const { table, columns, unique } = step.addIndex
    return [indexSql(table, unique ? columns : total(columns, keyOf(table)), unique)]
  }
  const { table, name, column } = step.addColumn
  const blank = column.nullable ? '' : ` DEFAULT ${words.blanks[column.kind]}`
  return [`ALTER TABLE ${quote(table)} ADD COLUMN ${columnSql(words, name, column)}${blank}`]
}

function createSql(words: Words, table: AnyTable): string[] {
  const columns = Object.entries(table.columns).map(([name, column]) => columnSql(words, name, column))
  const key = `PRIMARY KEY (${quoteAll(table.key)})`
  const indexes = [
    ...table.unique.map((columns) => ({ columns, unique: true })),
    ...table.indexes.map((index) => ({ columns: total(index, table.key), unique: false })),
  ]
  const inside = words.inside
    ? indexes.map(({ columns, unique }) => indexText(table.name, columns, unique, ''))
    : []
  const create = `CREATE TABLE ${quote(table.name)} (${[...columns, key, ...inside].join(', ')})${words.ending(table)}`
  if (words.inside) return [create]
  return [create, ...indexes.map(({ columns, unique }) => indexSql(table.name, columns, unique))]
}

/** An index ends with the key, so that it has the order that lists ask for. */
export const total = (index: readonly string[], key: readonly string[]) => [
  ...index,
  ...key.filter((name) => !index.includes(name)),
]

const columnSql = (words: Words, name: string, column: Column) =>
  `${quote(name)} ${typeText(words.typeOf(column), column.nullable)}`

const indexSql = (table: string, columns: readonly string[], unique: boolean) =>
  `CREATE ${indexText(table, columns, unique, ` ON ${quote(table)}`)}`

const indexText = (table: string, columns: readonly string[], unique: boolean, on: string) =>
  `${unique ? 'UNIQUE ' : ''}INDEX ${quote(indexName(table, columns, unique))}${on} (${quoteAll(columns)})`

/** The name of an index with all of its columns. */
export const indexName = (table: string, columns: readonly string[], unique: boolean) =>
  shortened([table, ...columns, unique ? 'unique' : 'index'].join('_'))

/** PostgreSQL cuts names after 63 bytes, and two that begin alike would be one; MySQL refuses those above 64. */
function shortened(name: string): string {
  if (name.length <= 63) return name
  return `${name.slice(0, 54)}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}

/** A table as the database has it; lists are sorted, so that two can be compared. */
export interface LiveTable {
  readonly columns: Record<string, string>
  readonly key: readonly string[]
  readonly unique: readonly string[]
  readonly indexes: readonly string[]
}

export type LiveSchema = Record<string, LiveTable>

export const typeText = (type: string, nullable: boolean) => `${type}${nullable ? '' : ' NOT NULL'}`

/** What the database should hold for these tables, to compare with what an engine finds there. */
export function declaredSchema(words: Words, tables: readonly AnyTable[]): LiveSchema {
  return Object.fromEntries(
    tables.map(({ name, columns, key, unique, indexes }) => [
      name,
      {
        columns: Object.fromEntries(
          Object.entries(columns).map(([column, declared]) => [
            column,
            typeText(words.typeOf(declared), declared.nullable),
          ]),
        ),
        key,
        unique: unique.map((set) => set.join()).sort(),
        indexes: indexes.map((index) => total(index, key).join()).sort(),
      },
    ]),
  )
}

/** The engines' own table: which migrations were applied. */
export const ledger = 'sallyport_migrations'
