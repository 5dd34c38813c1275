// What the threads of the engine say to each other. A batch is one flat list of cells, because structured clone is
// fast on texts and numbers and slow on objects and small buffers; a statement's text is sent once, then its number.
import { type Stored, toBuffer } from '../../values.js'
import type { Statement } from '../sql/statement.js'

/** A value on its way: bytes are NUL and then their Latin-1 text. No text of a row holds NUL, so nothing is confused. */
export type Cell = string | number | null

/**
 * Writes that commit together. `cells` holds one act after another: a statement's number and its values; or, for
 * several writes that are one act, minus their count and then for each its expected count (-1: any), number, values.
 */
export interface Batch {
  readonly statements: readonly Statement[]
  readonly cells: readonly Cell[]
  readonly acts: number
  /** How long a foreign writer is waited for, in milliseconds. */
  readonly wait: number
}

/** Why one act of a batch failed while the others did not. */
export interface Refusal {
  readonly refused: string
  readonly unique: boolean
}

/** Rows matched; whether several writes were done; a row, or null where there is none. */
export type Answer = number | boolean | readonly Cell[] | null | Refusal

/** The answers in the order of the acts; or why nothing of the batch was kept. */
export type Outcome = { readonly answers: readonly Answer[] } | { readonly failed: string }

/** A question to the reading thread. */
export interface Question {
  readonly sql: string
  readonly cells: readonly Cell[]
}

export type Reply =
  | { readonly rows: readonly (readonly Cell[])[] }
  | { readonly failed: string; code: number }

export const toCell = (value: Stored): Cell =>
  value instanceof Uint8Array ? `\0${toBuffer(value).toString('latin1')}` : value

export const fromCell = (cell: Cell): Stored =>
  typeof cell === 'string' && cell.charCodeAt(0) === 0 ? Buffer.from(cell.slice(1), 'latin1') : cell
