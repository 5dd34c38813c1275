// The engine that keeps everything in Maps: for tests, and for ephemeral tables where one process is all there is.
// What it holds dies with the process. Each verb runs in one go, so nothing ever runs between its steps.
import type { Clock } from '../../util/clock.js'
import {
  anyTable,
  type Change,
  type Condition,
  columnsOf,
  defaultCap,
  readChanges,
  readIncrement,
  readKey,
  readList,
  readRow,
  readWhere,
  requireNumber,
  toRow,
} from '../door.js'
import { once } from '../once.js'
import {
  type Engine,
  InvalidValue,
  type Migration,
  SchemaTooNew,
  UniqueViolation,
  type Write,
} from '../store.js'
import type { AnyTable, Table } from '../table.js'
import { compareStored, compareText, type Stored } from '../values.js'

type Row = readonly Stored[]

interface Space {
  readonly table: AnyTable
  readonly rows: Map<string, Row>
  /** For each unique set, from its values to the key of their row. */
  readonly taken: Map<string, string>[]
}

interface Memory {
  readonly clock: Clock
  readonly spaces: Map<string, Space>
  /** How to take back what the running verb did. */
  undo: (() => void)[]
}

/** Opens an empty store. `tables` only says what is swept; other tables work as soon as they are used. */
export function openMemory(options: { tables?: readonly AnyTable[]; clock: Clock }): Engine {
  const memory: Memory = { clock: options.clock, spaces: new Map(), undo: [] }
  for (const table of options.tables ?? []) spaceOf(memory, table)
  const run = <T>(verb: () => T) => attempt(memory, verb)
  return {
    name: 'memory',
    insert: (table, row) => run(() => insert(memory, anyTable(table), row as object)),
    get: <R>(table: Table<R>, key: Partial<R>) =>
      run(() => firstRow<R>(anyTable(table), find(memory, anyTable(table), readKey(anyTable(table), key)))),
    list: <R>(table: Table<R>, query: Parameters<typeof readList<R>>[1]) =>
      run(() => list(memory, table, query)),
    count: (table, where, cap = defaultCap) => run(() => count(memory, anyTable(table), where, cap)),
    update: (table, where, set) => run(() => update(memory, anyTable(table), where, set)),
    increment: (table, row, column, by = 1) =>
      run(() => increment(memory, anyTable(table), row as object, column, by)),
    take: <R>(table: Table<R>, where: object) => run(() => take<R>(memory, anyTable(table), where)),
    remove: (table, where, limit) => run(() => remove(memory, anyTable(table), where, limit)),
    atomically: (writes) => run(() => atomically(memory, writes)),
    sweep: () => run(() => sweep(memory)),
    ping: async () => {},
    close: async () => {},
    ...recordMigrations(),
  }
}

/** Runs a verb; where it throws, all it did is taken back. */
async function attempt<T>(memory: Memory, verb: () => T): Promise<T> {
  try {
    return verb()
  } catch (error) {
    takeBack(memory)
    throw error
  } finally {
    memory.undo = []
  }
}

function takeBack(memory: Memory): void {
  for (const step of memory.undo.reverse()) step()
}

function spaceOf(memory: Memory, table: AnyTable): Space {
  const make = () => ({ table, rows: new Map(), taken: table.unique.map(() => new Map()) })
  return once(memory.spaces, table.name, make)
}

const cellOf = (table: AnyTable, row: Row, column: string): Stored => row[columnsOf(table).indexOf(column)]!

/** One text for the values of a key or unique set; undefined where one of them is null. */
function identity(table: AnyTable, row: Row, columns: readonly string[]): string | undefined {
  const values = columns.map((name) => cellOf(table, row, name))
  return values.includes(null) ? undefined : values.map(spell).join('\0')
}

const spell = (value: Stored) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : `${value}`

function alive(memory: Memory, table: AnyTable, row: Row): boolean {
  const end = table.expires === undefined ? null : cellOf(table, row, table.expires)
  return end === null || (end as number) > memory.clock.now()
}

/** Puts, replaces or (without a row) removes what stands under a key. Throws UniqueViolation. */
function put(memory: Memory, space: Space, key: string, row: Row | undefined): void {
  const before = space.rows.get(key)
  memory.undo.push(() => set(space, key, row, before))
  set(space, key, before, undefined)
  if (row) for (const columns of space.table.unique) makeRoom(memory, space, row, columns)
  set(space, key, undefined, row)
}

function set(space: Space, key: string, before: Row | undefined, after: Row | undefined): void {
  space.table.unique.forEach((columns, i) => {
    const old = before && identity(space.table, before, columns)
    if (old !== undefined && space.taken[i]!.get(old) === key) space.taken[i]!.delete(old)
    const next = after && identity(space.table, after, columns)
    if (next !== undefined) space.taken[i]!.set(next, key)
  })
  if (after) space.rows.set(key, after)
  else space.rows.delete(key)
}

function makeRoom(memory: Memory, space: Space, row: Row, columns: readonly string[]): void {
  const wanted = identity(space.table, row, columns)
  const holder = wanted && space.taken[space.table.unique.indexOf(columns)]!.get(wanted)
  if (holder === undefined) return
  if (alive(memory, space.table, space.rows.get(holder)!))
    throw new UniqueViolation(space.table.name, columns)
  put(memory, space, holder, undefined)
}

/** A copy that shares no bytes: what goes in or out can be changed outside without changing what is kept. */
const copied = (row: Row): Stored[] =>
  row.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value))

const handOut = <R>(table: AnyTable, row: Row): R => toRow<R>(table, copied(row))

function firstRow<R>(table: AnyTable, found: Iterable<[string, Row]>): R | undefined {
  for (const [, row] of found) return handOut<R>(table, row)
  return undefined
}

function* find(memory: Memory, table: AnyTable, conditions: readonly Condition[]): Generator<[string, Row]> {
  const space = spaceOf(memory, table)
  for (const [key, row] of candidates(space, conditions))
    if (alive(memory, table, row) && conditions.every((condition) => holds(table, row, condition)))
      yield [key, row]
}

/** The rows that can match: one where the key is given, else all. */
function candidates(space: Space, conditions: readonly Condition[]): Iterable<[string, Row]> {
  const values = space.table.key.map(
    (name) => conditions.find(({ column, operator }) => column === name && operator === '=')?.value,
  )
  if (values.includes(undefined)) return space.rows
  const key = values.map((value) => spell(value!)).join('\0')
  const row = space.rows.get(key)
  return row ? [[key, row]] : []
}

function holds(table: AnyTable, row: Row, { column, operator, value, values }: Condition): boolean {
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

function insert(memory: Memory, table: AnyTable, given: object): void {
  const row = copied(readRow(table, given))
  const space = spaceOf(memory, table)
  const key = keyOf(table, row)
  const there = space.rows.get(key)
  if (there && alive(memory, table, there)) throw new UniqueViolation(table.name, table.key)
  put(memory, space, key, row)
}

function keyOf(table: AnyTable, row: Row): string {
  const key = identity(table, row, table.key)
  if (key === undefined) throw new InvalidValue(`${table.name}: the key is null`)
  return key
}

function list<R>(memory: Memory, typed: Table<R>, query: Parameters<typeof readList<R>>[1]): R[] {
  const table = anyTable(typed)
  const { conditions, order, descending, after, limit, offset } = readList(typed, query)
  const sign = descending ? -1 : 1
  const places = order.map((name) => columnsOf(table).indexOf(name))
  const compare = (a: readonly Stored[], b: readonly Stored[]) => {
    for (let i = 0; i < a.length; i++) {
      const difference = compareStored(a[i]!, b[i]!)
      if (difference !== 0) return difference * sign
    }
    return 0
  }
  return [...find(memory, table, conditions)]
    .map(([, row]) => ({ row, at: places.map((place) => row[place]!) }))
    .filter(({ at }) => after === undefined || compare(at, after) > 0)
    .sort((a, b) => compare(a.at, b.at))
    .slice(offset, offset + limit)
    .map(({ row }) => handOut<R>(table, row))
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

function remove(memory: Memory, table: AnyTable, where: object, limit?: number): number {
  if (limit !== undefined) requireNumber(table, 'limit', limit, 1, Number.MAX_SAFE_INTEGER)
  const found = [...find(memory, table, readWhere(table, where))].slice(0, limit)
  for (const [key] of found) put(memory, spaceOf(memory, table), key, undefined)
  return found.length
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

/** Every row is at hand, so one call does it all. */
function sweep(memory: Memory): number {
  let removed = 0
  for (const space of memory.spaces.values())
    for (const [key, row] of space.rows)
      if (!alive(memory, space.table, row)) {
        put(memory, space, key, undefined)
        removed++
      }
  return removed
}

function recordMigrations(): Pick<Engine, 'pending' | 'migrate'> {
  const applied = new Set<number>()
  const pending = async (migrations: readonly Migration[]) => {
    const known = Math.max(0, ...migrations.map(({ number }) => number))
    for (const number of applied)
      if (!migrations.some((migration) => migration.number === number)) throw new SchemaTooNew(number, known)
    return migrations.filter(({ number }) => !applied.has(number)).sort((a, b) => compareNumbers(a, b))
  }
  const migrate = async (migrations: readonly Migration[]) => {
    const due = await pending(migrations)
    for (const { number } of due) applied.add(number)
    return due
  }
  return { pending, migrate }
}

const compareNumbers = (a: Migration, b: Migration) => a.number - b.number || compareText(a.name, b.name)
