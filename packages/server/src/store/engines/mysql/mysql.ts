// The engine for MySQL and MariaDB put together. Every call takes a connection of the pool; a write is one statement, or one
// transaction where it is several. SQL is ../sql's, connections are driver.ts's, what an error means is errors.ts's, and what
// a verb accepts is the door's. Nothing is kept here between two calls, so any number of servers can share a database.
import type { Clock } from '../../../util/clock.js'
import { type Engine, SchemaTooNew, StoreUnavailable } from '../../store.js'
import type { AnyTable } from '../../table.js'
import { createReader } from '../sql/reader.js'
import { createReads } from '../sql/reads.js'
import { type LiveSchema, ledger } from '../sql/schema.js'
import { migrationPatience, type Patience, patience, type Run } from '../sql/server.js'
import { createSweep } from '../sql/sweep.js'
import { createWriter } from '../sql/writer.js'
import { createWrites } from '../sql/writes.js'
import { openPool, withConnection } from './driver.js'
import { isMissingTable, toStoreError } from './errors.js'
import { applyMigrations, pendingMigrations, planMigrations } from './migrate.js'
import { describeDatabase } from './schema.js'
import { createServer } from './server.js'
import { readUrl } from './url.js'

export interface MysqlOptions {
  /** `mysql://user:password@host:port/database?sslmode=verify-full`. */
  readonly url: string
  /** The most connections at once; 10 where not given. */
  readonly pool?: number
  /** The tables that `sweep` looks after. */
  readonly tables: readonly AnyTable[]
  readonly clock: Clock
  readonly patience?: Patience
}

export interface MysqlEngine extends Engine {
  /** What the database really holds, to compare with `declaredSchema`. */
  describe(): Promise<LiveSchema>
}

/** Connects to the database. Throws StoreUnavailable, saying what is wrong with the URL or the server. */
export async function openMysql(options: MysqlOptions): Promise<MysqlEngine> {
  const { clock, tables, pool = 10 } = options
  const target = readUrl(options.url)
  const connections = await openPool(target, pool, options.patience ?? patience).catch(refuse)
  const now = () => clock.now()
  const server = createServer(connections, now)
  const use = <T>(work: (run: Run) => Promise<T>) =>
    connections
      .admitted(connections.use<T>)(work)
      .catch(refuse)
  return {
    name: 'mysql',
    ...createReads(createReader(server)),
    ...createWrites(createWriter(server)),
    sweep: createSweep(tables, server),
    ping: () => use(ping),
    time: () => use(time),
    pending: (migrations) => use((run) => pendingMigrations(run, migrations)),
    plan: (migrations) => use((run) => planMigrations(run, migrations)),
    migrate: (migrations) =>
      withConnection(target, migrationPatience, (run) => applyMigrations(run, migrations, now())).catch(
        refuse,
      ),
    describe: () => use(describeDatabase),
    close: connections.close,
  }
}

function refuse(error: unknown): never {
  throw error instanceof SchemaTooNew ? error : toStoreError(error)
}

async function time(run: Run): Promise<number> {
  const sql = "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000"
  return Number((await run({ text: sql })).rows[0]![0])
}

/** Writes: a replica answers every question, and a full disk too. An update that changes nothing would write nothing. */
async function ping(run: Run): Promise<void> {
  try {
    await run({ text: `UPDATE ${ledger} SET writes = writes + 1 WHERE number = 1` })
  } catch (error) {
    if (!isMissingTable(error)) throw error
    const { rows } = await run({ text: 'SELECT @@GLOBAL.read_only' })
    if (Number(rows[0]![0]) === 1) throw new StoreUnavailable('MySQL: it is read-only')
  }
}
