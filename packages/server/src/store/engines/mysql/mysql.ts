import { anyTable } from '../../door.js'
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
import { isMissingTable, toStoreError } from './errors.js'
import { clock as clockText } from './flavour.js'
import { freeze, obstacle, thaw, turn } from './freeze.js'
import { applyMigrations, pendingMigrations, planMigrations } from './migrate.js'
import { describeDatabase } from './schema.js'
import { createServer } from './server.js'
import { readUrl, type Target } from './url.js'

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
    ...createFreeze(target, server),
    describe: () => use(describeDatabase),
    close: connections.close,
  }
}

/** How long one statement of a freeze may take, and wait for a row. Milliseconds. */
const freezing = 10_000

/** Every step has a connection of its own: what happens between them takes longer than one may lie idle. */
function createFreeze(
  target: Target,
  server: DatabaseServer,
): Pick<Required<Engine>, 'freeze' | 'thaw' | 'frozenByRow' | 'unfreezable'> {
  const alone = <T>(work: (run: Run) => Promise<T>) =>
    withConnection(target, freezing, async (run) => {
      await run({ text: `SET SESSION lock_wait_timeout = ${turn}` })
      return work(run)
    }).catch(refuse)
  return {
    freeze: (tables, work, by) => freeze(alone, server, tables, work, by as never),
    thaw: () => alone(thaw),
    frozenByRow: true,
    unfreezable: (table) => alone((run) => obstacle(run, anyTable(table))),
  }
}

function refuse(error: unknown): never {
  throw error instanceof SchemaTooNew ? error : toStoreError(error)
}

async function time(run: Run): Promise<number> {
  return Number((await run({ text: `SELECT ${clockText}` })).rows[0]![0])
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
