// The engine of a URL, loaded with its driver at first use.
import type { ClientConfig } from 'pg'
import type { Clock } from '../../util/clock.js'
import { type Engine, StoreUnavailable } from '../store.js'
import type { AnyTable } from '../table.js'

export interface StoreOptions {
  /** `memory:`, `sqlite:` and a path or `:memory:`, or a PostgreSQL URL. */
  readonly url: string
  /** The most connections to a server of databases. */
  readonly pool: number
  readonly tables: readonly AnyTable[]
  readonly clock: Clock
}

/** How a PostgreSQL server is reached by one connection that stays; the schema is that of `url`. Throws StoreUnavailable. */
export async function directConfig(url: string, direct = url): Promise<ClientConfig> {
  const [{ readUrl }, driver] = await Promise.all([
    import('./postgres/url.js'),
    import('./postgres/driver.js'),
  ])
  const { schema } = readUrl(url)
  try {
    const target = readUrl(direct)
    return await driver.directConfig({ ...target, schema, application: `${target.application} bus` })
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    throw new StoreUnavailable(error.reason.replace('database_url', 'database_direct_url'), { cause: error })
  }
}

/** Opens the database, not migrated yet. Throws StoreUnavailable. */
export async function openStore({ url, pool, tables, clock }: StoreOptions): Promise<Engine> {
  if (url === 'memory:') return (await import('./memory.js')).openMemory({ tables, clock })
  if (url.startsWith('sqlite:'))
    return (await import('./sqlite/sqlite.js')).openSqlite({ path: url.slice(7), tables, clock })
  return (await import('./postgres/postgres.js')).openPostgres({ url, pool, tables, clock })
}
