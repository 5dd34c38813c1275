// The verbs that write, each as one statement (or one act of several) for the engine to run. Statement text is printed
// once for each shape of a call and has a number from then on.
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
import type { Engine, Store, Write } from '../../store.js'
import type { AnyTable, Table } from '../../table.js'
import type { Stored } from '../../values.js'
import { groupingOfUpdate } from './grouping.js'
import {
  clearColumns,
  clearText,
  conditionValues,
  type Flavour,
  incrementText,
  insertText,
  removeText,
  shapeOf,
  shapeOfChanges,
  takeText,
  updateText,
} from './print.js'
import { createStatement, type Printed, type Statement, type Step } from './statement.js'

interface Ready {
  readonly statement: Statement
  readonly values: readonly Stored[]
}

/** What an engine does with statements. */
export interface Writer {
  readonly flavour: Flavour
  /** One statement: how many rows matched. Throws UniqueViolation. */
  change(statement: Statement, values: readonly Stored[]): Promise<number>
  /** One statement that answers a row: its values, or undefined where there is none. Throws UniqueViolation. */
  row(statement: Statement, values: readonly Stored[]): Promise<readonly Stored[] | undefined>
  /** All of the steps or none; false where an expectation was not met. Throws UniqueViolation. */
  together(steps: readonly Step[]): Promise<boolean>
  now(): number
}

interface Writing {
  readonly flavour: Flavour
  readonly statements: WeakMap<AnyTable, Map<string, Statement>>
  now(): number
}

type WriteVerbs = Pick<Store, 'insert' | 'update' | 'increment' | 'take' | 'remove' | 'atomically'> &
  Pick<Required<Engine>, 'load'>

export function createWrites(writer: Writer): WriteVerbs {
  const { flavour, now } = writer
  const writing: Writing = { flavour, statements: new WeakMap(), now }
  const change = async ({ statement, values }: Ready) => writer.change(statement, values)
  const row = async ({ statement, values }: Ready) => writer.row(statement, values)
  return {
    insert: async (table, given) => {
      await change(insert(writing, anyTable(table), given as object))
    },
    update: async (table, where, set) => change(update(writing, anyTable(table), where, set)),
    remove: async (table, where, limit) => change(remove(writing, anyTable(table), where, limit)),
    increment: async (table, given, column, by = 1) =>
      (await row(increment(writing, anyTable(table), given as object, column, by)))![0] as number,
    take: async <R>(table: Table<R>, where: object) => {
      const taken = await row(take(writing, anyTable(table), where))
      return taken && toRow<R>(anyTable(table), taken)
    },
    load: async (table, rows) => {
      if (rows.length > 0) await change(load(writing, anyTable(table), rows as readonly object[]))
    },
    atomically: async (writes) => writes.length === 0 || writer.together(writes.map(step(writing))),
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
function statementFor(writing: Writing, table: AnyTable, shape: string, print: () => Printed): Statement {
  const known = once(writing.statements, table, () => new Map<string, Statement>())
  return once(known, shape, () => {
    return createStatement({ ...print(), table })
  })
}

function insert(writing: Writing, table: AnyTable, given: object): Ready {
  const row = readRow(table, given)
  const statement = statementFor(writing, table, 'insert', () => ({
    text: insertText(table),
    clearing: clearText(table, columnsOf(table)),
  }))
  return { statement, values: [...row, ...clearValues(writing, table, columnsOf(table), row)] }
}

/** One statement for all rows; the values of many wide rows are as many as a statement may have. */
function load(writing: Writing, table: AnyTable, rows: readonly object[]): Ready {
  const statement = statementFor(writing, table, `load ${rows.length}`, () => ({
    text: insertText(table, rows.length),
  }))
  return { statement, values: rows.flatMap((row) => readRow(table, row)) }
}

function increment(writing: Writing, table: AnyTable, given: object, column: string, by: number): Ready {
  const row = readIncrement(table, given, column, by)
  const statement = statementFor(writing, table, `increment ${column}`, () => ({
    text: incrementText(writing.flavour, table, column),
    clearing: clearText(table, columnsOf(table)),
    returns: true,
    counts: column,
  }))
  const times = Array<Stored>(statement.main.size - row.length).fill(writing.now())
  return { statement, values: [...row, ...times, ...clearValues(writing, table, columnsOf(table), row)] }
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
  const conditions = readWhere(table, where)
  const shape = shapeOf(conditions, values)
  const statement = statementFor(writing, table, `update ${setShape} ${shape}`, () => ({
    text: updateText(writing.flavour, table, setShape, shape),
    clearing: clearText(table, given),
    grouping: groupingOfUpdate(table, changes, conditions),
  }))
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
  const statement = statementFor(writing, table, `remove ${limited} ${shape}`, () => ({
    text: removeText(writing.flavour, table, shape, limited),
  }))
  return { statement, values }
}

function take(writing: Writing, table: AnyTable, where: object): Ready {
  const values: Stored[] = []
  const shape = shapeOf(readWhere(table, where), values)
  conditionValues(table, values, writing.now())
  const statement = statementFor(writing, table, `take ${shape}`, () => ({
    text: takeText(writing.flavour, table, shape),
    returns: true,
  }))
  return { statement, values }
}
