// What a connection is told before anything else, so that no setting of the server or the database changes an answer.
import { StoreUnavailable } from '../../store.js'
import type { Run } from '../sql/server.js'

export type ServerKind = 'MySQL' | 'MariaDB'

// Before, MySQL knew no expression as a default, which is what a new column of bytes needs.
const oldest: Record<ServerKind, string> = { MySQL: '8.0.13', MariaDB: '10.6.0' }

/** Which of the two it is. Throws StoreUnavailable where it is too old. */
export async function kindOf(run: Run): Promise<ServerKind> {
  // Some MariaDB say 5.5.5 first, for clients that know nothing newer.
  const version = String((await run({ text: 'SELECT VERSION()' })).rows[0]![0]).replace(/^5\.5\.5-/, '')
  const kind = /mariadb/i.test(version) ? 'MariaDB' : 'MySQL'
  const place = (text: string) => text.split(/[.-]/, 3).reduce((sum, part) => sum * 1000 + Number(part), 0)
  if (place(version) < place(oldest[kind]))
    throw new StoreUnavailable(`${kind} is older than ${oldest[kind]} (${version}): use a newer one`)
  return kind
}

/** How long an idle connection lives where its owner died without a word, in seconds; longer than any lies in a pool. */
const wait = 600

/** The statements of a new connection; `patience` in milliseconds is for each of those that follow. */
export function sessionSql(kind: ServerKind, patience: number): string[] {
  const seconds = Math.max(1, Math.ceil(patience / 1000))
  // MySQL knows a limit for questions alone; an act that waits for a lock ends by innodb_lock_wait_timeout on both.
  const limit =
    kind === 'MariaDB' ? `max_statement_time = ${patience / 1000}` : `max_execution_time = ${patience}`
  const settings = [
    "sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
    'autocommit = 1',
    "time_zone = '+00:00'",
    `innodb_lock_wait_timeout = ${seconds}`,
    `lock_wait_timeout = ${seconds}`,
    `wait_timeout = ${wait}`,
    limit,
  ]
  // What guards an update looks at the newest rows at this level, and locks no gaps between them.
  return [
    `SET SESSION ${settings.join(', SESSION ')}`,
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  ]
}
