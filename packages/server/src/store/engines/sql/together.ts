// Rows that one act puts into one table travel as one statement: a server at the end of a network answers each statement by
// itself, and the audit log alone writes a hundred rows at once.
import { once } from '../../once.js'
import { insertText } from './print.js'
import { createStatement, type Statement, type Step } from './statement.js'

/** The most rows of a statement; values are counted in sixteen bits. */
const most = 64

const many = new WeakMap<Statement, Map<number, Statement>>()

/** The same steps, with rows that follow each other into one table as few statements. */
export function together(steps: readonly Step[]): Step[] {
  const gathered: Step[] = []
  for (let at = 0; at < steps.length; ) {
    const size = chunkOf(steps, at)
    gathered.push(size === 1 ? steps[at]! : asOne(steps.slice(at, at + size)))
    at += size
  }
  return gathered
}

/** How many of the steps from here on can be one: a power of two, so that few statements serve any number. */
function chunkOf(steps: readonly Step[], from: number): number {
  const { statement } = steps[from]!
  if (!isPlainInsert(statement)) return 1
  let size = 1
  while (size < most && steps.slice(from + size, from + 2 * size).filter(isOf(statement)).length === size)
    size *= 2
  return size
}

const isOf = (statement: Statement) => (step: Step) => step.statement === statement

/** Rows that no row past its end can stand in the way of. */
const isPlainInsert = ({ main, clearing, returns, table }: Statement) =>
  table !== undefined && clearing === undefined && !returns && main.text.startsWith('INSERT ')

function asOne(steps: readonly Step[]): Step {
  const { statement } = steps[0]!
  const sizes = once(many, statement, () => new Map<number, Statement>())
  const table = statement.table!
  const whole = once(sizes, steps.length, () =>
    createStatement({ text: insertText(table, steps.length), table }),
  )
  return { statement: whole, values: steps.flatMap(({ values }) => values), expect: undefined }
}
