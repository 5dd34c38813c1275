// The writer thread: owns the writing connection, so that waiting for the disk never stops the event loop. It takes
// one batch at a time and answers after the commit.
import { workerData } from 'node:worker_threads'
import { createApply } from './apply.js'
import { closeWriting, type Database, isBusy, loadDriver, openWriting, waitForLock } from './driver.js'
import type { Batch, Outcome } from './messages.js'
import { serve } from './serve.js'

const { path } = workerData as { path: string }
const driver = await loadDriver()
let open: { db: Database; apply: ReturnType<typeof createApply> } | undefined

function connection() {
  if (!open) {
    const db = openWriting(driver, path)
    open = { db, apply: createApply(db) }
  }
  return open
}

async function outcome(batch: Batch): Promise<Outcome> {
  try {
    return { answers: await waitForLock(batch.wait, () => connection().apply(batch)) }
  } catch (error) {
    if (isBusy(error)) return { failed: `another process held the database for ${Math.round(batch.wait)} ms` }
    return { failed: (error as Error).message }
  }
}

serve(outcome, () => open && closeWriting(open.db))
