// The Redis engine put together, for tables whose loss can be borne. Every row is a hash of its own, changed by one script
// on one key (scripts.ts), so that Cluster and Valkey take it; what Redis does not hold together is held by order
// (claims.ts). The connection and what happens without one is link.ts's. Nothing is migrated: a hash needs no schema.
import type { Clock } from '../../../util/clock.js'
import { anyTable, defaultCap, readKey, readList, readWhere, requireNumber, toRow } from '../../door.js'
import { isLive, pageOf, type Row } from '../../matching.js'
import type { Engine, ListQuery } from '../../store.js'
import type { AnyTable, Table } from '../../table.js'
import { type Keeper, readRowAt } from './claims.js'
import { find } from './find.js'
import { openLink, type Patience } from './link.js'
import { rowKey } from './rows.js'
import { atomically, increment, insert, remove, take, update } from './writes.js'

export interface RedisOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. */
  readonly url: string
  /** Begins the name of every key. */
  readonly prefix: string
  readonly clock: Clock
  readonly patience?: Partial<Patience>
}

/** Opens the engine, also where Redis is away: then its verbs throw StoreUnavailable until it is back. */
export async function openRedis({ url, prefix, clock, patience }: RedisOptions): Promise<Engine> {
  const link = await openLink(url, patience)
  const keeper: Keeper = { link, prefix, now: () => clock.now() }
  return {
    name: 'redis',
    insert: (table, row) => insert(keeper, anyTable(table), row as object),
    get: <R>(table: Table<R>, key: Partial<R>) => get<R>(keeper, anyTable(table), key),
    list: (table, query) => list(keeper, table, query),
    count: (table, where, cap = defaultCap) => count(keeper, anyTable(table), where, cap),
    update: (table, where, set) => update(keeper, anyTable(table), where, set),
    increment: (table, row, column, by = 1) => increment(keeper, anyTable(table), row as object, column, by),
    take: <R>(table: Table<R>, where: object) => take<R>(keeper, anyTable(table), where),
    remove: (table, where, limit) => remove(keeper, anyTable(table), where, limit),
    atomically: (writes) => atomically(keeper, writes),
    // Redis clears away by itself what is past its end.
    sweep: async () => 0,
    ping: () => ping(keeper),
    pending: async () => [],
    migrate: async () => [],
    close: async () => link.close(),
  }
}

async function get<R>(keeper: Keeper, table: AnyTable, key: object): Promise<R | undefined> {
  const row = await readRowAt(keeper, table, rowKey(keeper.prefix, table, readKey(table, key)))
  return row && isLive(table, row, keeper.now()) ? toRow<R>(table, row) : undefined
}

async function list<R>(keeper: Keeper, typed: Table<R>, query: ListQuery<R>): Promise<R[]> {
  const table = anyTable(typed)
  const listing = readList(typed, query)
  const rows: Row[] = []
  for await (const some of find(keeper, table, listing.conditions)) rows.push(...some.map(({ row }) => row))
  return pageOf(table, rows, listing).map((row) => toRow<R>(table, row))
}

async function count(keeper: Keeper, table: AnyTable, where: object, cap: number): Promise<number> {
  requireNumber(table, 'cap', cap, 1, Number.MAX_SAFE_INTEGER)
  let counted = 0
  for await (const some of find(keeper, table, readWhere(table, where))) {
    counted += some.length
    if (counted >= cap) return cap
  }
  return counted
}

/** Writes: a Redis that is full, or a replica, answers every question. */
async function ping({ link, prefix }: Keeper): Promise<void> {
  await link.send('SET', `${prefix}ping`, '1', 'PX', '60000')
}
