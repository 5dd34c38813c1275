// The verbs that read, as questions to an engine. Their text is printed once for each shape of a call.
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
import { type Grouping, groupingOfKey } from './grouping.js'
import {
  comparedValues,
  conditionValues,
  countText,
  type Flavour,
  listText,
  selectText,
  shapeOf,
  shapeOfKey,
} from './print.js'

/** A text to run and what an engine keeps with it (`Kept`): a prepared statement, a name. One for each shape. */
export interface Question<Kept> {
  readonly text: string
  /** How it can be asked for several callers at once, where it can. */
  readonly grouping?: Grouping | undefined
  kept?: Kept
}

/**
 * How much a question can cost: `key` finds one row at most, `index` follows an index, `scan` looks at rows that no
 * index leads to.
 */
export type Effort = 'key' | 'index' | 'scan'

/** What an engine does with questions. */
export interface Reader<Kept> {
  readonly flavour: Flavour
  rows(question: Question<Kept>, values: readonly Stored[], effort: Effort): Promise<readonly Stored[][]>
  now(): number
}

type Questions<Kept> = WeakMap<AnyTable, Map<string, Question<Kept>>>

export function createReads<Kept>(reader: Reader<Kept>): Pick<Store, 'get' | 'list' | 'count'> {
  const questions: Questions<Kept> = new WeakMap()
  const { flavour } = reader
  return {
    get: async <R>(typed: Table<R>, key: Partial<R>) => {
      const table = anyTable(typed)
      const values = conditionValues(table, readKey(table, key), reader.now())
      const question = questionFor(questions, table, 'get', () => ({
        text: selectText(flavour, table, shapeOfKey(table)),
        grouping: groupingOfKey(table),
      }))
      const [row] = await reader.rows(question, values, 'key')
      return row && toRow<R>(table, row)
    },
    list: (table, query) => list(reader, questions, table, query),
    count: async (typed, where, cap = defaultCap) => {
      const table = anyTable(typed)
      requireNumber(table, 'cap', cap, 1, Number.MAX_SAFE_INTEGER)
      const conditions = readWhere(table, where)
      const values: Stored[] = []
      const shape = shapeOf(conditions, values)
      const question = questionFor(questions, table, `count ${shape}`, () => ({
        text: countText(flavour, table, shape),
      }))
      conditionValues(table, values, reader.now()).push(cap)
      const scans = needsScan(table, conditions) || cap > defaultCap
      return (await reader.rows(question, values, scans ? 'scan' : 'index'))[0]![0] as number
    },
  }
}

async function list<R, Kept>(
  reader: Reader<Kept>,
  questions: Questions<Kept>,
  typed: Table<R>,
  query: ListQuery<R>,
): Promise<R[]> {
  const table = anyTable(typed)
  const listing = readList(typed, query)
  const values: Stored[] = []
  const shape = shapeOf(listing.conditions, values)
  const order = `${listing.order} ${listing.descending} ${listing.after !== undefined}`
  const question = questionFor(questions, table, `list ${shape} ${order}`, () => ({
    text: listText(reader.flavour, table, shape, listing),
  }))
  const after = comparedValues(reader.flavour, listing.after ?? [])
  conditionValues(table, values, reader.now()).push(...after, listing.limit, listing.offset)
  const effort = needsScan(table, listing.conditions) ? 'scan' : 'index'
  return (await reader.rows(question, values, effort)).map((row) => toRow<R>(table, row))
}

/** The columns that an index begins with. */
const leads = new WeakMap<AnyTable, ReadonlySet<string>>()

/** Whether rows must be looked at that no index leads to. Without any condition none is looked at in vain. */
function needsScan(table: AnyTable, conditions: readonly Condition[]): boolean {
  if (conditions.some(({ operator }) => operator === 'contains')) return true
  const leading = once(
    leads,
    table,
    () => new Set([table.key, ...table.unique, ...table.indexes].map(([first]) => first!)),
  )
  const led = ({ column, operator }: Condition) => leading.has(column) && operator !== 'some'
  return conditions.length > 0 && !conditions.some(led)
}

function questionFor<Kept>(
  questions: Questions<Kept>,
  table: AnyTable,
  name: string,
  print: () => Question<Kept>,
): Question<Kept> {
  const known = once(questions, table, () => new Map<string, Question<Kept>>())
  return once(known, name, print)
}
