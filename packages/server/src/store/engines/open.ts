// The engine of a URL, loaded with its driver at first use.
import type { ClientConfig } from 'pg'
import type { Clock } from '../../util/clock.js'
import { withFallback } from '../fallback.js'
import { splitStore } from '../split.js'
import { type Engine, StoreUnavailable } from '../store.js'
import type { AnyTable } from '../table.js'
import type { Examined } from './redis/examine.js'

export interface StoreOptions {
  /** `memory:`, `sqlite:` and a path or `:memory:`, or the URL of a PostgreSQL, MySQL or MariaDB database. */
  readonly url: string
  /** The most connections to a server of databases. */
  readonly pool: number
  readonly tables: readonly AnyTable[]
  readonly clock: Clock
}

/** How a PostgreSQL server is reached by one connection that stays; the schema is that of `url` where `direct` has none. Throws StoreUnavailable. */
export async function directConfig(url: string, direct = url): Promise<ClientConfig> {
  const [{ readUrl }, driver] = await Promise.all([
    import('./postgres/url.js'),
    import('./postgres/driver.js'),
  ])
  const { schema } = readUrl(url)
  try {
    const target = readUrl(direct)
    return await driver.directConfig({
      ...target,
      schema: target.schema ?? schema,
      application: `${target.application} bus`,
    })
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
  if (/^(mysql|mariadb):/.test(url))
    return (await import('./mysql/mysql.js')).openMysql({ url, pool, tables, clock })
  return (await import('./postgres/postgres.js')).openPostgres({ url, pool, tables, clock })
}

/** How a Redis is reached. Throws StoreUnavailable for a URL that cannot be used. */
export async function redisConfig(url: string) {
  const { socket, username, password } = (await import('./redis/url.js')).readUrl(url)
  return { socket, ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
}

/** Host, port and number of a Redis, by which two URLs of one are alike. Throws StoreUnavailable for a URL that cannot be used. */
export async function placeOfRedis(url: string): Promise<string> {
  const { socket, database } = (await import('./redis/url.js')).readUrl(url)
  return `${socket.host.toLowerCase()}:${socket.port}/${database}`
}

/** What a Redis says of itself. Throws StoreUnavailable for a URL that cannot be used. */
export async function examineEphemeral(url: string, prefix: string): Promise<Examined> {
  return (await import('./redis/examine.js')).examineRedis(url, prefix)
}

export interface EphemeralOptions {
  /** `redis:` or `rediss:`. */
  readonly url: string
  /** Begins the name of every key. */
  readonly prefix: string
  /** Names of durable tables that live there too. */
  readonly also: readonly string[]
  readonly tables: readonly AnyTable[]
  readonly clock: Clock
  /** Hears why what is shared is kept in this process for now, and of undefined where it is shared again. */
  tell(reason: string | undefined): void
}

/** The database with another place beside it for what may be lost. Opens also where that is away. Throws StoreUnavailable for a URL that cannot be used. */
export async function besideEphemeral(durable: Engine, options: EphemeralOptions): Promise<Engine> {
  const { url, prefix, also, tables, clock, tell } = options
  const shared = await openRedisBeside(durable, { url, prefix, clock })
  const local = (await import('./memory.js')).openMemory({ clock })
  const ephemeral = tables.filter(({ kind }) => kind === 'ephemeral').map(({ name }) => name)
  return splitStore({
    durable,
    ephemeral: withFallback({ shared, local, tell }),
    names: new Set([...ephemeral, ...also]),
    doWithout: also.length === 0,
  })
}

async function openRedisBeside(
  durable: Engine,
  options: Pick<EphemeralOptions, 'url' | 'prefix' | 'clock'>,
): Promise<Engine> {
  try {
    return await (await import('./redis/redis.js')).openRedis(options)
  } catch (error) {
    await durable.close()
    throw error
  }
}
