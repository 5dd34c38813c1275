// The engine of a URL, loaded with its driver at first use.
import type { Clock } from '../../util/clock.js'
import type { Engine } from '../store.js'
import type { AnyTable } from '../table.js'

export interface StoreOptions {
  /** `memory:`, `sqlite:` and a path or `:memory:`, or the URL of a PostgreSQL, MySQL or MariaDB database. */
  readonly url: string
  /** The most connections to a server of databases. */
  readonly pool: number
  readonly tables: readonly AnyTable[]
  readonly clock: Clock
}

/** Opens the database, not migrated yet. Throws StoreUnavailable. */
export async function openStore({ url, pool, tables, clock }: StoreOptions): Promise<Engine> {
  if (url === 'memory:') return (await import('./memory.js')).openMemory({ tables, clock })
  if (url.startsWith('sqlite:'))
    return (await import('./sqlite/sqlite.js')).openSqlite({ path: url.slice(7), tables, clock })
  if (/^(mysql|mariadb):/.test(url))
    return (await import('./mysql/mysql.js')).openMysql({ url, pool, tables, clock })
  return (await import('./postgres/postgres.js')).openPostgres({ url, pool, tables, clock })
}
