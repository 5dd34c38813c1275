// Removes rows past their end. No index leads to them, since it would make every change of an end dearer; the tables
// are walked along their keys instead, some rows a call, and the place is remembered.
import type { Engine } from '../../store.js'
import type { AnyTable } from '../../table.js'
import type { Stored } from '../../values.js'
import { holes, quote, quoteAll } from '../sql/print.js'
import { createStatement, type Statement } from '../sql/statement.js'
import { type Database, prepareRows } from './driver.js'
import { MOST, nextSize } from './pace.js'
import type { Queue } from './queue.js'

interface Walk {
  readonly table: AnyTable
  readonly removal: Statement
  /** The key of the last row looked at; undefined at the start. */
  place: readonly Stored[] | undefined
  /** How many rows are removed at once. */
  size: number
}

/** Makes `sweep` for these tables. */
export function createSweep(
  tables: readonly AnyTable[],
  db: Database,
  queue: Queue,
  now: () => number,
): Engine['sweep'] {
  const walks = tables.map(
    (table): Walk => ({ table, removal: removalOf(table), place: undefined, size: MOST }),
  )
  return async (limit = 500, done) => {
    let removed = 0
    for (const walk of walks) {
      const { table, place } = walk
      if (done?.has(table.name)) continue
      const ended = await stepOn(walk, db, queue, now(), limit)
      if (place === undefined && walk.place === undefined && ended === 0) done?.add(table.name)
      removed += ended
    }
    return removed
  }
}

function removalOf(table: AnyTable): Statement {
  const same = table.key.map((name) => `${quote(name)} = ?`).join(' AND ')
  const text = `DELETE FROM ${quote(table.name)} WHERE ${same} AND ${quote(table.expires!)} <= ?`
  return createStatement({ text })
}

async function stepOn(walk: Walk, db: Database, queue: Queue, now: number, limit: number): Promise<number> {
  const { table, place = [] } = walk
  const key = quoteAll(table.key)
  const beyond = place.length > 0 ? ` WHERE (${key}) > (${holes(place.length)})` : ''
  const sql = `SELECT ${quote(table.expires!)}, ${key} FROM ${quote(table.name)}${beyond} ORDER BY ${key} LIMIT ?`
  const rows = prepareRows(db, sql).all(...place, limit)
  walk.place = rows.length < limit ? undefined : rows.at(-1)!.slice(1)
  const over = rows.filter(([end]) => end !== null && (end as number) <= now)
  let removed = 0
  for (let at = 0; at < over.length; ) {
    const piece = over.slice(at, at + walk.size)
    at += piece.length
    const began = performance.now()
    removed += await removeAll(walk, queue, piece, now)
    if (piece.length === walk.size) walk.size = nextSize(walk.size, performance.now() - began)
  }
  return removed
}

/** One batch of the writer's. Writes of others that came meanwhile go before the next one. */
async function removeAll(
  { removal }: Walk,
  queue: Queue,
  rows: readonly (readonly Stored[])[],
  now: number,
): Promise<number> {
  const counts = await Promise.all(
    rows.map(([, ...key]) => queue.write(removal, [...key, now], (answer) => answer as number)),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}
