// Rows for a database whose plans are looked at: of empty tables no planner says by which index it would go.
import { createHash } from 'node:crypto'
import { insertText } from '../store/engines/sql/print.js'
import type { Write } from '../store/store.js'
import type { AnyTable } from '../store/table.js'
import { type Stored, toStored } from '../store/values.js'
import type { Call } from './statements.js'

type Row = Readonly<Record<string, unknown>>
type Run = (text: string, values: readonly Stored[]) => Promise<unknown>

/** The most rows of a statement, whose values are counted in sixteen bits. */
const most = 500

/**
 * Fills each table that the calls put a row into with `count` rows like theirs, which differ in what no two rows may share,
 * in whom they belong to, and in their times. Answers the names of the tables.
 */
export async function seed(calls: readonly Call[], count: number, run: Run): Promise<string[]> {
  const samples = samplesOf(calls)
  for (const [table, rows] of samples) {
    // The last column of a set tells its rows apart; what stands before it is shared by many.
    const own = new Set([table.key, ...table.unique].map((columns) => columns.at(-1)!))
    const made = Array.from({ length: count }, (_, i) => valuesOf(table, own, rows[i % rows.length]!, i))
    for (let from = 0; from < count; from += most) {
      const some = made.slice(from, from + most)
      await run(insertText(table, some.length), some.flat())
    }
  }
  return [...samples.keys()].map(({ name }) => name)
}

/** The rows that the calls put somewhere, by table. */
function samplesOf(calls: readonly Call[]): Map<AnyTable, Row[]> {
  const samples = new Map<AnyTable, Row[]>()
  const note = (table: AnyTable, row: object) => {
    const rows = samples.get(table) ?? []
    samples.set(table, rows)
    rows.push(row as Row)
  }
  for (const { verb, given } of calls)
    if (verb === 'atomically') {
      for (const step of given[0] as Write[]) if (step.verb === 'insert') note(step.table, step.row as object)
    } else if (verb === 'insert' || verb === 'increment') note(given[0] as AnyTable, given[1] as object)
  return samples
}

/** Smaller numbers are no times. */
const early = 1_000_000_000_000

function valuesOf(table: AnyTable, own: ReadonlySet<string>, row: Row, i: number): Stored[] {
  return Object.entries(table.columns).map(([name, { kind, size }]) => {
    const value = row[name]
    if (value === null || value === undefined) return null
    if (kind === 'integer') return (value as number) + (own.has(name) || (value as number) > early ? i : 0)
    if (kind === 'id') return hashOf(name, own.has(name) ? i : Math.floor(i / 3)).slice(0, size)
    if (!own.has(name)) return toStored(table, name, value)
    const hash = hashOf(name, i)
    return kind === 'bytes' ? Buffer.from(hash, 'hex').subarray(0, size) : hash.slice(0, size)
  })
}

const hashOf = (name: string, i: number) => createHash('sha256').update(`${name} ${i}`).digest('hex')
