// What lists share: a page with its cursor, and times that people write.

import { cursorOf, InvalidCursor, type ListQuery, type Store } from '../store/store.js'
import type { Table } from '../store/table.js'
import { parseRfc3339 } from '../util/rfc3339.js'
import { invalid } from './identifiers.js'

/** Rows that a store lists at once; the cursor of such a page may lead to an empty one. */
const MOST = 1000

/** One page and the cursor of the next. Throws `invalid_request` for a cursor that is none of this list. */
export async function listPage<R>(
  store: Store,
  table: Table<R>,
  query: Pick<ListQuery<R>, 'where' | 'order' | 'limit'>,
  cursor: string | undefined,
): Promise<{ rows: R[]; next?: string }> {
  const { limit, order } = query
  const looked = Math.min(limit + 1, MOST)
  try {
    const after = cursor !== undefined && { after: cursor }
    const rows = await store.list(table, { ...query, limit: looked, ...after })
    if (rows.length < looked) return { rows }
    return { rows: rows.slice(0, limit), next: cursorOf(table, rows[limit - 1]!, order) }
  } catch (error) {
    if (error instanceof InvalidCursor)
      throw invalid('cursor', 'must be the next_cursor of an earlier answer')
    throw error
  }
}

/** Milliseconds of an RFC 3339 time, `fallback` where nothing is said. Throws `invalid_request` naming the member. */
export function timeOf(text: string | undefined, member: string, fallback: number): number {
  if (text === undefined) return fallback
  const time = parseRfc3339(text)
  if (time === undefined) throw invalid(member, 'must be an RFC 3339 time such as 2030-01-31T12:00:00Z')
  return time
}
