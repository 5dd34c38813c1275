// Questions for the row of one key that wait for a connection: whoever asks the same meanwhile is answered with it. Once it
// is on its way nobody joins it, since it may not see what was written since.
import { once } from '../../once.js'
import type { Stored } from '../../values.js'
import type { Grouping } from './grouping.js'
import type { Question } from './reads.js'
import { copied, type Sql } from './server.js'

type Values = readonly Stored[]
/** Asks with what `values` answers, which is called when there is a connection. */
type AskLate = (question: Question<Sql>, values: () => Values) => Promise<Stored[][]>

interface Waiting {
  /** Those of whoever came last: the time of a table that expires is among them. */
  values: Values
  readonly answer: Promise<Stored[][]>
}

/** The same as `ask`, with less to ask. */
export function createJoining(
  ask: AskLate,
): (question: Question<Sql>, grouping: Grouping, values: Values) => Promise<Stored[][]> {
  const kinds = new WeakMap<Question<Sql>, Map<string, Waiting>>()
  return async (question, grouping, values) => {
    const waiting = once(kinds, question, () => new Map<string, Waiting>())
    const key = keyOf(grouping, values)
    const before = waiting.get(key)
    if (before !== undefined) {
      before.values = values
      return (await before.answer).map(copied)
    }
    const leave = () => {
      if (waiting.get(key) === mine) waiting.delete(key)
    }
    const late = () => {
      leave()
      return mine.values
    }
    const mine: Waiting = { values, answer: Promise.resolve().then(() => ask(question, late)) }
    waiting.set(key, mine)
    return mine.answer.finally(leave)
  }
}

/** The key of the row, told apart from every other. */
function keyOf({ key }: Grouping, values: Values): string {
  const told = (value: Stored) => (value instanceof Uint8Array ? [Buffer.from(value).toString('hex')] : value)
  return JSON.stringify(key.map((place) => told(values[place]!)))
}
