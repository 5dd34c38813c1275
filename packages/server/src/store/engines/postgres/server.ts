// PostgreSQL as the shared reader and writer reach it. Statements are named, so that it prepares each once a connection.
import { once } from '../../once.js'
import { UniqueViolation } from '../../store.js'
import type { Connections, DatabaseServer, Sql } from '../sql/server.js'
import type { Statement } from '../sql/statement.js'
import { constraintOf, isBroken, isUndone, isUnique, toStoreError } from './errors.js'
import { flavour, numbered } from './flavour.js'
import { createGroupedReads, createGroupedUpdates, type GroupLimits } from './groups.js'

const sql = (text: string, name?: string): Sql => ({
  text: numbered(text),
  ...(name !== undefined && { name }),
})

export function createServer(
  connections: Connections,
  now: () => number,
  limits: GroupLimits,
): DatabaseServer {
  const columns = new Map<string, readonly string[]>()
  const printed = new WeakMap<Statement, Sql>()
  return {
    connections,
    flavour,
    now,
    sql,
    execute: (run, statement, values) => {
      const { main, number } = statement
      return run(
        once(printed, statement, () => sql(main.text, `w${number}`)),
        values,
      )
    },
    groups: {
      updates: (kind) => createGroupedUpdates({ ...kind, ...limits, toError: toStoreError }),
      reads: (kind) => createGroupedReads({ ...kind, ...limits, toError: toStoreError }),
    },
    isUnique,
    tableOf: (error) => (error as { table?: string }).table,
    violation: (error) => violation(connections, columns, error),
    isUndone,
    isBroken,
    toStoreError,
  }
}

const ofIndex = `SELECT a.attname FROM pg_index i
  CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
  WHERE i.indexrelid = (SELECT c.oid FROM pg_class c
    WHERE c.relname = $1 AND c.relnamespace = quote_ident(current_schema())::regnamespace)
  ORDER BY k.place`

/** The server names the index alone; what columns it has is looked up once. */
async function violation(
  connections: Connections,
  known: Map<string, readonly string[]>,
  error: unknown,
): Promise<Error> {
  const { table = '' } = error as { table?: string }
  const name = constraintOf(error) ?? ''
  try {
    const columns =
      known.get(name) ??
      (await connections.use((run) => run({ text: ofIndex }, [name]))).rows.map(([column]) => String(column))
    known.set(name, columns)
    return new UniqueViolation(table, columns)
  } catch (failed) {
    return toStoreError(failed)
  }
}
