// A statement of SQL as the engines hand it on: its text, how many values it takes, and what makes room for it where
// rows past their end stand in its way.
import type { AnyTable } from '../../table.js'
import type { Stored } from '../../values.js'
import type { Grouping } from './grouping.js'

/** SQL and how many values it takes. */
export interface Part {
  readonly text: string
  readonly size: number
}

/** SQL that a connection prepares once. `number` names it. */
export interface Statement {
  readonly number: number
  readonly main: Part
  /** Makes room and lets the main part be tried again, where something stood in its way; its values come behind. */
  readonly clearing: Part | undefined
  /** Which values of the main part the clearing part takes again, behind the time. */
  readonly cleared: readonly number[]
  /** Whether the answer is the first row, rather than how many rows matched. */
  readonly returns: boolean
  /** For engines that cannot answer a changed row: whose row it is, and which of its columns counts. */
  readonly table: AnyTable | undefined
  readonly counts: string | undefined
  /** How it can be run for several callers at once, where it can. */
  readonly grouping: Grouping | undefined
}

/** What a statement is printed as, and what is known of it. */
export interface Printed {
  readonly text: string
  readonly clearing?: string | undefined
  readonly cleared?: readonly number[]
  readonly returns?: boolean
  readonly table?: AnyTable
  readonly counts?: string
  readonly grouping?: Grouping | undefined
}

let numbers = 0

/** A statement with a number of its own in this process. */
export function createStatement(printed: Printed): Statement {
  const { text, clearing, cleared = [], returns = false, table, counts, grouping } = printed
  const part = (sql: string): Part => ({ text: sql, size: sql.split('?').length - 1 })
  return {
    number: ++numbers,
    main: part(text),
    clearing: clearing === undefined ? undefined : part(clearing),
    cleared,
    returns,
    table,
    counts,
    grouping,
  }
}

/** One of several writes that are one act; `expect` is the number of rows it must match. */
export interface Step {
  readonly statement: Statement
  readonly values: readonly Stored[]
  readonly expect: number | undefined
}
