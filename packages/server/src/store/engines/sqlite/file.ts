// The database file before anything is read from it: makes it (mode 0600), turns on write-ahead logging, and says in
// a sentence with its remedy why it cannot be used.
import { closeSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreUnavailable } from '../../store.js'
import {
  codeOf,
  type Database,
  type Driver,
  isBusy,
  openWriting,
  prepareRows,
  waitForLock,
} from './driver.js'

/** The connection of the file at `path`. Throws StoreUnavailable, saying what is wrong and what to do. */
export async function openFile(driver: Driver, path: string, wait: number): Promise<Database> {
  checkDirectory(dirname(path))
  createOrCheck(path)
  try {
    const db = await waitForLock(wait, () => openWriting(driver, path))
    requireWal(db, path)
    return db
  } catch (error) {
    throw explain(path, error)
  }
}

function checkDirectory(directory: string): void {
  const found = lookAt(directory)
  if (!found)
    throw new StoreUnavailable(
      `the directory ${directory} does not exist: create it, or configure another data directory`,
    )
  if (!found.isDirectory())
    throw new StoreUnavailable(`${directory} is not a directory: configure another data directory`)
}

function lookAt(directory: string) {
  try {
    return statSync(directory, { throwIfNoEntry: false })
  } catch (cause) {
    throw new StoreUnavailable(`the directory ${directory} cannot be reached: ${(cause as Error).message}`, {
      cause,
    })
  }
}

// An existing file is never opened here: closing it would drop the locks that SQLite holds on it in this process.
function createOrCheck(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new StoreUnavailable(
        `${path} cannot be made, see who may write its directory: ${(cause as Error).message}`,
        { cause },
      )
    if (!statSync(path).isFile())
      throw new StoreUnavailable(`${path} is not a file: move it away, or configure another path`)
  }
}

function requireWal(db: Database, path: string): void {
  const [mode] = prepareRows(db, 'PRAGMA journal_mode').get()!
  if (mode === 'wal') return
  db.close()
  throw new StoreUnavailable(`${path} cannot have a write-ahead log: put it on a local file system`)
}

const reasons: Record<number, string> = {
  3: 'cannot be opened: give this user the right to read and write it',
  8: 'is read-only: give this user the right to write it and its directory',
  11: 'is damaged: restore it from a backup',
  14: 'cannot be opened: see that its directory and the files beside it (-wal, -shm) can be read and written',
  26: 'is not a SQLite database: move it away, or configure another path',
}

function explain(path: string, error: unknown): unknown {
  if (isBusy(error))
    return new StoreUnavailable(`${path} is locked by another process: end it, then start again`, {
      cause: error,
    })
  const reason = reasons[codeOf(error)]
  return reason === undefined ? error : new StoreUnavailable(`${path} ${reason}`, { cause: error })
}
