// The statements that a database is asked to run: what a server does with its store is listened to, and printed again as
// the SQL of any engine.
import type { Grouping } from '../store/engines/sql/grouping.js'
import type { Flavour } from '../store/engines/sql/print.js'
import { createReads } from '../store/engines/sql/reads.js'
import { createWrites } from '../store/engines/sql/writes.js'
import type { Store } from '../store/store.js'
import type { Stored } from '../store/values.js'

/** A call of a verb with its arguments. */
export interface Call {
  readonly verb: keyof Store
  readonly given: readonly unknown[]
}

/** SQL with a `?` for each value. */
export interface Asked {
  readonly text: string
  readonly values: readonly Stored[]
  /** How an engine can ask it for several callers at once, where it can. */
  readonly grouping?: Grouping | undefined
}

const verbs = [
  'insert',
  'get',
  'list',
  'count',
  'update',
  'increment',
  'take',
  'remove',
  'atomically',
] as const satisfies readonly (keyof Store)[]

/** Notes every call of this store from now on. */
export function listen(store: Store): Call[] {
  const calls: Call[] = []
  const open = store as unknown as Record<string, (...given: unknown[]) => unknown>
  for (const verb of verbs) {
    const act = open[verb]!
    open[verb] = (...given) => {
      calls.push({ verb, given })
      return act(...given)
    }
  }
  return calls
}

/** The statements that an engine of this flavour makes of the calls, each text once. */
export async function statementsOf(flavour: Flavour, calls: readonly Call[]): Promise<Asked[]> {
  const asked = new Map<string, Asked>()
  const note = (text: string, values: readonly Stored[], grouping?: Grouping) => {
    if (!asked.has(text)) asked.set(text, { text, values, grouping })
  }
  const now = () => Date.now()
  const printer = {
    ...createReads({
      flavour,
      now,
      rows: async ({ text, grouping }, values) => {
        note(text, values, grouping)
        return text.startsWith('SELECT count') ? [[0]] : []
      },
    }),
    ...createWrites({
      flavour,
      now,
      change: async ({ main, grouping }, values) => {
        note(main.text, values.slice(0, main.size), grouping)
        return 1
      },
      row: async ({ main, returns }, values) => {
        note(main.text, values.slice(0, main.size))
        return returns && main.text.startsWith('INSERT') ? [1] : undefined
      },
      together: async (steps) => {
        for (const { statement, values } of steps)
          note(statement.main.text, values.slice(0, statement.main.size))
        return true
      },
    }),
  } as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>
  for (const { verb, given } of calls) await printer[verb]!(...given)
  return [...asked.values()]
}
