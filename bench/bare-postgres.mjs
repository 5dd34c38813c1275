// The bare driver: a pool of eight connections and as many callers as the server has clients, each updating one row of the
// sessions table after the other with the columns that a refresh writes, guarded by its hash, committed durably.
import { randomBytes } from 'node:crypto'
import { openPool } from './postgres.mjs'

const callers = 64
const pool = await openPool(process.argv[2], 8)
const { rows } = await pool.query('SELECT id, current_hash FROM sessions')
const text =
  'UPDATE sessions SET current_hash = $1, previous_hash = $2, salt = $3, generation = $4, attempt_hash = $5, rotated_at = $6, last_seen_at = $7, idle_ends_at = $8 WHERE id = $9 AND current_hash = $10 AND idle_ends_at > $11 AND ends_at > $11'

async function call(mine, end) {
  let done = 0
  for (; performance.now() < end; done++) {
    const row = mine[done % mine.length]
    const at = Date.now()
    const next = randomBytes(32)
    const set = [next, row.current_hash, randomBytes(16), done, null, at, at, at + 86_400_000]
    const { rowCount } = await pool.query({
      name: 'rotate',
      text,
      values: [...set, row.id, row.current_hash, at],
    })
    if (rowCount !== 1) throw new Error('a guarded update matched no row')
    row.current_hash = next
  }
  return done
}

process.on('message', async ({ seconds }) => {
  try {
    const used = process.cpuUsage()
    const start = performance.now()
    const shares = Array.from({ length: callers }, (_, caller) =>
      rows.filter((_, at) => at % callers === caller),
    )
    const counts = await Promise.all(shares.map((mine) => call(mine, start + seconds * 1000)))
    const done = counts.reduce((sum, count) => sum + count, 0)
    const { user, system } = process.cpuUsage(used)
    const rate = done / ((performance.now() - start) / 1000)
    process.send({ result: { done, rate, cpu: (user + system) / done } })
  } catch (error) {
    process.send({ error: error.stack })
  }
})
