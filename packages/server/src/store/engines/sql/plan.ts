// What migrations would do to a database, statement by statement, without doing it.
import type { Migration, MigrationStep, Planned, PlannedStatement } from '../../store.js'
import { stepSql, type Words } from './schema.js'

/** What a plan has to ask the database. */
export interface Asks {
  /** The key of a table that is there. */
  keyOf(table: string): Promise<readonly string[]>
  /** About how many rows a table has; 0 where it is not there. */
  rowsOf(table: string): Promise<number>
}

/** How many rows a second an index is made of: less than was seen on two cores with a slow disk, to promise too little. */
const INDEXED_A_SECOND = 200_000

/** The statements of pending migrations, with the rows that each has to read and the seconds that this may take. */
export async function planOf(words: Words, pending: readonly Migration[], asks: Asks): Promise<Planned[]> {
  const keys = new Map<string, readonly string[]>()
  const plan: Planned[] = []
  for (const { number, name, steps } of pending) {
    const statements: PlannedStatement[] = []
    for (const step of steps) statements.push(...(await ofStep(words, step, asks, keys)))
    plan.push({ number, name, statements })
  }
  return plan
}

async function ofStep(
  words: Words,
  step: MigrationStep,
  asks: Asks,
  keys: Map<string, readonly string[]>,
): Promise<PlannedStatement[]> {
  if ('create' in step) keys.set(step.create.name, step.create.key)
  const table = tableOf(step)
  // A table that a step before makes is empty. Only an index reads what is there: a new column is noted in the catalogue.
  const rows = 'addIndex' in step && !keys.has(table) ? await asks.rowsOf(table) : 0
  const key = keys.get(table) ?? ('addIndex' in step ? await asks.keyOf(table) : [])
  const seconds = Math.ceil(rows / INDEXED_A_SECOND)
  return stepSql(words, step, () => key).map((sql) => ({ sql, table, rows, seconds }))
}

function tableOf(step: MigrationStep): string {
  if ('create' in step) return step.create.name
  if ('drop' in step) return step.drop.table
  if ('leaveRoom' in step) return step.leaveRoom.table
  return 'addIndex' in step ? step.addIndex.table : step.addColumn.table
}
