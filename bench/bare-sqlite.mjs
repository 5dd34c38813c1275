// The bare driver: one durable transaction after another, each of them one row of the sessions table updated with the
// columns that a refresh writes. Nothing else runs in this process.
import { randomBytes } from 'node:crypto'
import { openDatabase } from './seed.mjs'

const db = await openDatabase(process.argv[2])
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
const [begin, commit] = ['BEGIN IMMEDIATE', 'COMMIT'].map((sql) => db.prepare(sql))
const ids = db
  .prepare('SELECT id FROM sessions')
  .all()
  .map(({ id }) => id)
const update = db.prepare(
  'UPDATE sessions SET current_hash = ?, previous_hash = ?, salt = ?, generation = ?, attempt_hash = ?, rotated_at = ?, last_seen_at = ?, idle_ends_at = ? WHERE id = ?',
)

process.on('message', ({ seconds }) => {
  const [current, previous, salt] = [randomBytes(32), randomBytes(32), randomBytes(16)]
  const used = process.cpuUsage()
  const start = performance.now()
  const end = start + seconds * 1000
  let done = 0
  for (let now = start; now < end; now = performance.now(), done++) {
    begin.run()
    const at = Math.floor(now)
    update.run(current, previous, salt, done, null, at, at, at, ids[done % ids.length])
    commit.run()
  }
  const { user, system } = process.cpuUsage(used)
  const rate = done / ((performance.now() - start) / 1000)
  process.send({ result: { done, rate, cpu: (user + system) / done } })
})
