// Collects writes into batches: those of one turn of the event loop, and all that come while the writer is busy,
// commit together. At most one batch is on its way. Knows no table: statements in, answers out.
import { StoreUnavailable } from '../../store.js'
import type { Stored } from '../../values.js'
import type { Statement, Step } from '../sql/statement.js'
import { type Answer, type Batch, type Cell, type Outcome, type Refusal, toCell } from './messages.js'

/** Turns an answer into what the caller gets; it may throw. */
type Convert<T> = (answer: Exclude<Answer, Refusal>) => T

export interface Queue {
  /** One statement; a broken constraint is thrown as `toError` makes it. Throws StoreUnavailable. */
  write<T>(statement: Statement, values: readonly Stored[], convert: Convert<T>): Promise<T>
  /** All of the steps or none; false where an expectation was not met. */
  together(steps: readonly Step[]): Promise<boolean>
  /** Takes no more writes and resolves when those taken are answered. */
  drain(): Promise<void>
}

interface Act {
  readonly statements: readonly Statement[]
  settle(answer: Answer): void
  reject(error: unknown): void
}

interface State {
  acts: Act[]
  cells: Cell[]
  /** When the oldest act came, for the time that a foreign writer is waited for. */
  since: number
  busy: boolean
  closed: boolean
  drained: (() => void) | undefined
}

interface Options {
  send(batch: Batch): Promise<Outcome>
  /** The numbers of the statements that the receiver has been told; emptied by whoever starts it anew. */
  readonly told: Set<number>
  /** How long a foreign writer is waited for, in milliseconds. */
  readonly wait: number
  toError(refusal: Refusal): Error
}

export function createQueue(options: Options): Queue {
  const state: State = { acts: [], cells: [], since: 0, busy: false, closed: false, drained: undefined }
  return {
    write: (statement, values, convert) =>
      enqueue(options, state, [statement], convert, (cells) => {
        cells.push(statement.number)
        for (const value of values) cells.push(toCell(value))
      }),
    together: (steps) =>
      enqueue(
        options,
        state,
        steps.map(({ statement }) => statement),
        (answer) => answer as boolean,
        (cells) => {
          cells.push(-steps.length)
          for (const { statement, values, expect = -1 } of steps)
            cells.push(expect, statement.number, ...values.map(toCell))
        },
      ),
    drain: () => {
      state.closed = true
      if (!state.busy) return Promise.resolve()
      return new Promise((resolve) => {
        state.drained = resolve
      })
    },
  }
}

function enqueue<T>(
  options: Options,
  state: State,
  statements: readonly Statement[],
  convert: Convert<T>,
  fill: (cells: Cell[]) => void,
): Promise<T> {
  if (state.closed) return Promise.reject(new StoreUnavailable('it is closed'))
  return new Promise((resolve, reject) => {
    fill(state.cells)
    const settle = (answer: Answer) => {
      if (typeof answer === 'object' && answer !== null && 'refused' in answer)
        return reject(options.toError(answer))
      try {
        resolve(convert(answer as Exclude<Answer, Refusal>))
      } catch (error) {
        reject(error)
      }
    }
    if (state.acts.push({ statements, settle, reject }) > 1) return
    state.since = performance.now()
    if (state.busy) return
    state.busy = true
    setImmediate(flush, options, state)
  })
}

/** Sends what is there, again and again until nothing is. */
async function flush(options: Options, state: State): Promise<void> {
  while (state.acts.length > 0) {
    const { acts, cells, since } = state
    state.acts = []
    state.cells = []
    const wait = Math.max(0, options.wait - (performance.now() - since))
    const statements = untold(options.told, acts)
    try {
      settle(acts, await options.send({ statements, cells, acts: acts.length, wait }))
    } catch (error) {
      for (const act of acts) act.reject(error)
    }
  }
  state.busy = false
  state.drained?.()
}

function untold(told: Set<number>, acts: readonly Act[]): Statement[] {
  const fresh: Statement[] = []
  for (const { statements } of acts)
    for (const statement of statements)
      if (!told.has(statement.number)) {
        told.add(statement.number)
        fresh.push(statement)
      }
  return fresh
}

function settle(acts: readonly Act[], outcome: Outcome): void {
  if ('answers' in outcome) for (let i = 0; i < acts.length; i++) acts[i]!.settle(outcome.answers[i]!)
  else for (const act of acts) act.reject(new StoreUnavailable(outcome.failed))
}
