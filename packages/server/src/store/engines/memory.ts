// The engine that keeps everything in Maps: for tests, and for ephemeral tables where one process is all there is.
// What it holds dies with the process. Each verb runs in one go, so nothing ever runs between its steps.
import type { Clock } from '../../util/clock.js'
import {
  anyTable,
  type Change,
  columnsOf,
  defaultCap,
  readChanges,
  readIncrement,
  readKey,
  readList,
  readRow,
  readWhere,
  requireNumber,
} from '../door.js'
import { due } from '../due.js'
import type { Trimming } from '../fallback.js'
import { cellOf, pageOf, type Row } from '../matching.js'
import { type Engine, type Migration, UniqueViolation, type Write } from '../store.js'
import type { AnyTable, Table } from '../table.js'
import {
  alive,
  attempt,
  copied,
  find,
  handOut,
  keyOf,
  type Memory,
  put,
  spaceOf,
  spell,
  takeBack,
} from './memory-rows.js'
import { sweepSpace, trimSpace } from './memory-sweep.js'

export interface MemoryEngine extends Engine, Trimming {}

/** Opens an empty store. Tables that are not given come to be at their first use: migrating makes none. */
export function openMemory(options: { tables?: readonly AnyTable[]; clock: Clock }): MemoryEngine {
  const memory: Memory = { clock: options.clock, spaces: new Map(), undo: [] }
  for (const table of options.tables ?? []) spaceOf(memory, table)
  const run = <T>(verb: () => T) => attempt(memory, verb)
  return {
    name: 'memory',
    insert: (table, row) => run(() => insert(memory, anyTable(table), row as object)),
    get: <R>(table: Table<R>, key: Partial<R>) => run(() => get<R>(memory, anyTable(table), key)),
    list: <R>(table: Table<R>, query: Parameters<typeof readList<R>>[1]) =>
      run(() => list(memory, table, query)),
    count: (table, where, cap = defaultCap) => run(() => count(memory, anyTable(table), where, cap)),
    update: (table, where, set) => run(() => update(memory, anyTable(table), where, set)),
    increment: (table, row, column, by = 1) =>
      run(() => increment(memory, anyTable(table), row as object, column, by)),
    take: <R>(table: Table<R>, where: object) => run(() => take<R>(memory, anyTable(table), where)),
    remove: (table, where, limit) => run(() => remove(memory, anyTable(table), where, limit)),
    atomically: (writes) => run(() => atomically(memory, writes)),
    sweep: (limit) => run(() => sweep(memory, limit)),
    trim: (table, most) => run(() => trimSpace(memory, spaceOf(memory, table), most)),
    ping: async () => {},
    close: async () => {},
    ...recordMigrations(),
  }
}

function get<R>(memory: Memory, table: AnyTable, key: object): R | undefined {
  const row = spaceOf(memory, table).rows.get(readKey(table, key).map(spell).join('\0'))
  return row && alive(memory, table, row) ? handOut<R>(table, row) : undefined
}

function insert(memory: Memory, table: AnyTable, given: object): void {
  const row = copied(readRow(table, given))
  const space = spaceOf(memory, table)
  const key = keyOf(table, row)
  const there = space.rows.get(key)
  if (there && alive(memory, table, there)) throw new UniqueViolation(table.name, table.key)
  put(memory, space, key, row)
}

function list<R>(memory: Memory, typed: Table<R>, query: Parameters<typeof readList<R>>[1]): R[] {
  const table = anyTable(typed)
  const listing = readList(typed, query)
  const matching = [...find(memory, table, listing.conditions)].map(([, row]) => row)
  return pageOf(table, matching, listing).map((row) => handOut<R>(table, row))
}

function count(memory: Memory, table: AnyTable, where: object, cap: number): number {
  requireNumber(table, 'cap', cap, 1, Number.MAX_SAFE_INTEGER)
  let counted = 0
  for (const _ of find(memory, table, readWhere(table, where))) if (++counted === cap) break
  return counted
}

function update(memory: Memory, table: AnyTable, where: object, set: object): number {
  const changes = readChanges(table, set)
  const matched = [...find(memory, table, readWhere(table, where))]
  for (const [key, row] of matched) put(memory, spaceOf(memory, table), key, changed(table, row, changes))
  return matched.length
}

function changed(table: AnyTable, row: Row, changes: readonly Change[]): Row {
  const next = [...row]
  for (const { column, add, value } of changes) {
    const place = columnsOf(table).indexOf(column)
    next[place] = add ? (row[place] as number) + (value as number) : value
  }
  return copied(next)
}

function increment(memory: Memory, table: AnyTable, given: object, column: string, by: number): number {
  const row = copied(readIncrement(table, given, column, by))
  const space = spaceOf(memory, table)
  const key = keyOf(table, row)
  const there = space.rows.get(key)
  const living = there !== undefined && alive(memory, table, there)
  const next = living ? changed(table, there, [{ column, add: true, value: by }]) : row
  put(memory, space, key, next)
  return cellOf(table, next, column) as number
}

function take<R>(memory: Memory, table: AnyTable, where: object): R | undefined {
  for (const [key, row] of find(memory, table, readWhere(table, where))) {
    put(memory, spaceOf(memory, table), key, undefined)
    return handOut<R>(table, row)
  }
  return undefined
}

function remove(memory: Memory, table: AnyTable, where: object, limit = Number.POSITIVE_INFINITY): number {
  if (limit !== Number.POSITIVE_INFINITY) requireNumber(table, 'limit', limit, 1, Number.MAX_SAFE_INTEGER)
  let removed = 0
  for (const [key] of find(memory, table, readWhere(table, where))) {
    put(memory, spaceOf(memory, table), key, undefined)
    if (++removed === limit) break
  }
  return removed
}

function atomically(memory: Memory, writes: readonly Write[]): boolean {
  for (const step of writes) {
    const { table } = step
    if (step.verb === 'insert') {
      insert(memory, table, step.row as object)
      continue
    }
    const where = step.where as object
    const matched =
      step.verb === 'update' ? update(memory, table, where, step.set as object) : remove(memory, table, where)
    if (step.expect === undefined || step.expect === matched) continue
    takeBack(memory)
    return false
  }
  return true
}

function sweep(memory: Memory, looks = 500): number {
  let removed = 0
  for (const space of memory.spaces.values()) removed += sweepSpace(memory, space, looks)
  return removed
}

function recordMigrations(): Pick<Engine, 'pending' | 'migrate'> {
  const applied = new Set<number>()
  const pending = async (migrations: readonly Migration[]) => due(migrations, applied)
  const migrate = async (migrations: readonly Migration[]) => {
    const lacking = await pending(migrations)
    for (const { number } of lacking) applied.add(number)
    return lacking
  }
  return { pending, migrate }
}
