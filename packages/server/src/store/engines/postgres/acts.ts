// Runs writes: one statement by itself, several as one transaction. What the server undid for the sake of another is
// tried again; what was lost on the way is not, since it may have been done.
import { StoreUnavailable, UniqueViolation } from '../../store.js'
import type { Stored } from '../../values.js'
import { quote } from '../sql/print.js'
import type { Statement, Step } from '../sql/statement.js'
import type { Writer } from '../sql/writes.js'
import { type Connections, copied, type Result, type Run, type Sql } from './driver.js'
import { constraintOf, isUndone, isUnique, toStoreError } from './errors.js'
import { flavour, numbered } from './flavour.js'
import { createGroupedUpdates, type GroupLimits } from './groups.js'

type Acts = Pick<Writer, 'change' | 'row' | 'together'>

export function createWriter(connections: Connections, now: () => number, limits: GroupLimits): Writer {
  const { change, row, together } = createActs(connections, limits)
  const { admitted } = connections
  return { flavour, now, change: admitted(change), row: admitted(row), together: admitted(together) }
}

function createActs(connections: Connections, limits: GroupLimits): Acts {
  const act = createAct(connections)
  const one = (statement: Statement, values: readonly Stored[]) =>
    act(
      (run) => alone(run, statement, values),
      (run) => afterRoom(run, statement, values),
    )
  const change = async (statement: Statement, values: readonly Stored[]) =>
    (await one(statement, values)).matched
  const grouped = createGroupedUpdates({
    ask: (sql, values) => repeated(connections, (run) => run(sql, values)),
    alone: change,
    ...limits,
    toError: toStoreError,
  })
  return {
    change: (statement, values) =>
      statement.grouping === undefined
        ? change(statement, copied(values))
        : grouped(statement, statement.grouping, copied(values)),
    row: async (statement, values) => (await one(statement, copied(values))).rows[0],
    together: (given) => {
      const steps = given.map((step) => ({ ...step, values: copied(step.values) }))
      return act(
        (run) => all(run, steps, plain),
        (run) => all(run, steps, withRoom),
      )
    },
  }
}

/** One act: tried once, and where something may stand in its way that no verb sees, once more with room made. */
function createAct(connections: Connections) {
  const columns = new Map<string, readonly string[]>()
  return async <T>(first: (run: Run) => Promise<T | Blocked>, second: (run: Run) => Promise<T | Blocked>) => {
    try {
      const answer = await repeated(connections, first)
      return isBlocked(answer) ? await cleared(connections, second) : answer
    } catch (error) {
      throw isUnique(error) ? await violation(connections, columns, error) : toStoreError(error)
    }
  }
}

/** A row past its end may stand in the way: another try that makes room first is due. */
const blocked = Symbol('blocked')
type Blocked = typeof blocked
const isBlocked = (answer: unknown): answer is Blocked => answer === blocked

/** Rows past their end are rare where something else is to stand, so the first try looks for none. */
async function alone(run: Run, statement: Statement, values: readonly Stored[]): Promise<Result | Blocked> {
  try {
    const result = await plain(run, statement, values)
    const nothing = statement.returns && result.rows.length === 0
    return nothing && statement.clearing !== undefined ? blocked : result
  } catch (error) {
    if (isUnique(error) && statement.clearing !== undefined) return blocked
    throw error
  }
}

/** The statement with room made for it, as one transaction. An increment can find another's row past its end again. */
async function afterRoom(
  run: Run,
  statement: Statement,
  values: readonly Stored[],
): Promise<Result | Blocked> {
  const result = await transaction(
    run,
    (inside) => withRoom(inside, statement, values),
    () => true,
  )
  return statement.returns && statement.clearing !== undefined && result.rows.length === 0 ? blocked : result
}

type Execute = (run: Run, statement: Statement, values: readonly Stored[]) => Promise<Result>

async function all(run: Run, steps: readonly Step[], execute: Execute): Promise<boolean | Blocked> {
  try {
    return await transaction(run, (inside) => each(inside, steps, execute), Boolean)
  } catch (error) {
    if (execute === plain && isUnique(error) && steps.some((step) => mayMakeRoom(step, error))) return blocked
    throw error
  }
}

/** Whether what stands in the way can be a row past its end: only tables that expire have a clearing. */
function mayMakeRoom({ statement: { clearing } }: Step, error: unknown): boolean {
  const { table } = error as { table?: string }
  return clearing?.text.startsWith(`DELETE FROM ${quote(table ?? '')} `) === true
}

async function each(run: Run, steps: readonly Step[], execute: Execute): Promise<boolean> {
  for (const { statement, values, expect } of steps) {
    const { matched } = await execute(run, statement, values)
    if (expect !== undefined && expect !== matched) return false
  }
  return true
}

/** One transaction, committed where `keeps` likes the answer. Where it throws, nothing is kept. */
async function transaction<T>(
  run: Run,
  body: (run: Run) => Promise<T>,
  keeps: (answer: T) => boolean,
): Promise<T> {
  await run({ text: 'BEGIN' })
  let answer: T
  try {
    answer = await body(run)
  } catch (error) {
    // Where this fails too, its own error goes up, and the connection is thrown away.
    await run({ text: 'ROLLBACK' })
    throw error
  }
  await run({ text: keeps(answer) ? 'COMMIT' : 'ROLLBACK' })
  return answer
}

interface Printed {
  readonly main: Sql
  readonly clearing: Sql | undefined
}
const printed = new WeakMap<Statement, Printed>()

function print(statement: Statement): Printed {
  const known = printed.get(statement)
  if (known) return known
  const { number, main, clearing } = statement
  const made = {
    main: { name: `w${number}`, text: numbered(main.text) },
    clearing: clearing && { name: `c${number}`, text: numbered(clearing.text) },
  }
  printed.set(statement, made)
  return made
}

const plain: Execute = (run, statement, values) =>
  run(print(statement).main, values.slice(0, statement.main.size))

const withRoom: Execute = async (run, statement, values) => {
  const { clearing } = print(statement)
  if (clearing) await run(clearing, values.slice(statement.main.size))
  return plain(run, statement, values)
}

/** How often an act is tried that others undo. A deadlock takes its server a second to see. */
const tries = 5

/** Runs an act on a connection, again where the server undid it. */
async function repeated<T>(connections: Connections, body: (run: Run) => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await connections.use(body)
    } catch (error) {
      if (!isUndone(error)) throw error
      if (count === tries) throw new StoreUnavailable(`others were in the way ${tries} times`)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * count))
    }
  }
}

/** The second try, with room made. */
async function cleared<T>(connections: Connections, body: (run: Run) => Promise<T | Blocked>): Promise<T> {
  const answer = await repeated(connections, body)
  if (isBlocked(answer)) throw new StoreUnavailable('a row past its end stayed in the way')
  return answer
}

const ofIndex = `SELECT a.attname FROM pg_index i
  CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
  WHERE i.indexrelid = (SELECT c.oid FROM pg_class c
    WHERE c.relname = $1 AND c.relnamespace = quote_ident(current_schema())::regnamespace)
  ORDER BY k.place`

/** The server names the index alone; what columns it has is looked up once. */
async function violation(
  connections: Connections,
  known: Map<string, readonly string[]>,
  error: unknown,
): Promise<Error> {
  const { table = '' } = error as { table?: string }
  const name = constraintOf(error) ?? ''
  try {
    const columns =
      known.get(name) ??
      (await connections.use((run) => run({ text: ofIndex }, [name]))).rows.map(([column]) => String(column))
    known.set(name, columns)
    return new UniqueViolation(table, columns)
  } catch (failed) {
    return toStoreError(failed)
  }
}
