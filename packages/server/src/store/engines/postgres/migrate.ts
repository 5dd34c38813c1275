// Applied migrations are rows of one table. Each migration is one transaction that first takes a lock of the schema and
// then looks again whether it is still due, so servers can start at once: one applies it, the others find it done.

import { due } from '../../due.js'
import type { Migration, MigrationStep, Planned } from '../../store.js'
import { planOf } from '../sql/plan.js'
import { quote } from '../sql/print.js'
import { ledger, stepSql } from '../sql/schema.js'
import { migrationPatience, type Run } from '../sql/server.js'
import { words } from './flavour.js'
import { keyOf } from './schema.js'

/** The migrations not applied yet, in order. Throws SchemaTooNew. */
export async function pendingMigrations(run: Run, migrations: readonly Migration[]): Promise<Migration[]> {
  const there = await run({ text: 'SELECT to_regclass($1) IS NOT NULL' }, [ledger])
  if (there.rows[0]![0] === 0) return due(migrations, new Set())
  const { rows } = await run({ text: `SELECT number FROM ${ledger}` })
  return due(migrations, new Set(rows.map(([number]) => number as number)))
}

/** What applying them would do. Throws SchemaTooNew. */
export async function planMigrations(run: Run, migrations: readonly Migration[]): Promise<Planned[]> {
  return planOf(words, await pendingMigrations(run, migrations), {
    keyOf: (table) => keyOf(run, table),
    rowsOf: async (table) => (await run({ text: rows }, [quote(table)])).rows[0]![0] as number,
  })
}

// The server's own estimate, which counting ten million rows would not be worth bettering; -1 where it never looked.
const rows =
  'SELECT coalesce((SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass($1)), 0)'

/** Applies what is due and returns what it applied itself. */
export async function applyMigrations(
  run: Run,
  migrations: readonly Migration[],
  schema: string | undefined,
  now: number,
): Promise<Migration[]> {
  const pending = await pendingOrNone(run, migrations, schema)
  const done: Migration[] = []
  for (const migration of pending) if (await applyOne(run, migrations, migration, now)) done.push(migration)
  return done
}

/** What is pending, in a schema that is made where the URL names one that is not there. */
async function pendingOrNone(
  run: Run,
  migrations: readonly Migration[],
  schema: string | undefined,
): Promise<Migration[]> {
  const pending = await pendingMigrations(run, migrations)
  if (pending.length === 0 || schema === undefined) return pending
  await locked(run, async () => {
    await run({ text: `CREATE SCHEMA IF NOT EXISTS ${quote(schema)}` })
  })
  return pending
}

function applyOne(run: Run, all: readonly Migration[], migration: Migration, now: number): Promise<boolean> {
  return locked(run, async () => {
    if (!(await pendingMigrations(run, all)).includes(migration)) return false
    await run({
      text: `CREATE TABLE IF NOT EXISTS ${ledger} (number bigint PRIMARY KEY, name text NOT NULL, applied_at bigint NOT NULL)`,
    })
    for (const step of migration.steps) await applyStep(run, step)
    const { number, name } = migration
    await run({ text: `INSERT INTO ${ledger} VALUES ($1, $2, $3)` }, [number, name, now])
    return true
  })
}

async function applyStep(run: Run, step: MigrationStep): Promise<void> {
  const key = 'addIndex' in step ? await keyOf(run, step.addIndex.table) : []
  for (const text of stepSql(words, step, () => key)) await run({ text })
}

// Two numbers that no other program should use in this database; the schema's own makes the second.
const lock = "SELECT pg_advisory_xact_lock(1935764596, hashtext(coalesce(current_schema(), '')))"

/** One transaction that no other server's runs beside. */
async function locked<T>(run: Run, work: () => Promise<T>): Promise<T> {
  await run({ text: 'BEGIN' })
  try {
    // Also where a pooler stands between, and the connection itself cannot be told.
    await run({ text: `SET LOCAL statement_timeout = ${migrationPatience}` })
    await run({ text: lock })
    const answer = await work()
    await run({ text: 'COMMIT' })
    return answer
  } catch (error) {
    await run({ text: 'ROLLBACK' }).catch(() => {})
    throw error
  }
}
