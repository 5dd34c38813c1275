// What a database really holds, told as tables are told. Only the schema that the connection works in is looked at.
import { type LiveSchema, type LiveTable, ledger, typeText } from '../sql/schema.js'
import type { Run } from '../sql/server.js'

const here = 'relnamespace = quote_ident(current_schema())::regnamespace'

/** What the schema holds, the engine's own table left out. */
export async function describeDatabase(run: Run): Promise<LiveSchema> {
  const sql = `SELECT relname FROM pg_class WHERE relkind = 'r' AND ${here} AND relname <> $1 ORDER BY relname`
  const { rows } = await run({ text: sql }, [ledger])
  const described: Record<string, LiveTable> = {}
  for (const [name] of rows) described[String(name)] = await describeTable(run, String(name))
  return described
}

const columnsSql = `SELECT a.attname, format_type(a.atttypid, a.atttypmod), l.collname, a.attnotnull
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation l ON l.oid = a.attcollation
  WHERE c.relname = $1 AND c.${here} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

const indexesSql = `SELECT i.indisprimary, i.indisunique, string_agg(a.attname, ',' ORDER BY k.place)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place)
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
  WHERE c.relname = $1 AND c.${here} GROUP BY i.indexrelid, i.indisprimary, i.indisunique`

async function describeTable(run: Run, table: string): Promise<LiveTable> {
  const columns = await run({ text: columnsSql }, [table])
  const indexes = await run({ text: indexesSql }, [table])
  const indexed = (primary: number, unique: number) =>
    indexes.rows
      .filter((row) => row[0] === primary && row[1] === unique)
      .map((row) => String(row[2]))
      .sort()
  return {
    columns: Object.fromEntries(
      columns.rows.map(([name, type, collation, never]) => {
        const collated = collation === null ? String(type) : `${type} COLLATE "${collation}"`
        return [name, typeText(collated, never === 0)]
      }),
    ),
    key: indexed(1, 1).flatMap((key) => key.split(',')),
    unique: indexed(0, 1),
    indexes: indexed(0, 0),
  }
}

/** The key of a table that is there. */
export async function keyOf(run: Run, table: string): Promise<readonly string[]> {
  return (await describeTable(run, table)).key
}
