// SQL text, printed once for each shape of a call and kept. A shape is a text that names the columns and operators of
// a call but none of its values; the SQL is made from the shape alone, so the two can never disagree. No value and
// no text of a user ever becomes part of the SQL. All SQL engines share this file; where they differ, a Flavour says so.
import { type Change, type Condition, columnsOf, type Listing } from '../../door.js'
import type { AnyTable } from '../../table.js'
import { prefixEnd, type Stored } from '../../values.js'

/** What differs between the SQL engines. */
export interface Flavour {
  /** The function that finds a text in another, by code point: `find(text, part) > 0`. */
  readonly find: string
  /** The `?` of a LIMIT or OFFSET. */
  readonly limit: string
  /**
   * How a removal is held to a number of rows. `choice`: a part of the statement chooses them. `locked choice`: others write
   * while a statement runs, so what one part of it chose is locked until another removes it; who comes second then chooses
   * among what is left. `limit`: DELETE knows a LIMIT.
   */
  readonly some: 'choice' | 'locked choice' | 'limit'
  /**
   * Whether a write can answer rows (RETURNING) and meet a conflict on the key alone (ON CONFLICT). Where not, the text
   * of `take` only finds and locks the row, which the engine then removes; and what `increment` came to is the last
   * insert id of the connection where the row stood already.
   */
  readonly returning: boolean
  /** Whether an index leads to what `(a, b) > (?, ?)` asks for. */
  readonly rowValues: boolean
}

/** Text that says which columns are compared how; the values are added to `values` in the order of the `?`. */
export function shapeOf(conditions: readonly Condition[], values: Stored[]): string {
  let shape = ''
  for (const { column, operator, value, values: list } of conditions) {
    let term: string = operator
    if (operator === 'in') term = pushList(list!, values)
    else if (operator === 'prefix') {
      const end = prefixEnd(value as string)
      values.push(value)
      if (end === undefined) term = 'from'
      else values.push(end)
    } else if (operator !== 'null' && operator !== 'some') values.push(value)
    shape += `${column} ${term},`
  }
  return shape
}

/** The shape of a condition on the whole key. */
export const shapeOfKey = (table: AnyTable) => table.key.map((name) => `${name} =,`).join('')

/** Lists are filled up to a power of two with their last value, so that few shapes serve any length. */
function pushList(list: readonly Stored[], values: Stored[]): string {
  if (list.length === 0) return 'in0'
  const size = 2 ** Math.ceil(Math.log2(list.length))
  for (let i = 0; i < size; i++) values.push(list[Math.min(i, list.length - 1)]!)
  return `in${size}`
}

export function shapeOfChanges(changes: readonly Change[], values: Stored[]): string {
  let shape = ''
  for (const { column, add, value } of changes) {
    values.push(value)
    shape += add ? `${column} +,` : `${column} =,`
  }
  return shape
}

const terms = (shape: string) =>
  shape
    .split(',')
    .filter(Boolean)
    .map((term) => term.split(' ') as [string, string])

/** The condition of a shape, without WHERE; true for the empty shape. A row past its end never matches. */
function conditionText(flavour: Flavour, table: AnyTable, shape: string): string {
  const all = terms(shape).map(([column, term]) => termText(flavour, quote(column), term))
  if (table.expires !== undefined) all.push(aliveText(table))
  return all.length === 0 ? 'true' : all.join(' AND ')
}

function termText({ find }: Flavour, column: string, term: string): string {
  if (term === 'in0') return 'false'
  if (term.startsWith('in')) return `${column} IN (${holes(Number(term.slice(2)))})`
  if (term === 'null') return `${column} IS NULL`
  if (term === 'some') return `${column} IS NOT NULL`
  if (term === 'prefix') return `(${column} >= ? AND ${column} < ?)`
  if (term === 'from') return `${column} >= ?`
  if (term === 'contains') return `${find}(${column}, ?) > 0`
  return `${column} ${term} ?`
}

function aliveText(table: AnyTable): string {
  const end = `${quote(table.name)}.${quote(table.expires!)}`
  return table.columns[table.expires!]!.nullable ? `(${end} IS NULL OR ${end} > ?)` : `${end} > ?`
}

/** The values of a shape, then the time where the table expires. */
export function conditionValues(table: AnyTable, values: Stored[], now: number): Stored[] {
  if (table.expires !== undefined) values.push(now)
  return values
}

export const quote = (name: string) => `"${name}"`
export const quoteAll = (names: readonly string[]) => names.map(quote).join(', ')
export const holes = (size: number) => Array(size).fill('?').join(', ')

/** Compares columns together, as one value, with `comparedValues`. */
export function comparedText(
  flavour: Flavour,
  columns: readonly string[],
  operator: '<' | '<=' | '>',
): string {
  if (flavour.rowValues) return `(${quoteAll(columns)}) ${operator} (${holes(columns.length)})`
  const [first, ...rest] = columns
  const at = quote(first!)
  if (rest.length === 0) return `${at} ${operator} ?`
  return `(${at} ${operator[0]} ? OR (${at} = ? AND ${comparedText(flavour, rest, operator)}))`
}

export const comparedValues = ({ rowValues }: Flavour, values: readonly Stored[]): readonly Stored[] =>
  rowValues ? values : values.flatMap((value, i) => (i < values.length - 1 ? [value, value] : [value]))

export function selectText(flavour: Flavour, table: AnyTable, shape: string, tail = ''): string {
  return `SELECT ${quoteAll(columnsOf(table))} FROM ${quote(table.name)} WHERE ${conditionText(flavour, table, shape)}${tail}`
}

/** ORDER BY, LIMIT and OFFSET; with a cursor, the comparison with its row stands before them. */
export function listText(flavour: Flavour, table: AnyTable, shape: string, listing: Listing): string {
  const { order, descending, after } = listing
  const beyond = after && ` AND ${comparedText(flavour, order, descending ? '<' : '>')}`
  const by = order.map((name) => `${quote(name)} ${descending ? 'DESC' : 'ASC'}`).join(', ')
  const { limit } = flavour
  return selectText(flavour, table, shape, `${beyond ?? ''} ORDER BY ${by} LIMIT ${limit} OFFSET ${limit}`)
}

export function countText(flavour: Flavour, table: AnyTable, shape: string): string {
  const matching = `SELECT 1 FROM ${quote(table.name)} WHERE ${conditionText(flavour, table, shape)} LIMIT ${flavour.limit}`
  return `SELECT count(*) FROM (${matching}) AS matching`
}

export function insertText(table: AnyTable, rows = 1): string {
  const columns = columnsOf(table)
  const values = Array(rows)
    .fill(`(${holes(columns.length)})`)
    .join(', ')
  return `INSERT INTO ${quote(table.name)} (${quoteAll(columns)}) VALUES ${values}`
}

/**
 * Its values are the row and then the time, as often as it is asked for. With RETURNING it answers no row where one past
 * its end stands in the way.
 */
export function incrementText(flavour: Flavour, table: AnyTable, column: string): string {
  if (!flavour.returning) return `${insertText(table)} ON DUPLICATE KEY UPDATE ${anewText(table, column)}`
  const [at, name] = [quote(column), quote(table.name)]
  const living = table.expires === undefined ? '' : ` WHERE ${aliveText(table)}`
  return `${insertText(table)} ON CONFLICT (${quoteAll(table.key)}) DO UPDATE SET ${at} = ${name}.${at} + excluded.${at}${living} RETURNING ${at}`
}

/**
 * Counts on in a living row and makes a new one of a row past its end. The assignments are done from left to right, so the
 * end comes last. Any unique set can be what the row that stands there shares: where it is not the key, null is refused.
 */
function anewText(table: AnyTable, column: string): string {
  const given = (name: string) => `VALUES(${quote(name)})`
  const { expires } = table
  const anew = (name: string, otherwise: string) =>
    expires === undefined ? otherwise : `IF(${quote(expires)} <= ?, ${given(name)}, ${otherwise})`
  const at = quote(column)
  // The last insert id has no sign.
  const sum = `CAST(LAST_INSERT_ID(${anew(column, `${at} + ${given(column)}`)}) AS SIGNED)`
  const same = table.key.map((name) => `${quote(name)} = ${given(name)}`).join(' AND ')
  const counted = `${at} = ${table.unique.length === 0 ? sum : `IF(${same}, ${sum}, NULL)`}`
  const rest = columnsOf(table).filter(
    (name) => name !== column && name !== expires && !table.key.includes(name),
  )
  const others = expires === undefined ? [] : [...rest, expires]
  return [counted, ...others.map((name) => `${quote(name)} = ${anew(name, quote(name))}`)].join(', ')
}

export function updateText(flavour: Flavour, table: AnyTable, set: string, shape: string): string {
  const changes = terms(set).map(([column, term]) => {
    const at = quote(column)
    return term === '+' ? `${at} = ${at} + ?` : `${at} = ?`
  })
  return `UPDATE ${quote(table.name)} SET ${changes.join(', ')} WHERE ${conditionText(flavour, table, shape)}`
}

export function removeText(flavour: Flavour, table: AnyTable, shape: string, limited: boolean): string {
  if (limited && flavour.some !== 'limit') return removeSomeText(flavour, table, shape, flavour.limit)
  const limit = limited ? ` LIMIT ${flavour.limit}` : ''
  return `DELETE FROM ${quote(table.name)} WHERE ${conditionText(flavour, table, shape)}${limit}`
}

export function takeText(flavour: Flavour, table: AnyTable, shape: string): string {
  if (!flavour.returning) return selectText(flavour, table, shape, ' LIMIT 1 FOR UPDATE')
  const exact = terms(shape)
  const single = table.key.every((name) => exact.some(([column, term]) => column === name && term === '='))
  const removal = single
    ? removeText(flavour, table, shape, false)
    : removeSomeText(flavour, table, shape, '1')
  return `${removal} RETURNING ${columnsOf(table)
    .map((column) => `${quote(table.name)}.${quote(column)}`)
    .join(', ')}`
}

/**
 * Removes no more than a number of rows. With locks the choice is a materialized part of its own: as a plain subquery
 * it could run more than once and choose more.
 */
function removeSomeText(flavour: Flavour, table: AnyTable, shape: string, limit: string): string {
  const [name, key] = [quote(table.name), quoteAll(table.key)]
  const chosen = `SELECT ${key} FROM ${name} WHERE ${conditionText(flavour, table, shape)} LIMIT ${limit}`
  if (flavour.some === 'choice') return `DELETE FROM ${name} WHERE (${key}) IN (${chosen})`
  const same = table.key.map((column) => `${name}.${quote(column)} = chosen.${quote(column)}`).join(' AND ')
  return `WITH chosen AS MATERIALIZED (${chosen} FOR UPDATE) DELETE FROM ${name} USING chosen WHERE ${same}`
}

/**
 * Removes the rows past their end that share a key or unique set with these columns' values: no verb sees them, but
 * an index of the database does. Undefined where none can be in the way. Its values are the time and `clearColumns`.
 */
export function clearText(table: AnyTable, given: readonly string[]): string | undefined {
  const sets = clearSets(table, given)
  if (sets.length === 0) return undefined
  const same = sets.map((columns) => `(${columns.map((name) => `${quote(name)} = ?`).join(' AND ')})`)
  return `DELETE FROM ${quote(table.name)} WHERE ${quote(table.expires!)} <= ? AND (${same.join(' OR ')})`
}

/** The columns whose values `clearText` takes, in order. */
export const clearColumns = (table: AnyTable, given: readonly string[]) => clearSets(table, given).flat()

function clearSets(table: AnyTable, given: readonly string[]): string[][] {
  if (table.expires === undefined) return []
  const sets = [table.key, ...table.unique].map((columns) => columns.filter((name) => given.includes(name)))
  return sets.filter((columns) => columns.length > 0)
}
