// Reads: by key and by index on the main thread's read-only connection, where they cost a few microseconds; what may
// look at many rows in the reader thread. Statements are prepared once for each shape.
import {
  anyTable,
  type Condition,
  defaultCap,
  readKey,
  readList,
  readWhere,
  requireNumber,
  toRow,
} from '../../door.js'
import { once } from '../../once.js'
import type { ListQuery, Store } from '../../store.js'
import type { AnyTable, Table } from '../../table.js'
import type { Stored } from '../../values.js'
import { type Database, type Prepared, prepareRows, toStoreError, waitForLock } from './driver.js'
import type { Moment } from './moment.js'
import { conditionValues, countText, listText, selectText, shapeOf, shapeOfKey } from './print.js'

export interface Reading {
  readonly db: Database
  /** Runs SQL off the main thread. */
  elsewhere(sql: string, values: readonly Stored[]): Promise<Stored[][]>
  now(): number
  /** How long a foreign lock is waited for, in milliseconds. */
  readonly wait: number
  readonly moment: Moment
}

interface Shape {
  readonly sql: string
  prepared?: Prepared
}

type Shapes = WeakMap<AnyTable, Map<string, Shape>>

export function createReads(reading: Reading): Pick<Store, 'get' | 'list' | 'count'> {
  const shapes: Shapes = new WeakMap()
  return {
    get: <R>(typed: Table<R>, key: Partial<R>) =>
      here(reading, () => {
        const table = anyTable(typed)
        const values = readKey(table, key)
        const known = shapeFor(shapes, table, 'get', () => selectText(table, shapeOfKey(table)))
        const row = prepare(reading, known).get(...conditionValues(table, values, reading.now()))
        return row && toRow<R>(table, row)
      }),
    list: (table, query) => list(reading, shapes, table, query),
    count: async (typed, where, cap = defaultCap) => {
      const table = anyTable(typed)
      requireNumber(table, 'cap', cap, 1, Number.MAX_SAFE_INTEGER)
      const conditions = readWhere(table, where)
      const values: Stored[] = []
      const shape = shapeOf(conditions, values)
      const known = shapeFor(shapes, table, `count ${shape}`, () => countText(table, shape))
      conditionValues(table, values, reading.now()).push(cap)
      const scans = needsScan(table, conditions) || cap > defaultCap
      return (await rows(reading, known, values, scans))[0]![0] as number
    },
  }
}

async function list<R>(reading: Reading, shapes: Shapes, typed: Table<R>, query: ListQuery<R>): Promise<R[]> {
  const table = anyTable(typed)
  const listing = readList(typed, query)
  const values: Stored[] = []
  const shape = shapeOf(listing.conditions, values)
  const order = `${listing.order} ${listing.descending} ${listing.after !== undefined}`
  const known = shapeFor(shapes, table, `list ${shape} ${order}`, () => listText(table, shape, listing))
  conditionValues(table, values, reading.now()).push(...(listing.after ?? []), listing.limit, listing.offset)
  const scans = needsScan(table, listing.conditions)
  return (await rows(reading, known, values, scans)).map((row) => toRow<R>(table, row))
}

/** Whether rows must be looked at that no index leads to. Without any condition none is looked at in vain. */
function needsScan(table: AnyTable, conditions: readonly Condition[]): boolean {
  if (conditions.some(({ operator }) => operator === 'contains')) return true
  const leading = [table.key, ...table.unique, ...table.indexes].map(([first]) => first)
  const led = ({ column, operator }: Condition) => leading.includes(column) && operator !== 'some'
  return conditions.length > 0 && !conditions.some(led)
}

function rows(reading: Reading, shape: Shape, values: Stored[], scans: boolean): Promise<Stored[][]> {
  if (scans) return reading.elsewhere(shape.sql, values)
  return here(reading, () => prepare(reading, shape).all(...values))
}

function shapeFor(shapes: Shapes, table: AnyTable, name: string, print: () => string): Shape {
  const known = once(shapes, table, () => new Map<string, Shape>())
  return once(known, name, () => ({ sql: print() }))
}

function prepare(reading: Reading, shape: Shape): Prepared {
  shape.prepared ??= prepareRows(reading.db, shape.sql)
  return shape.prepared
}

/** Reads on the main thread. Where a foreign lock is in the way, which is rare, the reading is tried again later. */
export function here<T>({ wait, moment }: Pick<Reading, 'wait' | 'moment'>, read: () => T): Promise<T> {
  try {
    moment.keep()
    return Promise.resolve(read())
  } catch {
    moment.pass()
    return waitForLock(wait, read).catch((error) => {
      throw toStoreError(error)
    })
  }
}
