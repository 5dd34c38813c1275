// Which rows a condition matches and in which order they come, for engines that look at rows themselves. Rows are in
// stored form, in the order of `columnsOf`. No engine's name is known here.
import { type Condition, columnsOf, type Listing } from './door.js'
import type { AnyTable } from './table.js'
import { compareStored, type Stored } from './values.js'

export type Row = readonly Stored[]

export const cellOf = (table: AnyTable, row: Row, column: string): Stored =>
  row[columnsOf(table).indexOf(column)]!

/** Whether a row has not reached its end. */
export function isLive(table: AnyTable, row: Row, now: number): boolean {
  const end = table.expires === undefined ? null : cellOf(table, row, table.expires)
  return end === null || (end as number) > now
}

export function holds(table: AnyTable, row: Row, { column, operator, value, values }: Condition): boolean {
  const mine = cellOf(table, row, column)
  if (operator === 'null') return mine === null
  if (mine === null) return false
  if (operator === 'some') return true
  if (operator === 'in') return values!.some((one) => compareStored(mine, one!) === 0)
  if (operator === 'prefix') return (mine as string).startsWith(value as string)
  if (operator === 'contains') return (mine as string).includes(value as string)
  const order = compareStored(mine, value!)
  if (operator === '=') return order === 0
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

/** The rows of a listing's page, out of all that match its conditions. */
export function pageOf(table: AnyTable, matching: Iterable<Row>, listing: Listing): Row[] {
  const { order, descending, after, limit, offset } = listing
  const sign = descending ? -1 : 1
  const places = order.map((name) => columnsOf(table).indexOf(name))
  const compare = (a: Row, b: Row) => {
    for (let i = 0; i < a.length; i++) {
      const difference = compareStored(a[i]!, b[i]!)
      if (difference !== 0) return difference * sign
    }
    return 0
  }
  return Array.from(matching, (row) => ({ row, at: places.map((place) => row[place]!) }))
    .filter(({ at }) => after === undefined || compare(at, after) > 0)
    .sort((a, b) => compare(a.at, b.at))
    .slice(offset, offset + limit)
    .map(({ row }) => row)
}
