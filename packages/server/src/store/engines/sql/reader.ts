// Asks a database server what the verbs that read want to know.
import type { Stored } from '../../values.js'
import type { Question, Reader } from './reads.js'
import { copied, type DatabaseServer, type Run, type Sql } from './server.js'

let questions = 0

export function createReader(server: DatabaseServer): Reader<Sql> {
  const { connections, flavour, now } = server
  const rows = async (sql: Sql, values: readonly Stored[]) => {
    const read = (run: Run) => run(sql, values)
    try {
      // A server that started anew broke the connections that lay idle. Reading twice harms nobody.
      const answer = connections.use(read).catch((error) => {
        if (server.isBroken(error)) return connections.use(read)
        throw error
      })
      return (await answer).rows
    } catch (error) {
      throw server.toStoreError(error)
    }
  }
  return {
    flavour,
    now,
    rows: (question: Question<Sql>, values: readonly Stored[]) => {
      question.kept ??= server.sql(question.text, `r${++questions}`)
      return rows(question.kept, copied(values))
    },
  }
}
