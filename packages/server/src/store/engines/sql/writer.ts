// Has a database server do writes: one statement by itself, several as one transaction. What the server undid for the sake
// of another is tried again; what was lost on the way is not, since it may have been done.
import { once } from '../../once.js'
import { StoreUnavailable } from '../../store.js'
import type { Stored } from '../../values.js'
import { copied, type DatabaseServer, type Result, type Run, type Sql, transaction } from './server.js'
import type { Statement, Step } from './statement.js'
import { together } from './together.js'
import type { Writer } from './writes.js'

export function createWriter(server: DatabaseServer): Writer {
  const ways: Ways = { server, plain: createPlain(server), withRoom: createWithRoom(server) }
  const act = createAct(server)
  const one = (statement: Statement, values: readonly Stored[]) =>
    act(
      (run) => alone(ways, run, statement, values),
      (run) => afterRoom(ways, run, statement, values),
    )
  const change = async (statement: Statement, values: readonly Stored[]) =>
    (await one(statement, values)).matched
  const grouped = server.groups?.updates({
    ask: (sql, values) => repeated(server, (run) => run(sql, values)),
    alone: change,
  })
  const { admitted } = server.connections
  return {
    flavour: server.flavour,
    now: server.now,
    change: admitted((statement, values) =>
      grouped === undefined || statement.grouping === undefined
        ? change(statement, copied(values))
        : grouped(statement, statement.grouping, copied(values)),
    ),
    row: admitted(async (statement, values) => (await one(statement, copied(values))).rows[0]),
    together: admitted((given) => {
      const steps = together(given.map((step) => ({ ...step, values: copied(step.values) })))
      return act(
        (run) => all(ways, run, steps, ways.plain),
        (run) => all(ways, run, steps, ways.withRoom),
      )
    }),
  }
}

/** One act: tried once, and where something may stand in its way that no verb sees, once more with room made. */
function createAct(server: DatabaseServer) {
  return async <T>(first: (run: Run) => Promise<T | Blocked>, second: (run: Run) => Promise<T | Blocked>) => {
    try {
      const answer = await repeated(server, first)
      return isBlocked(answer) ? await cleared(server, second) : answer
    } catch (error) {
      throw server.isUnique(error) ? await server.violation(error) : server.toStoreError(error)
    }
  }
}

/** A row past its end may stand in the way: another try that makes room first is due. */
const blocked = Symbol('blocked')
type Blocked = typeof blocked
const isBlocked = (answer: unknown): answer is Blocked => answer === blocked

type Execute = (run: Run, statement: Statement, values: readonly Stored[]) => Promise<Result>

interface Ways {
  readonly server: DatabaseServer
  /** The main part of a statement alone. */
  readonly plain: Execute
  /** The same, after rows past their end were put out of its way. */
  readonly withRoom: Execute
}

const createPlain =
  ({ execute }: DatabaseServer): Execute =>
  (run, statement, values) =>
    execute(run, statement, values.slice(0, statement.main.size))

function createWithRoom(server: DatabaseServer): Execute {
  const plain = createPlain(server)
  const clearings = new WeakMap<Statement, Sql>()
  return async (run, statement, values) => {
    const { clearing, main, number } = statement
    if (clearing) {
      const sql = once(clearings, statement, () => server.sql(clearing.text, `c${number}`))
      await run(sql, values.slice(main.size))
    }
    return plain(run, statement, values)
  }
}

/** Rows past their end are rare where something else is to stand, so the first try looks for none. */
async function alone(
  { server, plain }: Ways,
  run: Run,
  statement: Statement,
  values: readonly Stored[],
): Promise<Result | Blocked> {
  try {
    const result = await plain(run, statement, values)
    const nothing = statement.returns && result.rows.length === 0
    return nothing && statement.clearing !== undefined ? blocked : result
  } catch (error) {
    if (server.isUnique(error) && statement.clearing !== undefined) return blocked
    throw error
  }
}

/** The statement with room made for it, as one transaction. An increment can find another's row past its end again. */
async function afterRoom(
  { withRoom }: Ways,
  run: Run,
  statement: Statement,
  values: readonly Stored[],
): Promise<Result | Blocked> {
  const result = await transaction(run, (inside) => withRoom(inside, statement, values))
  return statement.returns && statement.clearing !== undefined && result.rows.length === 0 ? blocked : result
}

async function all(
  { server, plain }: Ways,
  run: Run,
  steps: readonly Step[],
  execute: Execute,
): Promise<boolean | Blocked> {
  try {
    return await transaction(run, (inside) => each(inside, steps, execute), Boolean)
  } catch (error) {
    if (execute !== plain || !server.isUnique(error)) throw error
    const table = server.tableOf?.(error)
    if (steps.some((step) => mayMakeRoom(step, table))) return blocked
    throw error
  }
}

/** Whether what stands in the way can be a row past its end: only tables that expire have a clearing. */
const mayMakeRoom = ({ statement: { clearing, table: own } }: Step, table: string | undefined) =>
  clearing !== undefined && (table === undefined || own?.name === table)

async function each(run: Run, steps: readonly Step[], execute: Execute): Promise<boolean> {
  for (const { statement, values, expect } of steps) {
    const { matched } = await execute(run, statement, values)
    if (expect !== undefined && expect !== matched) return false
  }
  return true
}

/** Runs steps inside a transaction that is open; answers false where an expectation was not met. */
export function createSteps(server: DatabaseServer): (run: Run, steps: readonly Step[]) => Promise<boolean> {
  const withRoom = createWithRoom(server)
  return (run, steps) => each(run, steps, withRoom)
}

/** How often an act is tried that others undo. A deadlock takes its server a second to see. */
const tries = 5

/** Runs an act on a connection, again where the server undid it. */
async function repeated<T>(
  { connections, isUndone }: DatabaseServer,
  body: (run: Run) => Promise<T>,
): Promise<T> {
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
async function cleared<T>(server: DatabaseServer, body: (run: Run) => Promise<T | Blocked>): Promise<T> {
  const answer = await repeated(server, body)
  if (isBlocked(answer)) throw new StoreUnavailable('a row past its end stayed in the way')
  return answer
}
