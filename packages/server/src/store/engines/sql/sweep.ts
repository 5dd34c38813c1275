// Removes rows past their end. No index leads to them, since it would make every change of an end dearer; the tables
// are walked along their keys instead, some rows a call, and the place is remembered.
import type { Engine } from '../../store.js'
import type { AnyTable } from '../../table.js'
import type { Stored } from '../../values.js'
import { comparedText, comparedValues, quote, quoteAll } from './print.js'
import type { DatabaseServer } from './server.js'

interface Walk {
  readonly table: AnyTable
  /** The key of the last row looked at; undefined at the start. */
  place: readonly Stored[] | undefined
}

/** Makes `sweep` for these tables; those that never expire are left alone. */
export function createSweep(tables: readonly AnyTable[], server: DatabaseServer): Engine['sweep'] {
  const walks = tables
    .filter(({ expires }) => expires !== undefined)
    .map((table): Walk => ({ table, place: undefined }))
  return server.connections.admitted(async (limit = 500, done?: Set<string>) => {
    let removed = 0
    for (const walk of walks)
      if (!done?.has(walk.table.name)) removed += await stepOn(server, walk, limit, done)
    return removed
  })
}

/** Finds the last key of the next rows, and removes those up to it that are past their end. */
async function stepOn(
  server: DatabaseServer,
  walk: Walk,
  limit: number,
  done: Set<string> | undefined,
): Promise<number> {
  const { flavour, sql } = server
  const { table, place } = walk
  const [name, key] = [quote(table.name), quoteAll(table.key)]
  const [beyond, from] = bound(server, walk, '>', place)
  const looked = `SELECT ${key} FROM ${name} WHERE ${beyond} ORDER BY ${key} LIMIT 1 OFFSET ${flavour.limit}`
  try {
    return await server.connections.use(async (run) => {
      const end = (await run(sql(looked), [...from, limit - 1])).rows[0]
      const [within, to] = bound(server, walk, '<=', end)
      const removal = `DELETE FROM ${name} WHERE ${beyond} AND ${within} AND ${quote(table.expires!)} <= ?`
      const { matched } = await run(sql(removal), [...from, ...to, server.now()])
      walk.place = end
      if (place === undefined && end === undefined && matched === 0) done?.add(table.name)
      return matched
    })
  } catch (error) {
    throw server.toStoreError(error)
  }
}

/** What lies on one side of a key, and the values of that condition; everything where there is no key. */
function bound(
  { flavour }: DatabaseServer,
  { table }: Walk,
  operator: '>' | '<=',
  key: readonly Stored[] | undefined,
): [text: string, values: readonly Stored[]] {
  if (key === undefined) return ['true', []]
  return [comparedText(flavour, table.key, operator), comparedValues(flavour, key)]
}
