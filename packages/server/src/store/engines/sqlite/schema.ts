// SQLite's words for a schema, and what a database file really holds, told as tables are told.
import type { AnyTable } from '../../table.js'
import type { Stored } from '../../values.js'
import { type LiveSchema, type LiveTable, ledger, typeText, type Words } from '../sql/schema.js'
import { type Database, prepareRows } from './driver.js'

const types = {
  id: 'TEXT',
  text: 'TEXT',
  integer: 'INTEGER',
  boolean: 'INTEGER',
  bytes: 'BLOB',
  json: 'TEXT',
}

export const words: Words = {
  typeOf: ({ kind }) => types[kind],
  blanks: { id: "''", text: "''", integer: '0', boolean: '0', bytes: "x''", json: "'null'" },
  ending: (table) => ` STRICT${clustered(table)}`,
  inside: false,
}

// Rows that stand in the key's own tree are a tenth cheaper to change, as long as they are small.
const clustered = (table: AnyTable) =>
  Object.values(table.columns).some(({ kind }) => kind === 'json') ? '' : ', WITHOUT ROWID'

/** The key of a table that is there. */
export function keyOf(db: Database, table: string): string[] {
  const sql = 'SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk'
  return prepareRows(db, sql).all(table).flat() as string[]
}

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
