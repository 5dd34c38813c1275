// Asks the questions of the verbs that read. Those for the row of a key that come together are asked as one.
import type { Stored } from '../../values.js'
import type { Question, Reader } from '../sql/reads.js'
import { type Connections, copied, type Result, type Run, type Sql } from './driver.js'
import { isBroken, toStoreError } from './errors.js'
import { flavour, numbered } from './flavour.js'
import { createGroupedReads, type GroupLimits } from './groups.js'

let questions = 0

export function createReader(connections: Connections, now: () => number, limits: GroupLimits): Reader<Sql> {
  const ask = (sql: Sql, values: readonly Stored[]): Promise<Result> => {
    const read = (run: Run) => run(sql, values)
    return connections.use(read).catch((error) => {
      // A server that started anew broke the connections that lay idle. Reading twice harms nobody.
      if (isBroken(error)) return connections.use(read)
      throw error
    })
  }
  const alone = async (question: Question<Sql>, values: readonly Stored[]) => {
    question.kept ??= { name: `r${++questions}`, text: numbered(question.text) }
    try {
      return (await ask(question.kept, values)).rows
    } catch (error) {
      throw toStoreError(error)
    }
  }
  const together = createGroupedReads({ ask, alone, ...limits, toError: toStoreError })
  return {
    flavour,
    now,
    rows: connections.admitted((question: Question<Sql>, values: readonly Stored[]) => {
      const { grouping } = question
      return grouping === undefined
        ? alone(question, copied(values))
        : together(question, grouping, copied(values))
    }),
  }
}
