// Taking a database file for oneself, so that it can be changed for another one under the same name.
import { existsSync } from 'node:fs'
import { StoreUnavailable } from '../../store.js'
import { type Database, isBusy, loadDriver } from './driver.js'

export interface Alone {
  release(): void
}

/**
 * Takes the file so that nobody else can open it, with everything in the file itself and nothing beside it. A file that
 * is too broken for that is nobody's either, and left as it is. Throws StoreUnavailable where somebody has it open.
 */
export async function takeAlone(path: string): Promise<Alone> {
  if (!existsSync(path)) return { release: () => {} }
  const { DatabaseSync } = await loadDriver()
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    // What has the log open keeps the mode from changing; afterwards the log is gone, and the lock is ours.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
    return { release: () => letGo(db) }
  } catch (error) {
    db.close()
    if (isBusy(error)) throw new StoreUnavailable('a server or another command has it open', { cause: error })
    return { release: () => {} }
  }
}

function letGo(db: Database): void {
  if (db.isTransaction) db.exec('ROLLBACK')
  db.close()
}
