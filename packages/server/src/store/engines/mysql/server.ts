// MySQL as the shared reader and writer reach it: what other servers answer by RETURNING takes a step more here.
import { columnsOf } from '../../door.js'
import { once } from '../../once.js'
import { UniqueViolation } from '../../store.js'
import type { AnyTable } from '../../table.js'
import type { Stored } from '../../values.js'
import { quote } from '../sql/print.js'
import { indexName } from '../sql/schema.js'
import {
  type Connections,
  type DatabaseServer,
  type Result,
  type Run,
  type Sql,
  transaction,
} from '../sql/server.js'
import type { Statement } from '../sql/statement.js'
import { indexOf, isBroken, isDuplicate, isNull, isUndone, isUnique, toStoreError } from './errors.js'
import { flavour } from './flavour.js'

// The driver keeps what it prepared by its text, so any name does.
const sql = (text: string, name?: string): Sql => ({ text, ...(name !== undefined && { name }) })

export function createServer(connections: Connections, now: () => number): DatabaseServer {
  return {
    connections,
    flavour,
    now,
    sql,
    execute,
    isUnique,
    violation: async (error) => error as Error,
    isUndone,
    isBroken,
    toStoreError,
  }
}

async function execute(run: Run, statement: Statement, values: readonly Stored[]): Promise<Result> {
  const main = sql(statement.main.text, 'prepared')
  try {
    if (!statement.returns) return await run(main, values)
    if (statement.counts === undefined) return await take(run, statement.table!, main, values)
    return counted(statement, values, await run(main, values))
  } catch (error) {
    const taken = isDuplicate(error) || (statement.counts !== undefined && isNull(error))
    throw taken && statement.table ? violation(statement.table, error) : error
  }
}

/** A row that was put there starts at what it counts by; one that stood there told the connection what it came to. */
function counted(statement: Statement, values: readonly Stored[], result: Result): Result {
  const { matched, last = 0 } = result
  const by = values[columnsOf(statement.table!).indexOf(statement.counts!)]!
  return { matched, rows: [[last === 0 && matched === 1 ? by : last]] }
}

const removals = new WeakMap<AnyTable, Sql>()

/**
 * Finds and locks the row, then removes it. Who waits for a locked row finds it gone and looks on: to skip it instead
 * would be to miss a row that another only changes.
 */
function take(run: Run, table: AnyTable, main: Sql, values: readonly Stored[]): Promise<Result> {
  const removal = once(removals, table, () => {
    const same = table.key.map((name) => `${quote(name)} = ?`).join(' AND ')
    return sql(`DELETE FROM ${quote(table.name)} WHERE ${same}`, 'prepared')
  })
  const places = table.key.map((name) => columnsOf(table).indexOf(name))
  return transaction(run, async (inside) => {
    const found = await inside(main, values)
    const [row] = found.rows
    if (row !== undefined)
      await inside(
        removal,
        places.map((place) => row[place]!),
      )
    return found
  })
}

/** The server names the index; the names of ours follow from their columns. */
function violation(table: AnyTable, error: unknown): UniqueViolation {
  const name = indexOf(error)
  if (name === 'PRIMARY') return new UniqueViolation(table.name, table.key)
  const found = table.unique.find((columns) => indexName(table.name, columns, true) === name)
  return new UniqueViolation(table.name, found ?? table.unique.flat())
}
