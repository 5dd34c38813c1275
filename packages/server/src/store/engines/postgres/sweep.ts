// Removes rows past their end. No index leads to them, since it would make every change of an end dearer; the tables
// are walked along their keys instead, some rows a call, and the place is remembered.
import type { AnyTable } from '../../table.js'
import type { Stored } from '../../values.js'
import { holes, quote, quoteAll } from '../sql/print.js'
import type { Run } from './driver.js'
import { numbered } from './flavour.js'

interface Walk {
  readonly table: AnyTable
  /** The key of the last row looked at; undefined at the start. */
  place: readonly Stored[] | undefined
}

/** Makes `sweep` for these tables; those that never expire are left alone. */
export function createSweep(
  tables: readonly AnyTable[],
  use: (work: (run: Run) => Promise<number>) => Promise<number>,
  now: () => number,
): (limit?: number) => Promise<number> {
  const walks = tables
    .filter(({ expires }) => expires !== undefined)
    .map((table): Walk => ({ table, place: undefined }))
  return async (limit = 500) => {
    let removed = 0
    for (const walk of walks) removed += await use((run) => stepOn(run, walk, now(), limit))
    return removed
  }
}

/** Finds the last key of the next rows, and removes those up to it that are past their end. */
async function stepOn(run: Run, walk: Walk, now: number, limit: number): Promise<number> {
  const { table, place = [] } = walk
  const [name, key] = [quote(table.name), quoteAll(table.key)]
  const beyond = place.length > 0 ? `(${key}) > (${holes(place.length)})` : 'true'
  const looked = `SELECT ${key} FROM ${name} WHERE ${beyond} ORDER BY ${key} OFFSET ? LIMIT 1`
  const end = (await run({ text: numbered(looked) }, [...place, limit - 1])).rows[0]
  const within = end === undefined ? 'true' : `(${key}) <= (${holes(end.length)})`
  const removal = `DELETE FROM ${name} WHERE ${beyond} AND ${within} AND ${quote(table.expires!)} <= ?`
  const { matched } = await run({ text: numbered(removal) }, [...place, ...(end ?? []), now])
  walk.place = end
  return matched
}
