// The reader and the writer of ../sql for PostgreSQL, where calls of one kind that come together share a statement.
import { StoreUnavailable } from '../../store.js'
import type { Stored } from '../../values.js'
import { createReader, readTwice } from '../sql/reader.js'
import type { Question, Reader } from '../sql/reads.js'
import { copied, type DatabaseServer, type Sql } from '../sql/server.js'
import { createWriter, repeated } from '../sql/writer.js'
import type { Writer } from '../sql/writes.js'
import { createGroupedReads, createGroupedUpdates, type GroupLimits } from './groups.js'

export interface Sharing {
  readonly reader: Reader<Sql>
  readonly writer: Writer
  /** Takes no more calls and resolves when those that were taken are answered. */
  close(): Promise<void>
}

export function createSharing(server: DatabaseServer, limits: GroupLimits): Sharing {
  const { admitted, close } = createEntrance()
  const { toStoreError } = server
  const [reader, writer] = [createReader(server), createWriter(server)]
  const reads = createGroupedReads({
    ...limits,
    ask: (sql, values) => readTwice(server, sql, values),
    alone: async (question, values) => (await reader.rows(question, values, 'key')) as Stored[][],
    toError: toStoreError,
  })
  const updates = createGroupedUpdates({
    ...limits,
    ask: (sql, values) => repeated(server, (run) => run(sql, values)),
    alone: writer.change,
    toError: toStoreError,
  })
  return {
    reader: {
      ...reader,
      rows: admitted((question: Question<Sql>, values: readonly Stored[], effort) => {
        const { grouping } = question
        return grouping === undefined
          ? reader.rows(question, values, effort)
          : reads(question, grouping, copied(values))
      }),
    },
    writer: {
      ...writer,
      change: admitted((statement, values) => {
        const { grouping } = statement
        return grouping === undefined
          ? writer.change(statement, values)
          : updates(statement, grouping, copied(values))
      }),
      row: admitted(writer.row),
      together: admitted(writer.together),
    },
    close,
  }
}

/** Verbs that pass it are waited for by `close`, and nobody passes it afterwards. */
function createEntrance() {
  const under = new Set<Promise<unknown>>()
  let closed = false
  const admitted =
    <A extends unknown[], T>(verb: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      if (closed) throw new StoreUnavailable('it is closed')
      const running = verb(...given)
      under.add(running)
      try {
        return await running
      } finally {
        under.delete(running)
      }
    }
  const close = async () => {
    closed = true
    await Promise.allSettled(under)
  }
  return { admitted, close }
}
