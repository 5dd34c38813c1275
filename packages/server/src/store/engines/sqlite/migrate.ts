// Applied migrations are rows of one table. Each migration is one transaction that looks again whether it is still
// due, so two processes can start at once: one applies it, the other finds it done.

import { due } from '../../due.js'
import type { Migration, Planned } from '../../store.js'
import { planOf } from '../sql/plan.js'
import { quote } from '../sql/print.js'
import { ledger, stepSql } from '../sql/schema.js'
import { type Database, prepareRows, waitForLock } from './driver.js'
import { keyOf, words } from './schema.js'

/** The migrations not applied yet, in order. Throws SchemaTooNew. */
export function pendingMigrations(db: Database, migrations: readonly Migration[]): Migration[] {
  return due(migrations, appliedNumbers(db))
}

/** What applying them would do. Throws SchemaTooNew. */
export async function planMigrations(db: Database, migrations: readonly Migration[]): Promise<Planned[]> {
  return planOf(words, pendingMigrations(db, migrations), {
    keyOf: async (table) => keyOf(db, table),
    rowsOf: async (table) => {
      const there = prepareRows(db, 'SELECT 1 FROM sqlite_schema WHERE name = ?').get(table)
      return there ? (prepareRows(db, `SELECT count(*) FROM ${quote(table)}`).get()![0] as number) : 0
    },
  })
}

function appliedNumbers(db: Database): Set<number> {
  const exists = prepareRows(db, 'SELECT 1 FROM sqlite_schema WHERE name = ?').get(ledger)
  if (!exists) return new Set()
  return new Set(prepareRows(db, `SELECT number FROM ${ledger}`).all().flat() as number[])
}

/** Applies what is due, waiting up to `wait` milliseconds for another process, and returns what it applied itself. */
export async function applyMigrations(
  db: Database,
  migrations: readonly Migration[],
  now: number,
  wait: number,
): Promise<Migration[]> {
  const done: Migration[] = []
  for (const migration of pendingMigrations(db, migrations))
    if (await waitForLock(wait, () => applyOne(db, migrations, migration, now))) done.push(migration)
  return done
}

function applyOne(db: Database, all: readonly Migration[], migration: Migration, now: number): boolean {
  db.exec('BEGIN IMMEDIATE')
  try {
    const isDue = pendingMigrations(db, all).includes(migration)
    if (isDue) {
      db.exec(
        `CREATE TABLE IF NOT EXISTS ${ledger} (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`,
      )
      for (const step of migration.steps)
        for (const sql of stepSql(words, step, (table) => keyOf(db, table))) db.exec(sql)
      prepareRows(db, `INSERT INTO ${ledger} VALUES (?, ?, ?)`).run(migration.number, migration.name, now)
    }
    db.exec('COMMIT')
    return isDue
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
