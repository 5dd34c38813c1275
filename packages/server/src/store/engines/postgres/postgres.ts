// The PostgreSQL engine put together. Every call takes a connection of the pool; a write is one statement, or one
// transaction where it is several. SQL is ../sql's, connections are driver.ts's, what an error means is errors.ts's, and
// what a verb accepts is the door's. Nothing is kept here between two calls, so any number of servers can share a database.
import type { Clock } from '../../../util/clock.js'
import { type Engine, SchemaTooNew, StoreUnavailable } from '../../store.js'
import type { AnyTable } from '../../table.js'
import type { Stored } from '../../values.js'
import { createReads, type Question } from '../sql/reads.js'
import { type LiveSchema, ledger } from '../sql/schema.js'
import { createWrites } from '../sql/writes.js'
import { createWriter } from './acts.js'
import {
  type Connections,
  copied,
  openPool,
  type Patience,
  patience,
  type Result,
  type Run,
  type Sql,
  withConnection,
} from './driver.js'
import { isBroken, toStoreError } from './errors.js'
import { flavour, numbered } from './flavour.js'
import { freeze } from './freeze.js'
import { applyMigrations, pendingMigrations } from './migrate.js'
import { describeDatabase } from './schema.js'
import { createSweep } from './sweep.js'
import { readUrl, type Target } from './url.js'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`. */
  readonly url: string
  /** The most connections at once; 10 where not given. */
  readonly pool?: number
  /** The tables that `sweep` looks after. */
  readonly tables: readonly AnyTable[]
  readonly clock: Clock
  readonly patience?: Patience
}

export interface PostgresEngine extends Engine {
  /** What the schema really holds, to compare with `declaredSchema`. */
  describe(): Promise<LiveSchema>
}

/** How long a migration may run and wait for another server's, in milliseconds. */
const migrationPatience = 600_000

/** Connects to the database. Throws StoreUnavailable, saying what is wrong with the URL or the server. */
export async function openPostgres(options: PostgresOptions): Promise<PostgresEngine> {
  const { clock, tables, pool = 10 } = options
  const target = readUrl(options.url)
  const connections = await openPool(target, pool, options.patience ?? patience)
  const now = () => clock.now()
  const use = <T>(work: (run: Run) => Promise<T>) =>
    connections.use(work).catch((error) => {
      throw known(error)
    })
  try {
    await use(checkServer)
  } catch (error) {
    await connections.close()
    throw error
  }
  return {
    name: 'postgres',
    ...createReads(createReader(connections, now)),
    ...createWrites(createWriter(connections, now)),
    sweep: createSweep(tables, use, now),
    ping: () => use(ping),
    pending: (migrations) => use((run) => pendingMigrations(run, migrations)),
    migrate: (migrations) =>
      withConnection(target, migrationPatience, (run) =>
        applyMigrations(run, migrations, target.schema, now()),
      ).catch((error) => {
        throw known(error)
      }),
    freeze: createFreeze(target, now),
    describe: () => use(describeDatabase),
    close: connections.close,
  }
}

function createFreeze(target: Target, now: () => number): NonNullable<Engine['freeze']> {
  return async (tables, work) => {
    let ofWork: unknown
    const remembered = () =>
      work().catch((error) => {
        ofWork = error
        throw error
      })
    try {
      await withConnection(target, migrationPatience, (run) => freeze(run, now, tables, remembered))
    } catch (error) {
      throw error === ofWork ? error : known(error)
    }
  }
}

const known = (error: unknown) => (error instanceof SchemaTooNew ? error : toStoreError(error))

let questions = 0

function createReader(connections: Connections, now: () => number) {
  const onceMore = (error: unknown, read: (run: Run) => Promise<Result>) => {
    if (isBroken(error)) return connections.use(read)
    throw error
  }
  const rows = async (sql: Sql, values: readonly Stored[]) => {
    const read = (run: Run) => run(sql, values)
    try {
      // A server that started anew broke the connections that lay idle. Reading twice harms nobody.
      return (await connections.use(read).catch((error) => onceMore(error, read))).rows
    } catch (error) {
      throw toStoreError(error)
    }
  }
  return {
    flavour,
    now,
    rows: (question: Question<Sql>, values: readonly Stored[]) => {
      question.kept ??= { name: `r${++questions}`, text: numbered(question.text) }
      return rows(question.kept, copied(values))
    },
  }
}

const oldest = 130_000

/** Refuses a server whose answers would be wrong. */
async function checkServer(run: Run): Promise<void> {
  const sql = "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')"
  const [version, encoding] = (await run({ text: sql })).rows[0]!
  if ((version as number) < oldest)
    throw new StoreUnavailable(`PostgreSQL is older than 13 (${version}): use a newer one`)
  if (encoding !== 'UTF8')
    throw new StoreUnavailable(
      `the database keeps texts as ${encoding}: make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`,
    )
}

/** Writes: a standby answers every question, and a full disk too. */
async function ping(run: Run): Promise<void> {
  const there = await run({
    text: `SELECT to_regclass('${ledger}') IS NOT NULL, current_setting('transaction_read_only')`,
  })
  const [migrated, readOnly] = there.rows[0]!
  if (readOnly === 'on') throw new StoreUnavailable('PostgreSQL: it is read-only')
  if (migrated === 1) await run({ text: `UPDATE ${ledger} SET name = name WHERE number = 1` })
}
