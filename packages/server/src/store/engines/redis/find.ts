// Where the rows are that a condition may match: by their key, by a unique set, by an index, or all of the table.
import { type Condition, columnsOf } from '../../door.js'
import { holds, isLive, type Row } from '../../matching.js'
import type { AnyTable } from '../../table.js'
import type { Keeper } from './claims.js'
import { claimKey, gatheredBy, heldTo, indexKey, rowKey, rowPattern, toStoredRow } from './rows.js'

export interface Found {
  readonly key: string
  readonly row: Row
}

/** So many calls are under way at once, so that none of them, and no request beside them, waits long for the others. */
const BATCH = 50

/** Does the same with each, some at a time. */
export async function inBatches<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let i = 0; i < all.length; i += BATCH)
    done.push(...(await Promise.all(all.slice(i, i + BATCH).map(work))))
  return done
}

/** The keys of all rows that can match. Some may be gone, past their end, or not match after all. */
export async function candidates(
  keeper: Keeper,
  table: AnyTable,
  conditions: readonly Condition[],
): Promise<string[]> {
  const { link, prefix } = keeper
  const own = heldTo(conditions, table.key)
  if (own) return distinct(own.map((values) => rowKey(prefix, table, values)))
  for (const columns of table.unique) {
    const held = heldTo(conditions, columns)
    if (!held) continue
    const ask = (values: Row) =>
      link.send<string | null>('HGET', claimKey(prefix, table, columns, values), 'row')
    return distinct((await inBatches(held, ask)).filter((key) => key !== null))
  }
  for (const columns of gatheredBy(table)) {
    const held = heldTo(conditions, columns)
    if (!held) continue
    const ask = (values: Row) =>
      link.send<string[]>('ZRANGE', indexKey(prefix, table, columns, values), '0', '-1')
    return distinct((await inBatches(held, ask)).flat())
  }
  return allKeys(keeper, table)
}

const distinct = (keys: readonly string[]) => [...new Set(keys)]

/** Walks the whole of Redis, some keys a call: for administrators, not for a request that everybody makes. */
async function allKeys({ link, prefix }: Keeper, table: AnyTable): Promise<string[]> {
  const pattern = rowPattern(prefix, table)
  const keys = new Set<string>()
  let cursor = '0'
  do {
    const [next, some] = await link.send<[string, string[]]>(
      'SCAN',
      cursor,
      'MATCH',
      pattern,
      'COUNT',
      '1000',
    )
    for (const key of some) keys.add(key)
    cursor = next
  } while (cursor !== '0')
  return [...keys]
}

/** The rows that match just now, some at a time. */
export async function* find(
  keeper: Keeper,
  table: AnyTable,
  conditions: readonly Condition[],
): AsyncGenerator<Found[]> {
  const { link } = keeper
  const keys = await candidates(keeper, table, conditions)
  const names = columnsOf(table)
  for (let i = 0; i < keys.length; i += BATCH) {
    const read = async (key: string): Promise<Found[]> => {
      const row = toStoredRow(table, await link.send<(string | null)[]>('HMGET', key, ...names))
      const matches =
        row && isLive(table, row, keeper.now()) && conditions.every((one) => holds(table, row, one))
      return matches ? [{ key, row }] : []
    }
    yield (await Promise.all(keys.slice(i, i + BATCH).map(read))).flat()
  }
}
