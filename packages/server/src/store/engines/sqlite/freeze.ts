// Keeping every other writer out of the file while somebody reads it, and afterwards; and copying it while it is written.
import { StoreUnavailable, type Write } from '../../store.js'
import type { AnyTable } from '../../table.js'
import { quote } from '../sql/print.js'
import { createWrites, type Writer } from '../sql/writes.js'
import { type Database, type Driver, prepareRows, waitForLock } from './driver.js'
import { flavour } from './flavour.js'

/** What a table says that was closed. */
export const closed = 'it was moved, and nothing is written here any more'
const CLOSED = 'sallyport_moved_'

/**
 * Holds the right to write on a connection of its own while `work` runs, then writes what it answers and closes the
 * tables, all in one transaction: whoever waited for the right to write is refused by the table itself. Waits up to
 * `wait` milliseconds for a writer that is there.
 */
export async function freeze(
  db: Database,
  now: () => number,
  wait: number,
  tables: readonly AnyTable[],
  work: () => Promise<readonly Write[]>,
): Promise<void> {
  await waitForLock(wait, () => db.exec('BEGIN IMMEDIATE'))
  try {
    const { atomically } = createWrites(writerOn(db, now))
    if (!(await atomically(await work()))) throw new StoreUnavailable('what was expected is not there')
    for (const { name } of tables) close(db, name)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function close(db: Database, table: string): void {
  for (const verb of ['INSERT', 'UPDATE', 'DELETE'])
    db.exec(`CREATE TRIGGER ${quote(`${CLOSED}${verb}_${table}`)} BEFORE ${verb} ON ${quote(table)}
      BEGIN SELECT RAISE(ABORT, '${closed}'); END`)
}

/** Opens tables again that a freeze closed. */
export async function thaw(db: Database, wait: number): Promise<void> {
  await waitForLock(wait, () => db.exec('BEGIN IMMEDIATE'))
  try {
    const sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND substr(name, 1, ?) = ?"
    for (const [name] of prepareRows(db, sql).all(CLOSED.length, CLOSED))
      db.exec(`DROP TRIGGER ${quote(String(name))}`)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** Writes on the connection as it is, inside its transaction. */
function writerOn(db: Database, now: () => number): Writer {
  const never = () => Promise.reject(new Error('only several writes together are known here'))
  return {
    flavour,
    now,
    change: never,
    row: never,
    together: async (steps) => {
      for (const { statement, values, expect } of steps) {
        const { main, clearing } = statement
        if (clearing) prepareRows(db, clearing.text).run(...values.slice(main.size))
        const { changes } = prepareRows(db, main.text).run(...values.slice(0, main.size))
        if (expect !== undefined && expect !== Number(changes)) return false
      }
      return true
    },
  }
}

/** Pages of the file that are copied in one go, and after which `tell` hears. */
const RATE = 1000

/**
 * Copies the database of a connection that reads into the file at `path`. The transaction that is open meanwhile makes
 * it the state of one moment: without it the copying would begin anew with every write of another process.
 */
export async function copyTo(
  driver: Driver,
  db: Database,
  path: string,
  tell: (share: number) => void,
): Promise<void> {
  db.exec('BEGIN')
  try {
    prepareRows(db, 'SELECT count(*) FROM sqlite_schema').get()
    await driver.backup(db, path, {
      rate: RATE,
      progress: ({ totalPages, remainingPages }) => tell(1 - remainingPages / Math.max(1, totalPages)),
    })
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK')
  }
}
