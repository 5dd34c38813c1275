// Calls of one shape that come together, run as one statement: guarded updates and reads by key. What cannot be decided
// for all of them at once is tried for each alone, so that nobody pays for the value, or the lock, of another.
import { once } from '../../once.js'
import type { Stored } from '../../values.js'
import type { Grouping } from '../sql/grouping.js'
import type { Question } from '../sql/reads.js'
import type { Result, Sql } from '../sql/server.js'
import type { Statement } from '../sql/statement.js'
import { isLocked, isOfStatement } from './errors.js'
import { type Call, createGather } from './gather.js'
import { arraysOf, groupedSelect, groupedUpdate, lockPatience } from './grouped.js'

type Values = readonly Stored[]
/** Runs SQL; throws what the driver throws. */
type Ask = (sql: Sql, values: Values) => Promise<Result>
type Add<O> = (values: Values, key?: string) => Promise<O>

/** Batches on their way of one shape, and the most calls of one. */
const carriers = 2
const most = 128

interface Kind<O> {
  readonly sql: Sql
  readonly grouping: Grouping
  /** Asks for all. */
  readonly ask: Ask
  /** What each caller gets of the answer, in their order. */
  answers(result: Result, count: number): readonly O[]
  /** The call without any others; throws what its caller shall see. */
  alone(values: Values): Promise<O>
  /** What callers see of an error that is about all of them. */
  toError(error: unknown): Error
}

function gathered<O>(kind: Kind<O>, { patience, beside }: Options): Add<O> {
  return createGather<Values, O>({
    carriers,
    most,
    patience,
    beside,
    run: (calls) => run(kind, calls),
    alone: (call) => runAlone(kind, call),
  })
}

async function run<O>(kind: Kind<O>, given: readonly Call<Values, O>[]): Promise<void> {
  if (given.length === 1) return withinPatience(runAlone(kind, given[0]!))
  // In one order everywhere, so that the batches of two servers do not lock each other out.
  const calls = given[0]!.key === undefined ? given : given.toSorted((a, b) => (a.key! < b.key! ? -1 : 1))
  const values = arraysOf(
    kind.grouping,
    calls.map(({ item }) => item),
  )
  try {
    const answers = kind.answers(await kind.ask(kind.sql, values), calls.length)
    for (let i = 0; i < calls.length; i++) calls[i]!.resolve(answers[i]!)
  } catch (error) {
    // Not waited for: one of them may be after a lock, and batches behind this one have nothing to do with it.
    if (isOfStatement(error) || isLocked(error)) for (const call of calls) void runAlone(kind, call)
    else for (const { reject } of calls) reject(kind.toError(error))
  }
}

const runAlone = <O>(kind: Kind<O>, { item, resolve, reject }: Call<Values, O>) =>
  kind.alone(item).then(resolve, reject)

/** Resolves with the work, or when a batch would have given up a lock: what others hold shall not stop the batches. */
function withinPatience(work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, lockPatience)
    void work.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

export interface GroupLimits {
  /** How long a call waits for its batch, in milliseconds. */
  readonly patience: number
  /** How many calls may run beside the batches. */
  readonly beside: number
}

interface Options extends GroupLimits {
  readonly ask: Ask
  toError(error: unknown): Error
}

/** Updates of statements with a grouping: how many rows matched, 0 or 1. */
export function createGroupedUpdates(
  options: Options & { alone(statement: Statement, values: Values): Promise<number> },
): (statement: Statement, grouping: Grouping, values: Values) => Promise<number> {
  const kinds = new WeakMap<Statement, Add<number>>()
  const make = (statement: Statement, grouping: Grouping) =>
    gathered<number>(
      {
        ...options,
        sql: { name: `g${statement.number}`, text: groupedUpdate(statement.main.text, grouping) },
        grouping,
        answers: matchedOf,
        alone: (values) => options.alone(statement, values),
      },
      options,
    )
  return (statement, grouping, values) => {
    const key = grouping.key.map((place) => String(values[place])).join('\0')
    return once(kinds, statement, () => make(statement, grouping))(values, key)
  }
}

function matchedOf({ rows }: Result, count: number): number[] {
  const matched = new Array<number>(count).fill(0)
  for (const [place] of rows) matched[(place as number) - 1] = 1
  return matched
}

let asked = 0

/** Rows of questions with a grouping. */
export function createGroupedReads(
  options: Options & { alone(question: Question<Sql>, values: Values): Promise<Stored[][]> },
): (question: Question<Sql>, grouping: Grouping, values: Values) => Promise<Stored[][]> {
  const kinds = new WeakMap<Question<Sql>, Add<Stored[][]>>()
  const make = (question: Question<Sql>, grouping: Grouping) =>
    gathered<Stored[][]>(
      {
        ...options,
        sql: { name: `q${++asked}`, text: groupedSelect(question.text, grouping) },
        grouping,
        answers: rowsOf,
        alone: (values) => options.alone(question, values),
      },
      options,
    )
  return (question, grouping, values) => once(kinds, question, () => make(question, grouping))(values)
}

function rowsOf({ rows }: Result, count: number): Stored[][][] {
  const found: Stored[][][] = Array.from({ length: count }, () => [])
  for (const row of rows) found[(row.pop() as number) - 1]!.push(row)
  return found
}
