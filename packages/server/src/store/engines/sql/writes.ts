// The verbs that write, each as one statement (or one act of several) for the engine to run. Statement text is printed
// once for each shape of a call and has a number from then on.
import { promised } from '../../../util/promised.js'
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
  const change = ({ statement, values }: Ready) => writer.change(statement, values)
  const row = ({ statement, values }: Ready) => writer.row(statement, values)
  return {
    insert: async (table, given) => {
      await change(insert(writing, anyTable(table), given as object))
    },
    update: (table, where, set) => promised(() => change(update(writing, anyTable(table), where, set))),
    remove: (table, where, limit) => promised(() => change(remove(writing, anyTable(table), where, limit))),
    increment: async (table, given, column, by = 1) =>
      (await row(increment(writing, anyTable(table), given as object, column, by)))![0] as number,
    take: async <R>(table: Table<R>, where: object) => {
      const taken = await row(take(writing, anyTable(table), where))
      return taken && toRow<R>(anyTable(table), taken)
    },
    load: async (table, rows) => {
      if (rows.length > 0) await change(load(writing, anyTable(table), rows as readonly object[]))
    },
    atomically: (writes) =>
      writes.length === 0
        ? Promise.resolve(true)
        : promised(() => writer.together(writes.map((one) => step(writing, one)))),
  }
}

function step(writing: Writing, one: Write): Step {
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
  const values = readRow(table, given)
  const statement = statementFor(writing, table, 'insert', () => ({
    text: insertText(table),
    ...clearingOf(table, columnsOf(table)),
  }))
  return { statement, values: withCleared(writing, statement, values) }
}

/** One statement for all rows; the values of many wide rows are as many as a statement may have. */
function load(writing: Writing, table: AnyTable, rows: readonly object[]): Ready {
  const statement = statementFor(writing, table, `load ${rows.length}`, () => ({
    text: insertText(table, rows.length),
  }))
  return { statement, values: rows.flatMap((row) => readRow(table, row)) }
}

function increment(writing: Writing, table: AnyTable, given: object, column: string, by: number): Ready {
  const values = readIncrement(table, given, column, by)
  const statement = statementFor(writing, table, `increment ${column}`, () => ({
    text: incrementText(writing.flavour, table, column),
    ...clearingOf(table, columnsOf(table)),
    returns: true,
    counts: column,
  }))
  const now = writing.now()
  while (values.length < statement.main.size) values.push(now)
  return { statement, values: withCleared(writing, statement, values) }
}

/** How a statement makes room whose first values are those of these columns; a column that is only added to has none. */
function clearingOf(table: AnyTable, given: readonly (string | undefined)[]) {
  const columns = given.filter((name) => name !== undefined)
  const cleared = clearColumns(table, columns).map((name) => given.indexOf(name))
  return { clearing: clearText(table, columns), cleared }
}

function withCleared(writing: Writing, { clearing, cleared }: Statement, values: Stored[]): Stored[] {
  if (clearing === undefined) return values
  values.push(writing.now())
  for (const place of cleared) values.push(values[place]!)
  return values
}

function update(writing: Writing, table: AnyTable, where: object, set: object): Ready {
  const changes = readChanges(table, set)
  const values: Stored[] = []
  const setShape = shapeOfChanges(changes, values)
  const conditions = readWhere(table, where)
  const shape = shapeOf(conditions, values)
  const statement = statementFor(writing, table, `update ${setShape} ${shape}`, () => ({
    text: updateText(writing.flavour, table, setShape, shape),
    ...clearingOf(
      table,
      changes.map(({ column, add }) => (add ? undefined : column)),
    ),
    grouping: groupingOfUpdate(table, changes, conditions),
  }))
  conditionValues(table, values, writing.now())
  return { statement, values: withCleared(writing, statement, values) }
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
