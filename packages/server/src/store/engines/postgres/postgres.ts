import { type Engine, SchemaTooNew, StoreUnavailable } from '../../store.js'
import { createReader } from '../sql/reader.js'
import { createReads } from '../sql/reads.js'
import { ledger } from '../sql/schema.js'
import {
  type DatabaseServer,
  type DescribedEngine,
  type EngineOptions,
  migrationPatience,
  patience,
  type Run,
} from '../sql/server.js'
import { createSweep } from '../sql/sweep.js'
import { createWriter } from '../sql/writer.js'
import { createWrites } from '../sql/writes.js'
import { openPool, withConnection } from './driver.js'
import { toStoreError } from './errors.js'
import { freeze, thaw } from './freeze.js'
import { applyMigrations, pendingMigrations, planMigrations } from './migrate.js'
import { describeDatabase } from './schema.js'
import { createServer } from './server.js'
import { readUrl, type Target } from './url.js'

/** Connects to the database. Throws StoreUnavailable, saying what is wrong with the URL or the server. */
export async function openPostgres(options: EngineOptions): Promise<DescribedEngine> {
  const { clock, tables, pool = 10 } = options
  const target = readUrl(options.url)
  const waits = options.patience ?? patience
  const connections = await openPool(target, pool, waits)
  const now = () => clock.now()
  const server = createServer(connections, now, { patience: waits.connect, beside: Math.ceil(pool / 2) })
  const use = <T>(work: (run: Run) => Promise<T>) =>
    connections
      .admitted(connections.use<T>)(work)
      .catch((error) => {
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
    ...createReads(createReader(server)),
    ...createWrites(createWriter(server)),
    sweep: createSweep(tables, server),
    ping: () => use(ping),
    time: () => use(time),
    pending: (migrations) => use((run) => pendingMigrations(run, migrations)),
    plan: (migrations) => use((run) => planMigrations(run, migrations)),
    migrate: (migrations) =>
      withConnection(target, migrationPatience, (run) =>
        applyMigrations(run, migrations, target.schema, now()),
      ).catch((error) => {
        throw known(error)
      }),
    freeze: createFreeze(target, server),
    thaw: (closed) => use((run) => thaw(run, closed)),
    describe: () => use(describeDatabase),
    close: connections.close,
  }
}

function createFreeze(target: Target, server: DatabaseServer): NonNullable<Engine['freeze']> {
  return async (tables, work) => {
    let ofWork: unknown
    const remembered = () =>
      work().catch((error) => {
        ofWork = error
        throw error
      })
    try {
      await withConnection(target, migrationPatience, (run) => freeze(run, server, tables, remembered))
    } catch (error) {
      throw error === ofWork ? error : known(error)
    }
  }
}

const known = (error: unknown) => (error instanceof SchemaTooNew ? error : toStoreError(error))

const oldest = 130_000

/** Refuses a server whose answers would be wrong. */
async function checkServer(run: Run): Promise<void> {
  const sql = `SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
    current_setting('transaction_isolation')`
  const [version, encoding, isolation] = (await run({ text: sql })).rows[0]!
  if ((version as number) < oldest)
    throw new StoreUnavailable(`PostgreSQL is older than 13 (${version}): use a newer one`)
  if (encoding !== 'UTF8')
    throw new StoreUnavailable(
      `the database keeps texts as ${encoding}: make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`,
    )
  if (isolation !== 'read committed')
    throw new StoreUnavailable(
      `transactions are ${isolation} by default: ALTER ROLE <user> SET default_transaction_isolation = 'read committed'`,
    )
}

async function time(run: Run): Promise<number> {
  const sql = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint'
  return (await run({ text: sql })).rows[0]![0] as number
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
