// Runs batches of writes on the writing connection: one transaction a batch, answers only after its commit. It runs
// in the writer thread, and in the main one for `:memory:`. It knows no table and no verb, only statements.
import type { Stored } from '../../values.js'
import type { Part, Statement } from '../sql/statement.js'
import {
  codeOf,
  type Database,
  isOfStatement,
  isUnique,
  type Prepared,
  prepareRows,
  sqlite,
} from './driver.js'
import { type Answer, type Batch, fromCell, type Refusal, toCell } from './messages.js'

interface Reader {
  readonly cells: Batch['cells']
  at: number
}

interface Known {
  readonly statement: Statement
  /** Prepared at the first use, so that a statement that does not fit the schema fails its own act only. */
  prepared?: Prepared
}

interface Connection {
  readonly db: Database
  readonly known: ReadonlyMap<number, Known>
  control(sql: string): void
}

/** Makes the function that applies batches. It throws what ends a whole batch, and nothing of the batch is kept then. */
export function createApply(db: Database): (batch: Batch) => Answer[] {
  const known = new Map<number, Known>()
  const control = (sql: string) => prepareRows(db, sql).run()
  const connection = { db, known, control }
  return (batch) => {
    for (const statement of batch.statements) known.set(statement.number, { statement })
    control('BEGIN IMMEDIATE')
    try {
      const reader = { cells: batch.cells, at: 0 }
      const answers: Answer[] = []
      for (let i = 0; i < batch.acts; i++) answers.push(act(connection, reader))
      control('COMMIT')
      return answers
    } catch (error) {
      if (db.isTransaction) control('ROLLBACK')
      throw error
    }
  }
}

// A statement that breaks a constraint undoes itself, so an act of one statement needs no savepoint. What its clearing
// part removed was past its end anyway.
function act(connection: Connection, reader: Reader): Answer {
  const first = reader.cells[reader.at] as number
  if (first < 0) return several(connection, reader, -first)
  try {
    return run(connection, reader)
  } catch (error) {
    return refusal(connection, error)
  }
}

function several(connection: Connection, reader: Reader, count: number): Answer {
  reader.at++
  connection.control('SAVEPOINT act')
  let answer: Answer = true
  for (let i = 0; i < count; i++) {
    const expected = reader.cells[reader.at++] as number
    if (answer !== true) skip(connection, reader)
    else answer = step(connection, reader, expected)
  }
  if (answer !== true) connection.control('ROLLBACK TO act')
  connection.control('RELEASE act')
  return answer
}

function step(connection: Connection, reader: Reader, expected: number): boolean | Refusal {
  try {
    const matched = run(connection, reader)
    return expected === -1 || expected === matched
  } catch (error) {
    return refusal(connection, error)
  }
}

/** Says what one act did wrong; passes on what breaks the whole batch. */
function refusal(connection: Connection, error: unknown): Refusal {
  if (!isOfStatement(error) || !connection.db.isTransaction) throw error
  return {
    refused: (error as Error).message,
    unique: codeOf(error) === sqlite.constraint && isUnique(error),
  }
}

function skip(connection: Connection, reader: Reader): void {
  const { statement } = connection.known.get(reader.cells[reader.at++] as number)!
  reader.at += sizeOf(statement)
}

const sizeOf = ({ main, clearing }: Statement) => main.size + (clearing?.size ?? 0)

/**
 * Runs one statement. Rows past their end are rare where something else is to stand, so that they are looked for only
 * where one was in the way: a key or unique set was taken, or no row was answered.
 */
function run(connection: Connection, reader: Reader): Answer {
  const known = connection.known.get(reader.cells[reader.at++] as number)!
  const { main, clearing } = known.statement
  const start = reader.at
  reader.at += sizeOf(known.statement)
  known.prepared ??= prepareRows(connection.db, main.text)
  const values = valuesAt(reader.cells, start, main)
  if (clearing === undefined) return execute(known, values)
  try {
    const answer = execute(known, values)
    if (answer !== null) return answer
  } catch (error) {
    if (!isUnique(error)) throw error
  }
  prepareRows(connection.db, clearing.text).run(...valuesAt(reader.cells, start + main.size, clearing))
  return execute(known, values)
}

function execute({ statement, prepared }: Known, values: readonly Stored[]): Answer {
  if (!statement.returns) return prepared!.run(...values).changes as number
  return prepared!.get(...values)?.map(toCell) ?? null
}

function valuesAt(cells: Batch['cells'], start: number, { size }: Part): Stored[] {
  const values = new Array<Stored>(size)
  for (let i = 0; i < size; i++) values[i] = fromCell(cells[start + i]!)
  return values
}
