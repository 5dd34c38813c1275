// What a database really holds, told as tables are told.
import { type LiveSchema, type LiveTable, ledger, typeText } from '../sql/schema.js'
import type { Run } from '../sql/server.js'

const columnsSql = `SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE FROM information_schema.COLUMNS
  WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION`

const indexesSql = `SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`

interface Live extends LiveTable {
  readonly columns: Record<string, string>
  /** The columns of each index by its name, and the names of those that are unique. */
  readonly all: ReadonlyMap<string, readonly string[]>
}

/** What the database holds, the engine's own table left out. */
export async function describeDatabase(run: Run): Promise<LiveSchema> {
  const tables = await liveTables(run)
  tables.delete(ledger)
  return Object.fromEntries(
    [...tables].map(([name, { columns, key, unique, indexes }]) => [name, { columns, key, unique, indexes }]),
  )
}

/** The tables that are there, by name. */
export async function liveTables(run: Run): Promise<Map<string, Live>> {
  const columns = texts((await run({ text: columnsSql })).rows)
  const indexes = texts((await run({ text: indexesSql })).rows)
  const names = new Set(columns.map(([table]) => table!))
  return new Map(
    [...names].map((name) => [
      name,
      liveTable(
        columns.filter(([table]) => table === name),
        indexes.filter(([table]) => table === name),
      ),
    ]),
  )
}

const texts = (rows: unknown[][]) => rows.map((row) => row.map(String))

function liveTable(columns: string[][], indexes: string[][]): Live {
  const all = new Map<string, string[]>()
  for (const [, name, , column] of indexes) all.set(name!, [...(all.get(name!) ?? []), column!])
  const unique = new Set(indexes.filter(([, , loose]) => loose === '0').map(([, name]) => name!))
  const listed = (wanted: boolean) =>
    [...all]
      .filter(([name]) => name !== 'PRIMARY' && unique.has(name) === wanted)
      .map(([, list]) => list.join())
      .sort()
  return {
    columns: Object.fromEntries(
      columns.map(([, name, type, nullable]) => [name, typeText(plain(type!), nullable === 'YES')]),
    ),
    key: all.get('PRIMARY') ?? [],
    unique: listed(true),
    indexes: listed(false),
    all,
  }
}

/** MariaDB tells how wide a number is shown; MySQL does no longer. */
const plain = (type: string) => type.toLowerCase().replace(/^(tinyint|bigint)\(\d+\)/, '$1')
