// Applied migrations are rows of one table. These servers commit each statement of a schema by itself, so a migration cannot
// be one transaction. Instead each of its steps is one statement, and before it is sent the row says that it is about to be:
// where a program died, the next one goes on at that step, and looks whether it was done. A lock of the whole server, named
// after the database, lets servers start at once: one applies, the others find it done.
import { createHash } from 'node:crypto'
import { due } from '../../due.js'
import { type Migration, type MigrationStep, type Planned, StoreUnavailable } from '../../store.js'
import { planOf } from '../sql/plan.js'
import { indexName, type LiveTable, ledger, stepSql, total } from '../sql/schema.js'
import { migrationPatience, type Run } from '../sql/server.js'
import { isMissingTable } from './errors.js'
import { words } from './flavour.js'
import { liveTables } from './schema.js'

// `applied_at` is null while a migration is under way, `step` counts the steps that were begun, `writes` is for `ping`.
const ledgerSql = `CREATE TABLE IF NOT EXISTS ${ledger} (number bigint PRIMARY KEY, name varchar(255) NOT NULL,
  step int NOT NULL, applied_at bigint, writes bigint NOT NULL) ENGINE = InnoDB`

interface Entry {
  readonly number: number
  readonly step: number
  readonly applied: boolean
}

async function entries(run: Run): Promise<Entry[]> {
  try {
    const { rows } = await run({ text: `SELECT number, step, applied_at IS NOT NULL FROM ${ledger}` })
    return rows.map(([number, step, applied]) => ({
      number: Number(number),
      step: Number(step),
      applied: Number(applied) === 1,
    }))
  } catch (error) {
    if (isMissingTable(error)) return []
    throw error
  }
}

/** The migrations not applied yet, in order. Throws SchemaTooNew. */
export async function pendingMigrations(run: Run, migrations: readonly Migration[]): Promise<Migration[]> {
  const known = await entries(run)
  // One that a newer program left half done counts too.
  due(migrations, new Set(known.map(({ number }) => number)))
  return due(migrations, new Set(known.filter(({ applied }) => applied).map(({ number }) => number)))
}

/** What applying them would do. Throws SchemaTooNew. */
export async function planMigrations(run: Run, migrations: readonly Migration[]): Promise<Planned[]> {
  const tables = await liveTables(run)
  return planOf(words, await pendingMigrations(run, migrations), {
    keyOf: async (table) => tables.get(table)?.key ?? [],
    rowsOf: async (table) => Number((await run({ text: rowsSql }, [table])).rows[0]?.[0] ?? 0),
  })
}

// The server's own estimate, which counting ten million rows would not be worth bettering.
const rowsSql =
  'SELECT table_rows FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?'

/** Applies what is due and returns what it applied itself. */
export async function applyMigrations(
  run: Run,
  migrations: readonly Migration[],
  now: number,
): Promise<Migration[]> {
  if ((await pendingMigrations(run, migrations)).length === 0) return []
  return locked(run, async () => {
    const pending = await pendingMigrations(run, migrations)
    if (pending.length > 0) await run({ text: ledgerSql })
    for (const migration of pending) await applyOne(run, migration, now)
    return pending
  })
}

async function applyOne(run: Run, { number, name, steps }: Migration, now: number): Promise<void> {
  const begun = (await entries(run)).find((entry) => entry.number === number)
  if (begun === undefined)
    await run({ text: `INSERT INTO ${ledger} VALUES (?, ?, 0, NULL, 0)` }, [number, name])
  // Of the steps that were begun only the last can be undone.
  const from = Math.max(0, (begun?.step ?? 0) - 1)
  for (const [i, step] of steps.entries()) {
    if (i < from || (i + 1 === begun?.step && (await isDone(run, step)))) continue
    await run({ text: `UPDATE ${ledger} SET step = ? WHERE number = ?` }, [i + 1, number])
    await applyStep(run, step)
  }
  await run({ text: `UPDATE ${ledger} SET applied_at = ? WHERE number = ?` }, [now, number])
}

async function applyStep(run: Run, step: MigrationStep): Promise<void> {
  const tables = 'addIndex' in step ? await liveTables(run) : new Map<string, LiveTable>()
  requireShort(step, tables)
  for (const text of stepSql(words, step, (table) => tables.get(table)?.key ?? [])) await run({ text })
}

/** MariaDB would index the beginning of a longer column, and say nothing. */
function requireShort(step: MigrationStep, tables: ReadonlyMap<string, LiveTable>): void {
  const refuse = (table: string, column: string, type = '') => {
    if (/blob/.test(type)) throw new Error(`${table}.${column} is too long for an index of MySQL`)
  }
  if ('create' in step) {
    const { name, columns, key, unique, indexes } = step.create
    for (const column of [key, ...unique, ...indexes].flat())
      refuse(name, column, words.typeOf(columns[column]!))
  }
  if ('addIndex' in step) {
    const { table, columns } = step.addIndex
    for (const column of columns) refuse(table, column, tables.get(table)?.columns[column])
  }
}

/** Whether a step that was begun was done: each is one statement, which is done whole or not at all. */
async function isDone(run: Run, step: MigrationStep): Promise<boolean> {
  const tables = await liveTables(run)
  if ('create' in step) return tables.has(step.create.name)
  if ('drop' in step) return !tables.has(step.drop.table)
  if ('addColumn' in step) return step.addColumn.name in (tables.get(step.addColumn.table)?.columns ?? {})
  if ('leaveRoom' in step) return true
  const { table, columns, unique } = step.addIndex
  const there = tables.get(table)
  return there?.all.has(indexName(table, unique ? columns : total(columns, there.key), unique)) ?? false
}

/** Runs work while no other program does so for the same database. The lock goes with the connection. */
async function locked<T>(run: Run, work: () => Promise<T>): Promise<T> {
  const name = await lockName(run)
  const got = await run({ text: `SELECT GET_LOCK('${name}', ${migrationPatience / 1000})` })
  if (Number(got.rows[0]![0]) !== 1) throw new StoreUnavailable('MySQL: another migration goes on and on')
  try {
    return await work()
  } finally {
    await run({ text: `SELECT RELEASE_LOCK('${name}')` }).catch(() => {})
  }
}

/** A lock has no more than 64 characters, and is one of the whole server. */
async function lockName(run: Run): Promise<string> {
  const database = String((await run({ text: 'SELECT DATABASE()' })).rows[0]![0])
  return `sallyport ${createHash('sha256').update(database).digest('hex').slice(0, 32)}`
}
