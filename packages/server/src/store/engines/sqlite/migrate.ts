// Applied migrations are rows of one table. Each migration is one transaction that looks again whether it is still
// due, so two processes can start at once: one applies it, the other finds it done.
import { type Migration, SchemaTooNew } from '../../store.js'
import { type Database, prepareRows, waitForLock } from './driver.js'
import { ledger, stepSql } from './schema.js'

/** The migrations not applied yet, in order. Throws SchemaTooNew. */
export function pendingMigrations(db: Database, migrations: readonly Migration[]): Migration[] {
  const applied = appliedNumbers(db)
  const known = Math.max(0, ...migrations.map(({ number }) => number))
  for (const number of applied)
    if (!migrations.some((migration) => migration.number === number)) throw new SchemaTooNew(number, known)
  return migrations.filter(({ number }) => !applied.has(number)).sort((a, b) => a.number - b.number)
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
    const due = pendingMigrations(db, all).includes(migration)
    if (due) {
      db.exec(
        `CREATE TABLE IF NOT EXISTS ${ledger} (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`,
      )
      for (const step of migration.steps) for (const sql of stepSql(db, step)) db.exec(sql)
      prepareRows(db, `INSERT INTO ${ledger} VALUES (?, ?, ?)`).run(migration.number, migration.name, now)
    }
    db.exec('COMMIT')
    return due
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
