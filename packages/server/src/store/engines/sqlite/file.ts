// The database file before anything is read from it: makes it (mode 0600), turns on write-ahead logging, and says in
// a sentence with its remedy why it cannot be used.
import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs'
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

/** The connection of the file at `path`. Throws an Error that says what is wrong and what to do. */
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
  const found = statSync(directory, { throwIfNoEntry: false })
  if (!found)
    throw new Error(
      `the directory ${directory} does not exist: create it, or configure another data directory`,
    )
  if (!found.isDirectory())
    throw new Error(`${directory} is not a directory: configure another data directory`)
  if (!allows(directory, constants.W_OK | constants.X_OK))
    throw new Error(
      `the directory ${directory} cannot be written: give this user the right to, or configure another`,
    )
}

// An existing file is never opened here: closing it would drop the locks that SQLite holds on it in this process.
function createOrCheck(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new Error(`${path} cannot be made: ${(cause as Error).message}`, { cause })
    if (!statSync(path).isFile())
      throw new Error(`${path} is not a file: move it away, or configure another path`)
    if (!allows(path, constants.R_OK | constants.W_OK))
      throw new Error(`${path} cannot be read and written: give this user the right to (chmod u+rw)`)
  }
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

function requireWal(db: Database, path: string): void {
  const [mode] = prepareRows(db, 'PRAGMA journal_mode').get()!
  if (mode === 'wal') return
  db.close()
  throw new Error(`${path} cannot have a write-ahead log: put it on a local file system`)
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
  return reason === undefined ? error : new Error(`${path} ${reason}`, { cause: error })
}
