// The verbs that write. Each row is changed by one script on its own key, which looks at the guard again; what stands
// beside the row (claims.ts) is written before it and goes after it.
import {
  type Change,
  type Condition,
  columnsOf,
  readChanges,
  readIncrement,
  readRow,
  readWhere,
  requireNumber,
  toRow,
} from '../../door.js'
import { cellOf, isLive, type Row } from '../../matching.js'
import { UniqueViolation, type Write } from '../../store.js'
import type { AnyTable } from '../../table.js'
import { claim, enter, type Granted, giveUp, type Keeper, leave, readRowAt, renew } from './claims.js'
import { candidates, type Found, find, inBatches } from './find.js'
import { fromFields, gatheredBy, heldTo, keyOfRow, toFields, toText } from './rows.js'
import { incrementRow, insertRow, takeRow, updateRow } from './scripts.js'

const head = (keeper: Keeper, table: AnyTable) => [`${keeper.now()}`, table.expires ?? '']

export async function insert(keeper: Keeper, table: AnyTable, given: object): Promise<void> {
  const row = readRow(table, given)
  const key = keyOfRow(keeper.prefix, table, row)
  const fields = toFields(table, row)
  await withPlace(keeper, table, key, row, async () => {
    const done = await keeper.link.run<number>(insertRow, key, ...head(keeper, table), ...fields)
    if (done === 0) throw new UniqueViolation(table.name, table.key)
  })
}

export async function increment(
  keeper: Keeper,
  table: AnyTable,
  given: object,
  column: string,
  by: number,
): Promise<number> {
  const row = readIncrement(table, given, column, by)
  const key = keyOfRow(keeper.prefix, table, row)
  const values = [...head(keeper, table), column, `${by}`, ...toFields(table, row)]
  const count = () => keeper.link.run<number>(incrementRow, key, ...values)
  if (table.unique.length + gatheredBy(table).length === 0) return count()
  const there = await readRowAt(keeper, table, key)
  if (there && isLive(table, there, keeper.now())) return count()
  return withPlace(keeper, table, key, row, count)
}

/** Writes a new row with what stands beside it; where it is not written that is given up. */
async function withPlace<T>(
  keeper: Keeper,
  table: AnyTable,
  key: string,
  row: Row,
  work: () => Promise<T>,
): Promise<T> {
  const granted: Granted = []
  try {
    await claim(keeper, table, { key, row }, granted)
    await enter(keeper, table, key, row)
    return await work()
  } catch (error) {
    // What cannot be given up now is passed over later.
    await giveUp(keeper, granted).catch(() => {})
    throw error
  }
}

/** A guard as the scripts read it, without what the row's key says already. */
function spelled(table: AnyTable, conditions: readonly Condition[]): string[] {
  const isByKey = heldTo(conditions, table.key) !== undefined
  const needed = isByKey
    ? conditions.filter(({ column, operator }) => operator !== '=' || !table.key.includes(column))
    : conditions
  const texts = needed.flatMap(({ column, operator, value, values }) => {
    const kind = /^(integer|boolean)$/.test(table.columns[column]!.kind) ? 'number' : 'text'
    const operands = values ?? (value === null ? [] : [value])
    return [column, operator, kind, `${operands.length}`, ...operands.map((one) => toText(one!))]
  })
  return [`${needed.length}`, ...texts]
}

const spelledChange = ({ column, add, value }: Change): string[] =>
  value === null ? [column, 'clear', ''] : [column, add ? 'add' : 'set', toText(value)]

export async function update(keeper: Keeper, table: AnyTable, where: object, set: object): Promise<number> {
  const changes = readChanges(table, set)
  const conditions = readWhere(table, where)
  const touched = new Set(changes.map(({ column }) => column))
  const beside = [...table.unique, ...gatheredBy(table)].flat()
  if (touched.has(table.expires ?? '') ? beside.length > 0 : beside.some((name) => touched.has(name)))
    return updateBeside(keeper, table, conditions, changes)
  const keys = await candidates(keeper, table, conditions)
  return changeRows(keeper, table, keys, conditions, changes)
}

async function changeRows(
  keeper: Keeper,
  table: AnyTable,
  keys: readonly string[],
  conditions: readonly Condition[],
  changes: readonly Change[],
): Promise<number> {
  const values = [...spelled(table, conditions), ...changes.flatMap(spelledChange)]
  const change = (key: string) => keeper.link.run<number>(updateRow, key, ...head(keeper, table), ...values)
  const matched = await inBatches(keys, change)
  return matched.reduce((sum, one) => sum + one, 0)
}

/** An update that moves rows in unique sets or indexes: all that is wanted is claimed before the first row is written. */
async function updateBeside(
  keeper: Keeper,
  table: AnyTable,
  conditions: readonly Condition[],
  changes: readonly Change[],
): Promise<number> {
  const moves: (Found & { after: Row; granted: Granted })[] = []
  for await (const some of find(keeper, table, conditions))
    for (const one of some) moves.push({ ...one, after: changed(table, one.row, changes), granted: [] })
  try {
    for (const { key, row, after, granted } of moves) {
      await claim(keeper, table, { key, row: after, before: row }, granted)
      await enter(keeper, table, key, after)
    }
  } catch (error) {
    for (const { granted } of moves) await giveUp(keeper, granted).catch(() => {})
    throw error
  }
  let matched = 0
  for (const { key, row, after, granted } of moves) {
    const done = await changeRows(keeper, table, [key], conditions, changes)
    matched += done
    if (done === 0) await giveUp(keeper, granted)
    else {
      await renew(keeper, table, key, after)
      await leave(keeper, table, key, row, after)
    }
  }
  return matched
}

function changed(table: AnyTable, row: Row, changes: readonly Change[]): Row {
  const names = columnsOf(table)
  const next = [...row]
  for (const { column, add, value } of changes)
    next[names.indexOf(column)] = add ? (cellOf(table, row, column) as number) + (value as number) : value
  return next
}

/** Removes a row where the guard holds, and answers it as it was. */
async function removeAt(
  keeper: Keeper,
  table: AnyTable,
  key: string,
  conditions: readonly Condition[],
): Promise<Row | undefined> {
  const guard = spelled(table, conditions)
  const fields = await keeper.link.run<string[]>(takeRow, key, ...head(keeper, table), ...guard)
  const row = fields.length === 0 ? undefined : fromFields(table, fields)
  if (row) await leave(keeper, table, key, row)
  return row
}

export async function take<R>(keeper: Keeper, table: AnyTable, where: object): Promise<R | undefined> {
  const conditions = readWhere(table, where)
  for (const key of await candidates(keeper, table, conditions)) {
    const row = await removeAt(keeper, table, key, conditions)
    if (row) return toRow<R>(table, row)
  }
  return undefined
}

export async function remove(
  keeper: Keeper,
  table: AnyTable,
  where: object,
  limit?: number,
): Promise<number> {
  if (limit !== undefined) requireNumber(table, 'limit', limit, 1, Number.MAX_SAFE_INTEGER)
  const conditions = readWhere(table, where)
  const keys = await candidates(keeper, table, conditions)
  const removal = (key: string) => removeAt(keeper, table, key, conditions)
  if (limit === undefined) return (await inBatches(keys, removal)).filter(Boolean).length
  let removed = 0
  for (const key of keys) if (removed < limit && (await removal(key))) removed += 1
  return removed
}

/**
 * The writes in their order, up to the first whose expectation is not met. Nothing is taken back: Redis holds no two keys
 * together. A removal is counted before it begins, so that one in vain removes nothing.
 */
export async function atomically(keeper: Keeper, writes: readonly Write[]): Promise<boolean> {
  for (const step of writes) {
    const { table } = step
    if (step.verb === 'insert') {
      await insert(keeper, table, step.row as object)
      continue
    }
    const { expect } = step
    const where = step.where as object
    if (step.verb === 'remove' && expect !== undefined) {
      if ((await matching(keeper, table, where)) !== expect) return false
      // What came since then is not ours to remove.
      if (expect === 0) continue
    }
    const matched =
      step.verb === 'update'
        ? await update(keeper, table, where, step.set as object)
        : await remove(keeper, table, where)
    if (expect !== undefined && expect !== matched) return false
  }
  return true
}

async function matching(keeper: Keeper, table: AnyTable, where: object): Promise<number> {
  let counted = 0
  for await (const some of find(keeper, table, readWhere(table, where))) counted += some.length
  return counted
}
