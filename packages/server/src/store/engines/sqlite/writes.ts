// The verbs that write, each as one statement (or one act of several) for the queue. Statement text is printed once
// for each shape of a call and has a number from then on.
import {
  anyTable,
  columnsOf,
  readChanges,
  readIncrement,
  readRow,
  readWhere,
  requireNumber,
  toRow,
} from '../../door.js'
import { once } from '../../once.js'
import type { Store, Write } from '../../store.js'
import type { AnyTable, Table } from '../../table.js'
import type { Stored } from '../../values.js'
import { type Cell, createStatement, fromCell, type Statement } from './messages.js'
import {
  clearColumns,
  clearText,
  conditionValues,
  incrementText,
  insertText,
  removeText,
  shapeOf,
  shapeOfChanges,
  takeText,
  updateText,
} from './print.js'
import type { Queue, Step } from './queue.js'

interface Ready {
  readonly statement: Statement
  readonly values: readonly Stored[]
}

interface Writing {
  readonly statements: WeakMap<AnyTable, Map<string, Statement>>
  now(): number
}

type WriteVerbs = Pick<Store, 'insert' | 'update' | 'increment' | 'take' | 'remove' | 'atomically'>

export function createWrites(queue: Queue, now: () => number): WriteVerbs {
  const writing: Writing = { statements: new WeakMap(), now }
  const matched = (answer: unknown) => answer as number
  const write = <T>(ready: () => Ready, convert: (answer: unknown) => T) =>
    attempt(() => {
      const { statement, values } = ready()
      return queue.write(statement, values, convert)
    })
  return {
    insert: (table, row) =>
      write(
        () => insert(writing, anyTable(table), row as object),
        () => undefined,
      ),
    update: (table, where, set) => write(() => update(writing, anyTable(table), where, set), matched),
    remove: (table, where, limit) => write(() => remove(writing, anyTable(table), where, limit), matched),
    increment: (table, row, column, by = 1) =>
      write(
        () => increment(writing, anyTable(table), row as object, column, by),
        (answer) => (answer as Cell[])[0] as number,
      ),
    take: <R>(table: Table<R>, where: object) =>
      write(
        () => take(writing, anyTable(table), where),
        (answer) => (answer ? toRow<R>(anyTable(table), (answer as Cell[]).map(fromCell)) : undefined),
      ),
    atomically: (writes) =>
      attempt(() =>
        writes.length === 0 ? Promise.resolve(true) : queue.together(writes.map(step(writing))),
      ),
  }
}

/** What the door refuses becomes a rejected promise, like everything else. */
function attempt<T>(verb: () => Promise<T>): Promise<T> {
  try {
    return verb()
  } catch (error) {
    return Promise.reject(error)
  }
}

const step =
  (writing: Writing) =>
  (one: Write): Step => {
    const { table } = one
    if (one.verb === 'insert') return { ...insert(writing, table, one.row as object), expect: undefined }
    const where = one.where as object
    const ready =
      one.verb === 'update'
        ? update(writing, table, where, one.set as object)
        : remove(writing, table, where, undefined)
    return { ...ready, expect: one.expect }
  }

/** The statement of a shape; printed where the shape is new. */
function statementFor(
  writing: Writing,
  table: AnyTable,
  shape: string,
  print: () => [text: string, clearing?: string],
  returns = false,
): Statement {
  const known = once(writing.statements, table, () => new Map<string, Statement>())
  return once(known, shape, () => {
    const [text, clearing] = print()
    return createStatement(text, clearing, returns)
  })
}

function insert(writing: Writing, table: AnyTable, given: object): Ready {
  const row = readRow(table, given)
  const statement = statementFor(writing, table, 'insert', () => [
    insertText(table),
    clearText(table, columnsOf(table)),
  ])
  return { statement, values: [...row, ...clearValues(writing, table, columnsOf(table), row)] }
}

function increment(writing: Writing, table: AnyTable, given: object, column: string, by: number): Ready {
  const row = readIncrement(table, given, column, by)
  const statement = statementFor(
    writing,
    table,
    `increment ${column}`,
    () => [incrementText(table, column), clearText(table, columnsOf(table))],
    true,
  )
  const values = conditionValues(table, [...row], writing.now())
  return { statement, values: [...values, ...clearValues(writing, table, columnsOf(table), row)] }
}

function clearValues(
  writing: Writing,
  table: AnyTable,
  given: readonly string[],
  row: readonly Stored[],
): Stored[] {
  const columns = clearColumns(table, given)
  return columns.length === 0 ? [] : [writing.now(), ...columns.map((name) => row[given.indexOf(name)]!)]
}

function update(writing: Writing, table: AnyTable, where: object, set: object): Ready {
  const changes = readChanges(table, set)
  const plain = table.expires === undefined ? [] : changes.filter(({ add }) => !add)
  const given = plain.map(({ column }) => column)
  const values: Stored[] = []
  const setShape = shapeOfChanges(changes, values)
  const shape = shapeOf(readWhere(table, where), values)
  const statement = statementFor(writing, table, `update ${setShape} ${shape}`, () => [
    updateText(table, setShape, shape),
    clearText(table, given),
  ])
  conditionValues(table, values, writing.now())
  const stored = plain.map(({ value }) => value)
  return { statement, values: [...values, ...clearValues(writing, table, given, stored)] }
}

function remove(writing: Writing, table: AnyTable, where: object, limit: number | undefined): Ready {
  const values: Stored[] = []
  const shape = shapeOf(readWhere(table, where), values)
  conditionValues(table, values, writing.now())
  const limited = limit !== undefined
  if (limited) {
    requireNumber(table, 'limit', limit, 1, Number.MAX_SAFE_INTEGER)
    values.push(limit)
  }
  const statement = statementFor(writing, table, `remove ${limited} ${shape}`, () => [
    removeText(table, shape, limited),
  ])
  return { statement, values }
}

function take(writing: Writing, table: AnyTable, where: object): Ready {
  const values: Stored[] = []
  const shape = shapeOf(readWhere(table, where), values)
  conditionValues(table, values, writing.now())
  return {
    statement: statementFor(writing, table, `take ${shape}`, () => [takeText(table, shape)], true),
    values,
  }
}
