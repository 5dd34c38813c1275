// Asks a database server what the verbs that read want to know.
import type { Stored } from '../../values.js'
import type { Question, Reader } from './reads.js'
import { copied, type DatabaseServer, type Result, type Run, type Sql } from './server.js'

let questions = 0

/** Asks once more where the connection broke: a server that started anew broke those that lay idle. Reading twice harms nobody. */
export function readTwice(server: DatabaseServer, sql: Sql, values: readonly Stored[]): Promise<Result> {
  const { connections, isBroken } = server
  const read = (run: Run) => run(sql, values)
  return connections.use(read).catch((error) => {
    if (isBroken(error)) return connections.use(read)
    throw error
  })
}

export function createReader(server: DatabaseServer): Reader<Sql> {
  const { flavour, now } = server
  const rows = async (sql: Sql, values: readonly Stored[]) => {
    try {
      return (await readTwice(server, sql, values)).rows
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
