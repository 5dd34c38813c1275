// The reader thread: answers what may look at many rows (searches, counts without an index), so that the event loop
// goes on meanwhile. Its connection only reads.

import { workerData } from 'node:worker_threads'
import { codeOf, type Database, loadDriver, openReading, prepareRows, waitForLock } from './driver.js'
import { fromCell, type Question, type Reply, toCell } from './messages.js'
import { serve } from './serve.js'

const { path, wait } = workerData as { path: string; wait: number }
const driver = await loadDriver()
let db: Database | undefined

async function reply({ sql, cells }: Question): Promise<Reply> {
  try {
    const rows = await waitForLock(wait, () => {
      db ??= openReading(driver, path)
      return prepareRows(db, sql).all(...cells.map(fromCell))
    })
    return { rows: rows.map((row) => row.map(toCell)) }
  } catch (error) {
    return { failed: (error as Error).message, code: codeOf(error) }
  }
}

serve(reply, () => db?.close())
