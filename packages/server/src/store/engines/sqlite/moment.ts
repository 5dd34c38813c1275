// One read transaction for all reads of one turn of the event loop: beginning one takes locks on the file, which costs
// nearly as much as a look-up by key. A turn sees one state of the database, and never one from before something that
// this process has heard of: whoever hears of a commit lets the moment pass first.
import type { Database } from './driver.js'

export interface Moment {
  /** Begins the transaction, where none of this turn is open. */
  keep(): void
  /** Ends it, so that the next read sees what is committed by then. */
  pass(): void
}

export function createMoment(db: Database): Moment {
  const [begin, commit] = ['BEGIN', 'COMMIT'].map((sql) => db.prepare(sql))
  let kept = false
  const pass = () => {
    if (!kept) return
    kept = false
    // After some errors SQLite has ended it already.
    if (db.isTransaction) commit!.run()
  }
  const keep = () => {
    if (kept) return
    begin!.run()
    kept = true
    setImmediate(pass)
  }
  return { keep, pass }
}

/** For one connection that reads and writes: there is no other whose commits it could miss. */
export const noMoment: Moment = { keep: () => {}, pass: () => {} }
