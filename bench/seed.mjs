// People and sessions written straight into the database, as many as are wanted, in the form in which sign-up and
// log-in leave them. A share of the sessions gets refresh tokens that are known here.
import { createRequire } from 'node:module'

const server = new URL('../packages/server/', import.meta.url)
const require = createRequire(new URL('package.json', server))
const dist = (path) => import(new URL(`dist/${path}`, server).href)

/** Everybody's. */
export const password = 'a door behind the ivy'
export const identifierOf = (number) => `person${number}@example.test`

/** The SQLite driver that the server would take. */
export async function openDatabase(path) {
  const { loadDriver } = await dist('store/engines/sqlite/driver.js')
  const { DatabaseSync } = await loadDriver()
  return new DatabaseSync(path)
}

/** The argon2 library that the server uses. */
export const loadArgon2 = () => require('@node-rs/argon2')

// Ids are UUIDv7, as the server's: the moment, then the number.
const idSql = (base, kind) =>
  `printf('%08x-%04x-7${kind}-8000-%012x', (${base} + n) >> 16, (${base} + n) & 65535, n)`
const idOf = (base, kind, number) => {
  const moment = (base + number).toString(16).padStart(12, '0')
  return `${moment.slice(0, 8)}-${moment.slice(8)}-7${kind}-8000-${number.toString(16).padStart(12, '0')}`
}
const [userKind, sessionKind] = ['abc', 'def']
const day = 86_400_000

/**
 * Fills a fresh database with that many users and a session each. Answers refresh tokens of `known` of the sessions,
 * spread over all of them.
 */
export async function seed({ database, secret }, users, known) {
  const { chainKeys, firstToken, hashToken } = await dist('domain/tokens/chain.js')
  const { uuidToBytes, randomBytes } = await dist('util/ids.js')
  const keys = chainKeys(secret)
  const now = Date.now()
  const base = now - 30 * day
  const db = await openDatabase(database)
  db.exec('PRAGMA synchronous = OFF; BEGIN')
  const count = `WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${users})`
  const hash = loadArgon2().hashSync(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
  insert(db, 'users', userColumns(idSql(base, userKind), `'${hash}'`, base), count)
  const sessions = sessionColumns(idSql(base, sessionKind), idSql(base, userKind), now)
  insert(db, 'sessions', sessions, count)
  const set = db.prepare('UPDATE sessions SET current_hash = ? WHERE id = ?')
  const tokens = []
  for (let at = 0; at < known; at++) {
    const id = idOf(base, sessionKind, 1 + Math.floor((at * users) / known))
    const token = firstToken(keys, uuidToBytes(id), randomBytes(28))
    set.run(hashToken(token), id)
    tokens.push(token)
  }
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  return tokens
}

/** Puts the sessions of a seeded database into a Redis, where a server with `ephemeral_sessions` looks for them. */
export async function moveSessions({ database }, url) {
  const [{ openSqlite }, { openRedis }, { holds }, { sessions }, { systemClock: clock }] = await Promise.all(
    [
      'store/engines/sqlite/sqlite.js',
      'store/engines/redis/redis.js',
      'domain/holds.js',
      'domain/tables.js',
      'util/clock.js',
    ].map(dist),
  )
  const from = await openSqlite({ path: database, tables: [sessions, holds], clock })
  const to = await openRedis({ url, prefix: 'sallyport:', clock })
  for (const row of await from.list(sessions, { limit: 1000 })) await to.insert(sessions, row)
  // The first server that starts says where they live.
  await from.remove(holds, { id: sessions.name })
  await Promise.all([from.close(), to.close()])
}

function insert(db, table, columns, count) {
  const names = Object.keys(columns)
  const values = Object.values(columns)
  db.exec(`INSERT INTO ${table} (${names.join(', ')}) ${count} SELECT ${values.join(', ')} FROM counted`)
}

const userColumns = (id, hash, at) => ({
  id,
  email: "'person' || n || '@example.test'",
  email_normalized: "'person' || n || '@example.test'",
  email_verified: 0,
  phone_number_verified: 0,
  roles: "'[]'",
  status: "'active'",
  password_hash: hash,
  password_changed_at: at,
  epoch: 0,
  epoch_at: 0,
  metadata: "'{}'",
  app_metadata: "'{}'",
  created_at: at,
  updated_at: `${at} + n`,
  last_login_at: at,
  search: `${id} || char(10) || 'person' || n || '@example.test'`,
})

const sessionColumns = (id, user, now) => ({
  id,
  user_id: user,
  contract: "'native'",
  epoch: 0,
  transport: "'body'",
  current_hash: 'randomblob(32)',
  generation: 0,
  rotated_at: now,
  idle_ends_at: now + 14 * day,
  ends_at: now + 90 * day,
  created_at: now,
  last_seen_at: now,
  auth_time: now,
  amr: `'["pwd"]'`,
  user_agent: "'sallyport-bench'",
  ip: "'127.0.0.1'",
  expires_at: now + 120 * day,
})

/** Splits sessions among connections. */
export const shared = (tokens, connections) =>
  Array.from({ length: connections }, (_, line) => tokens.filter((_, at) => at % connections === line))
