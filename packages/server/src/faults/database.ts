// The server's database as a test sees it: what it holds, whether the file is whole, and a foreign hand that locks it.
import { type Database, loadDriver, openReading, prepareRows } from '../store/engines/sqlite/driver.js'

export interface SessionFacts {
  readonly id: string
  readonly userId: string
  readonly generation: number
  /** SHA-256 as hex. */
  readonly current: string
  /** SHA-256 as hex, null before the first refresh. */
  readonly previous: string | null
}

export interface UserFacts {
  readonly id: string
  readonly email: string
  readonly name: string | null
}

export interface Kept {
  /** `ok`, or what SQLite found wrong with the file. */
  readonly integrity: string
  readonly sessions: ReadonlyMap<string, SessionFacts>
  /** By email. */
  readonly users: ReadonlyMap<string, UserFacts>
}

/** Everything the database holds now, by a connection that only reads. */
export async function readDatabase(path: string): Promise<Kept> {
  const db = openReading(await loadDriver(), path)
  try {
    const rows = (sql: string) => prepareRows(db, sql).all()
    const chain = 'id, user_id, generation, lower(hex(current_hash)), lower(hex(previous_hash))'
    const sessions = rows(`SELECT ${chain}, previous_hash IS NULL FROM sessions`).map((row) => {
      const [id, userId, generation, current, previous, first] = row as [
        string,
        string,
        number,
        string,
        string,
        number,
      ]
      return [id, { id, userId, generation, current, previous: first ? null : previous }] as const
    })
    const users = rows('SELECT id, email, name FROM users').map((row) => {
      const [id, email, name] = row as [string, string, string | null]
      return [email, { id, email, name }] as const
    })
    const integrity = rows('PRAGMA integrity_check').flat().join('; ')
    return { integrity, sessions: new Map(sessions), users: new Map(users) }
  } finally {
    db.close()
  }
}

/** A connection of somebody else to the file, that may write. It waits for nobody. */
export async function openForeign(path: string): Promise<Database> {
  const driver = await loadDriver()
  return new driver.DatabaseSync(path, { timeout: 0 })
}
