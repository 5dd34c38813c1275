// Asks a database server what the verbs that read want to know. Questions for the row of a key that come together are asked
// as one where the server has a way, and the same question is asked once for all who wait.
import type { Stored } from '../../values.js'
import { createJoining } from './joining.js'
import type { Question, Reader } from './reads.js'
import { copied, type DatabaseServer, type Result, type Run, type Sql } from './server.js'

let questions = 0

export function createReader(server: DatabaseServer): Reader<Sql> {
  const { connections, flavour, now } = server
  const ask = (sql: Sql, values: () => readonly Stored[]): Promise<Result> => {
    const read = (run: Run) => run(sql, values())
    return connections.use(read).catch((error) => {
      // A server that started anew broke the connections that lay idle. Reading twice harms nobody.
      if (server.isBroken(error)) return connections.use(read)
      throw error
    })
  }
  const askLate = async (question: Question<Sql>, values: () => readonly Stored[]) => {
    question.kept ??= server.sql(question.text, `r${++questions}`)
    try {
      return (await ask(question.kept, values)).rows
    } catch (error) {
      throw server.toStoreError(error)
    }
  }
  const alone = (question: Question<Sql>, values: readonly Stored[]) => askLate(question, () => values)
  const together =
    server.groups?.reads({ ask: (sql, values) => ask(sql, () => values), alone }) ?? createJoining(askLate)
  return {
    flavour,
    now,
    rows: connections.admitted((question: Question<Sql>, values: readonly Stored[]) =>
      question.grouping === undefined
        ? alone(question, copied(values))
        : together(question, question.grouping, copied(values)),
    ),
  }
}
