// Schemas in the words of SQL: the statements of a migration step, and what a database should hold for declared tables.
// An engine's Words name its types. Index names follow from their columns.
import { createHash } from 'node:crypto'
import type { MigrationStep } from '../../store.js'
import type { AnyTable, Column, ColumnKind } from '../../table.js'
import { quote, quoteAll } from './print.js'

export interface Words {
  readonly types: Record<ColumnKind, string>
  /** What a column that is never null holds in rows older than itself. */
  readonly blanks: Record<ColumnKind, string>
  /** What stands behind the columns of a new table. */
  ending(table: AnyTable): string
}

/** The SQL of one step, statement by statement; `keyOf` tells the key of a table that is there already. */
export function stepSql(
  words: Words,
  step: MigrationStep,
  keyOf: (table: string) => readonly string[],
): string[] {
  if ('create' in step) return createSql(words, step.create)
  if ('drop' in step) return [`DROP TABLE ${quote(step.drop.table)}`]
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
  return [
    `CREATE TABLE ${quote(table.name)} (${[...columns, key].join(', ')})${words.ending(table)}`,
    ...table.unique.map((set) => indexSql(table.name, set, true)),
    ...table.indexes.map((index) => indexSql(table.name, total(index, table.key), false)),
  ]
}

/** An index ends with the key, so that it has the order that lists ask for. */
const total = (index: readonly string[], key: readonly string[]) => [
  ...index,
  ...key.filter((name) => !index.includes(name)),
]

const columnSql = ({ types }: Words, name: string, { kind, nullable }: Column) =>
  `${quote(name)} ${typeText(types[kind], nullable)}`

function indexSql(table: string, columns: readonly string[], unique: boolean): string {
  const name = shortened([table, ...columns, unique ? 'unique' : 'index'].join('_'))
  return `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${quote(name)} ON ${quote(table)} (${quoteAll(columns)})`
}

/** PostgreSQL cuts names after 63 bytes, and two that begin alike would be one. */
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
export function declaredSchema({ types }: Words, tables: readonly AnyTable[]): LiveSchema {
  return Object.fromEntries(
    tables.map(({ name, columns, key, unique, indexes }) => [
      name,
      {
        columns: Object.fromEntries(
          Object.entries(columns).map(([column, { kind, nullable }]) => [
            column,
            typeText(types[kind], nullable),
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
