// The schema in SQLite's words: the statements of a migration step, and what a database really holds, told as tables
// are told. Index names follow from their columns.
import type { MigrationStep } from '../../store.js'
import type { AnyTable, Column, ColumnKind } from '../../table.js'
import type { Stored } from '../../values.js'
import { type Database, prepareRows } from './driver.js'
import { quote, quoteAll } from './print.js'

const types: Record<ColumnKind, string> = {
  id: 'TEXT',
  text: 'TEXT',
  integer: 'INTEGER',
  boolean: 'INTEGER',
  bytes: 'BLOB',
  json: 'TEXT',
}

/** What a column that is never null holds in rows older than itself. */
const blanks: Record<ColumnKind, string> = {
  id: "''",
  text: "''",
  integer: '0',
  boolean: '0',
  bytes: "x''",
  json: "'null'",
}

/** The SQL of one step, statement by statement; `db` tells the key of a table that is there already. */
export function stepSql(db: Database, step: MigrationStep): string[] {
  if ('create' in step) return createSql(step.create)
  if ('drop' in step) return [`DROP TABLE ${quote(step.drop.table)}`]
  if ('addIndex' in step) {
    const { table, columns, unique } = step.addIndex
    return [indexSql(table, unique ? columns : total(columns, keyOf(db, table)), unique)]
  }
  const { table, name, column } = step.addColumn
  const blank = column.nullable ? '' : ` DEFAULT ${blanks[column.kind]}`
  return [`ALTER TABLE ${quote(table)} ADD COLUMN ${columnSql(name, column)}${blank}`]
}

function createSql(table: AnyTable): string[] {
  const columns = Object.entries(table.columns).map(([name, column]) => columnSql(name, column))
  const key = `PRIMARY KEY (${quoteAll(table.key)})`
  return [
    `CREATE TABLE ${quote(table.name)} (${[...columns, key].join(', ')}) STRICT${clustered(table)}`,
    ...table.unique.map((set) => indexSql(table.name, set, true)),
    ...table.indexes.map((index) => indexSql(table.name, total(index, table.key), false)),
  ]
}

/** An index ends with the key, so that it has the order that lists ask for. */
const total = (index: readonly string[], key: readonly string[]) => [
  ...index,
  ...key.filter((name) => !index.includes(name)),
]

function keyOf(db: Database, table: string): string[] {
  const sql = 'SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk'
  return prepareRows(db, sql).all(table).flat() as string[]
}

// Rows that stand in the key's own tree are a tenth cheaper to change, as long as they are small.
const clustered = (table: AnyTable) =>
  Object.values(table.columns).some(({ kind }) => kind === 'json') ? '' : ', WITHOUT ROWID'

const columnSql = (name: string, { kind, nullable }: Column) =>
  `${quote(name)} ${typeText(types[kind], nullable)}`

function indexSql(table: string, columns: readonly string[], unique: boolean): string {
  const name = [table, ...columns, unique ? 'unique' : 'index'].join('_')
  return `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${quote(name)} ON ${quote(table)} (${quoteAll(columns)})`
}

/** A table as the database has it; lists are sorted, so that two can be compared. */
export interface LiveTable {
  readonly columns: Record<string, string>
  readonly key: readonly string[]
  readonly unique: readonly string[]
  readonly indexes: readonly string[]
}

export type LiveSchema = Record<string, LiveTable>

/** What the database holds, the engine's own table left out. */
export function describeDatabase(db: Database): LiveSchema {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> ? ORDER BY name"
  const names = prepareRows(db, sql).all(ledger).flat() as string[]
  return Object.fromEntries(names.map((name) => [name, describeTable(db, name)]))
}

function describeTable(db: Database, table: string): LiveTable {
  const rows = (sql: string, name: Stored) => prepareRows(db, sql).all(name)
  const columns = rows('SELECT name, type, "notnull" FROM pragma_table_info(?)', table)
  const indexes = rows('SELECT name, "unique" FROM pragma_index_list(?) WHERE origin = \'c\'', table)
  const indexed = (unique: number) =>
    indexes
      .filter((index) => index[1] === unique)
      .map(([name]) => rows('SELECT name FROM pragma_index_info(?)', name!).flat().join())
      .sort()
  return {
    columns: Object.fromEntries(
      columns.map(([name, type, never]) => [name, typeText(type as string, !never)]),
    ),
    key: keyOf(db, table),
    unique: indexed(1),
    indexes: indexed(0),
  }
}

const typeText = (type: string, nullable: boolean) => `${type}${nullable ? '' : ' NOT NULL'}`

/** What the database should hold for these tables, to compare with `describeDatabase`. */
export function declaredSchema(tables: readonly AnyTable[]): LiveSchema {
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

/** The engine's own table: which migrations were applied. */
export const ledger = 'sallyport_migrations'
