// The reader thread: answers what may look at many rows (searches, counts without an index), so that the event loop
// goes on meanwhile. Its connection only reads.

import { workerData } from 'node:worker_threads'
import { once } from '../../once.js'
import {
  codeOf,
  type Database,
  loadDriver,
  openReading,
  type Prepared,
  prepareRows,
  waitForLock,
} from './driver.js'
import { fromCell, type Question, type Reply, toCell } from './messages.js'
import { serve } from './serve.js'

const { path, wait } = workerData as { path: string; wait: number }
const driver = await loadDriver()
let db: Database | undefined
const prepared = new Map<string, Prepared>()

function statementOf(sql: string): Prepared {
  db ??= openReading(driver, path)
  const opened = db
  return once(prepared, sql, () => prepareRows(opened, sql))
}

async function reply({ sql, cells }: Question): Promise<Reply> {
  try {
    const rows = await waitForLock(wait, () => statementOf(sql).all(...cells.map(fromCell)))
    return { rows: rows.map((row) => row.map(toCell)) }
  } catch (error) {
    return { failed: (error as Error).message, code: codeOf(error) }
  }
}

serve(reply, () => db?.close())
