// The SQLite engine put together. Writes go through the queue to the writer (a thread; for `:memory:` the same code
// on the one connection), reads to a connection of their own that sees only what is committed. SQL is ../sql's, the
// file is file.ts's, threads are threads.ts's, and what a verb accepts is the door's.
import type { Clock } from '../../../util/clock.js'
import { type Engine, StoreUnavailable, UniqueViolation } from '../../store.js'
import type { AnyTable } from '../../table.js'
import type { Stored } from '../../values.js'
import type { LiveSchema } from '../sql/schema.js'
import { createStatement } from '../sql/statement.js'
import { createWrites, type Writer } from '../sql/writes.js'
import { createApply } from './apply.js'
import {
  closeWriting,
  type Database,
  type Driver,
  isOfStatement,
  loadDriver,
  openReading,
  openWriting,
  prepareRows,
  toStoreError,
  waitForLock,
} from './driver.js'
import { openFile } from './file.js'
import { flavour } from './flavour.js'
import { closed, copyTo, freeze, thaw } from './freeze.js'
import {
  type Batch,
  type Cell,
  fromCell,
  type Outcome,
  type Question,
  type Refusal,
  type Reply,
  toCell,
} from './messages.js'
import { applyMigrations, pendingMigrations, planMigrations } from './migrate.js'
import { createMoment, type Moment, noMoment } from './moment.js'
import { createQueue, type Queue } from './queue.js'
import { createReads, here } from './reads.js'
import { describeDatabase } from './schema.js'
import { createSweep } from './sweep.js'
import { createThread, startReader, startWriter } from './threads.js'

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly path: string
  /** The tables that `sweep` looks after. */
  readonly tables: readonly AnyTable[]
  readonly clock: Clock
  /** How long a foreign writer is waited for, in milliseconds; 2,000 where not given. */
  readonly busyTimeout?: number
}

export interface SqliteEngine extends Engine {
  /** What the database really holds, to compare with `declaredSchema`. */
  describe(): Promise<LiveSchema>
}

/** How an engine reaches its database: over threads, or on one connection. */
interface Access {
  readonly reading: Database
  readonly moment: Moment
  readonly told: Set<number>
  send(batch: Batch): Promise<Outcome>
  elsewhere(sql: string, values: readonly Stored[]): Promise<Stored[][]>
  /** Runs work on a connection of its own that may write. */
  maintain<T>(work: (db: Database) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Opens or makes the database. Throws StoreUnavailable, saying what is wrong with the file and what to do about it. */
export async function openSqlite(options: SqliteOptions): Promise<SqliteEngine> {
  const { path, clock, busyTimeout = 2000 } = options
  const driver = await loadDriver()
  const access = path === ':memory:' ? openInMemory(driver) : await openThreads(driver, path, busyTimeout)
  const now = () => clock.now()
  const { reading, moment, told, send, elsewhere, maintain } = access
  const patience = { wait: busyTimeout, moment }
  const queue = createQueue({ send, told, wait: busyTimeout, toError })
  const verbs = {
    ...createReads({ db: reading, elsewhere, now, ...patience }),
    ...createWrites(createWriter(queue, now)),
  }
  return {
    name: 'sqlite',
    ...verbs,
    sweep: createSweep(expiring(options.tables), reading, queue, now),
    ping: async () => {
      await here(patience, () => prepareRows(reading, 'SELECT count(*) FROM sqlite_schema').get())
      await queue.write(touching, [], () => undefined)
    },
    inspect: async (whole) => {
      const check = whole ? 'PRAGMA integrity_check(20)' : 'PRAGMA quick_check(20)'
      const found = (await access.elsewhere(check, [])).map(([line]) => String(line))
      return found[0] === 'ok' ? [] : found
    },
    pending: (migrations) => here(patience, () => pendingMigrations(reading, migrations)),
    plan: (migrations) => maintain((db) => planMigrations(db, migrations)),
    migrate: (migrations) => maintain((db) => applyMigrations(db, migrations, now(), busyTimeout)),
    describe: () => here(patience, () => describeDatabase(reading)),
    close: async () => {
      await queue.drain()
      await access.close()
    },
    ...(path !== ':memory:' && ofFile(driver, path, maintain, now, busyTimeout)),
  }
}

/** What only a file can that others have open too. */
function ofFile(
  driver: Driver,
  path: string,
  maintain: Access['maintain'],
  now: () => number,
  wait: number,
): Pick<Required<Engine>, 'freeze' | 'thaw' | 'copyTo'> {
  return {
    freeze: (tables, work) => maintain((db) => freeze(db, now, wait, tables, work)),
    thaw: () => maintain((db) => thaw(db, wait)),
    copyTo: (file, tell) => readAside(driver, path, (db) => copyTo(driver, db, file, tell)),
  }
}

function createWriter(queue: Queue, now: () => number): Writer {
  return {
    flavour,
    now,
    change: (statement, values) => queue.write(statement, values, (answer) => answer as number),
    row: (statement, values) =>
      queue.write(statement, values, (answer) =>
        answer === null ? undefined : (answer as readonly Cell[]).map(fromCell),
      ),
    together: queue.together,
  }
}

const expiring = (tables: readonly AnyTable[]): AnyTable[] =>
  tables.filter(({ expires }) => expires !== undefined)

function openInMemory(driver: Driver): Access {
  const db = openWriting(driver, ':memory:')
  const apply = createApply(db)
  return {
    reading: db,
    moment: noMoment,
    told: new Set(),
    send: async (batch) => {
      try {
        return { answers: apply(batch) }
      } catch (error) {
        return { failed: (error as Error).message }
      }
    },
    elsewhere: async (sql, values) => prepareRows(db, sql).all(...values),
    maintain: (work) => work(db),
    close: async () => db.close(),
  }
}

async function openThreads(driver: Driver, path: string, wait: number): Promise<Access> {
  const first = await openFile(driver, path, wait)
  const reading = openReading(driver, path)
  first.close()
  const told = new Set<number>()
  const writer = createThread<Batch, Outcome>(
    () => startWriter(path),
    () => told.clear(),
  )
  const reader = createThread<Question, Reply>(() => startReader(path, wait))
  const moment = createMoment(reading)
  // What is read next must not be older than what was just heard.
  const after = <T>(heard: Promise<T>) => heard.finally(moment.pass)
  return {
    reading,
    moment,
    told,
    send: (batch) => after(writer.ask(batch)),
    elsewhere: async (sql, values) => toRows(await after(reader.ask({ sql, cells: values.map(toCell) }))),
    maintain: (work) => after(maintain(driver, path, wait, work)),
    close: async () => {
      await reader.stop()
      moment.pass()
      reading.close()
      await writer.stop()
    },
  }
}

async function maintain<T>(
  driver: Driver,
  path: string,
  wait: number,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  let db: Database | undefined
  try {
    db = await waitForLock(wait, () => openWriting(driver, path))
    return await work(db)
  } catch (error) {
    throw toStoreError(error)
  } finally {
    if (db) closeWriting(db)
  }
}

/** Reads on a connection of its own, for longer than a turn. */
async function readAside<T>(driver: Driver, path: string, work: (db: Database) => Promise<T>): Promise<T> {
  let db: Database | undefined
  try {
    db = openReading(driver, path)
    return await work(db)
  } catch (error) {
    throw toStoreError(error)
  } finally {
    db?.close()
  }
}

function toRows(reply: Reply): Stored[][] {
  if ('rows' in reply) return reply.rows.map((row) => row.map(fromCell))
  if (isOfStatement({ errcode: reply.code })) throw new Error(reply.failed)
  throw new StoreUnavailable(reply.failed)
}

/** The error of a refused act. SQLite names the columns: `UNIQUE constraint failed: users.email, users.realm`. */
function toError({ refused, unique }: Refusal): Error {
  if (refused === closed) return new StoreUnavailable(refused)
  if (!unique) return new Error(refused)
  const columns = refused.slice(refused.indexOf(': ') + 2).split(', ')
  const table = columns[0]!.slice(0, columns[0]!.lastIndexOf('.'))
  return new UniqueViolation(
    table,
    columns.map((column) => column.slice(table.length + 1)),
  )
}

// A number of the file's header that nobody reads. Unlike a row that is written over with itself, which SQLite notices,
// it goes all the way to the disk each time.
const touching = createStatement({ text: 'PRAGMA user_version = 1' })
