// The SQLite driver: node:sqlite from Node 24 on, else @photostructure/sqlite, which has the same interface and needs
// no compiler. Both answer at once and block the thread they run on. Opening, pragmas and error codes live here.
import { once } from '../../once.js'
import { StoreUnavailable } from '../../store.js'
import type { Stored } from '../../values.js'

export interface Prepared {
  run(...values: Stored[]): { changes: number | bigint }
  get(...values: Stored[]): Stored[] | undefined
  all(...values: Stored[]): Stored[][]
  setReturnArrays(enabled: boolean): void
}

export interface Database {
  readonly isTransaction: boolean
  exec(sql: string): void
  prepare(sql: string): Prepared
  close(): void
}

export interface Driver {
  DatabaseSync: new (path: string, options: { readOnly?: boolean; timeout?: number }) => Database
  /** Copies a database into a file, `rate` pages at a time. */
  backup(
    source: Database,
    path: string,
    options: { rate: number; progress(info: { totalPages: number; remainingPages: number }): void },
  ): Promise<number>
}

const remedy = 'use Node 24 or newer, or install @photostructure/sqlite (npm ci without --omit=optional)'

/** Loads the driver of this Node. Throws an Error with the remedy where there is none. */
export async function loadDriver(): Promise<Driver> {
  if (Number.parseInt(process.versions.node, 10) >= 24)
    return process.getBuiltinModule('node:sqlite') as unknown as Driver
  try {
    return (await import('@photostructure/sqlite')) as unknown as Driver
  } catch (cause) {
    throw new Error(`there is no SQLite driver: ${remedy}`, { cause })
  }
}

const upkeep = 'PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;'

/**
 * A connection that writes: durable at every commit, and never waiting for a lock by itself. What it removes is
 * overwritten: a row that is gone shall not be found in the file.
 */
export function openWriting(driver: Driver, path: string): Database {
  const db = new driver.DatabaseSync(path, { timeout: 0 })
  return prepared(
    db,
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; ${upkeep}`,
  )
}

/** A connection that only reads, and sees what is committed. */
export function openReading(driver: Driver, path: string): Database {
  return prepared(
    new driver.DatabaseSync(path, { timeout: 0, readOnly: true }),
    'SELECT 1 FROM sqlite_schema',
  )
}

function prepared(db: Database, sql: string): Database {
  try {
    db.exec(sql)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

const statements = new WeakMap<Database, Map<string, Prepared>>()

/** The statement of a text, whose rows come as arrays; a connection prepares each text once. */
export function prepareRows(db: Database, sql: string): Prepared {
  const known = once(statements, db, () => new Map<string, Prepared>())
  return once(known, sql, () => {
    const statement = db.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  })
}

/**
 * Closes a writing connection with everything in the file itself and nothing in its log. SQLite does so by itself when
 * the last connection goes, but one driver keeps connections until their statements are collected.
 */
export function closeWriting(db: Database): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}

/** SQLite's primary result code (sqlite.org/rescode.html), or 0 where the error is not SQLite's. */
export function codeOf(error: unknown): number {
  const code = (error as { errcode?: unknown }).errcode
  return typeof code === 'number' ? code & 0xff : 0
}

export const sqlite = {
  error: 1,
  busy: 5,
  locked: 6,
  schema: 17,
  tooBig: 18,
  constraint: 19,
  mismatch: 20,
  range: 25,
}

/** Somebody else holds the lock: trying again may help. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  return code === sqlite.busy || code === sqlite.locked
}

const oneStatement = new Set([
  0,
  sqlite.error,
  sqlite.schema,
  sqlite.tooBig,
  sqlite.constraint,
  sqlite.mismatch,
  sqlite.range,
])

/** Whether the error is about one statement (a constraint, wrong SQL), rather than about the file. */
export const isOfStatement = (error: unknown) => oneStatement.has(codeOf(error))

/** What callers see of an error of the driver outside a write. */
export function toStoreError(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code === 'ERR_INVALID_STATE')
    return new StoreUnavailable('it is closed')
  if (isOfStatement(error)) return error
  return new StoreUnavailable((error as Error).message, { cause: error })
}

/** Whether a failed statement broke a key or unique set. */
export function isUnique(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode
  return code === 1555 || code === 2067
}

/**
 * Runs `attempt` until nobody else holds the lock, giving the thread back in between. Throws what it throws, and the
 * busy error itself after `milliseconds`.
 */
export async function waitForLock<T>(milliseconds: number, attempt: () => T): Promise<T> {
  const end = performance.now() + milliseconds
  for (let pause = 1; ; pause = Math.min(pause * 2, 20)) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= end) throw error
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
}
