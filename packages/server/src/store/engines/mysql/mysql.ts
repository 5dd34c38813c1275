import { SchemaTooNew, StoreUnavailable } from '../../store.js'
import { createReader } from '../sql/reader.js'
import { createReads } from '../sql/reads.js'
import { ledger } from '../sql/schema.js'
import {
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
import { isMissingTable, toStoreError } from './errors.js'
import { applyMigrations, pendingMigrations, planMigrations } from './migrate.js'
import { describeDatabase } from './schema.js'
import { createServer } from './server.js'
import { readUrl } from './url.js'

/** Connects to the database. Throws StoreUnavailable, saying what is wrong with the URL or the server. */
export async function openMysql(options: EngineOptions): Promise<DescribedEngine> {
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
