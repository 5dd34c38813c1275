import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { beforeEach, expect, it } from 'vitest'
import { prepareRows } from '../store/engines/sqlite/driver.js'
import { freePort } from '../testing/port.js'
import { openSallyport } from '../testing/sallyport.js'
import { systemClock } from '../util/clock.js'
import { createClient } from './client.js'
import { openForeign } from './database.js'
import { type Home, makeHome } from './seed.js'

let home: Home
beforeEach(() => () => home.remove())

const dead = 50_000
const people = 500

/** Copies one session into many that are long over, half of them before all others in the order of ids, half behind. */
async function addDead(path: string): Promise<void> {
  const db = await openForeign(path)
  const columns = prepareRows(db, 'SELECT name FROM pragma_table_info(?)').all('sessions').flat().map(String)
  const own: Record<string, string> = {
    id: "printf('%s-0000-7000-8000-%012x', iif(n % 2 = 0, '00000000', 'ffffffff'), n)",
    current_hash: 'randomblob(32)',
    expires_at: '1000 + n',
  }
  const values = columns.map((name) => own[name] ?? `one."${name}"`)
  db.exec(`WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${dead})
    INSERT INTO sessions SELECT ${values.join()} FROM numbers, (SELECT * FROM sessions LIMIT 1) AS one`)
  db.close()
}

async function countSessions(path: string): Promise<number> {
  const db = await openForeign(path)
  const [count] = prepareRows(db, 'SELECT count(*) FROM sessions').get() ?? []
  db.close()
  return Number(count)
}

it(`${dead} sessions that are over go at once in batches, others are refreshed meanwhile, and none of them is lost`, async () => {
  home = await makeHome({ people })
  await addDead(home.database)
  expect(await countSessions(home.database)).toBe(dead + people)
  const port = await freePort()
  const sallyport = await openSallyport({
    clock: { ...systemClock, advance: () => expect.unreachable() },
    secret: { current: home.secret },
    settings: { 'database-url': `sqlite:${home.database}`, host: '127.0.0.1', port: String(port) },
  })
  await sallyport.server.listen()
  const client = createClient(port)
  const tokens = home.people.map((person) => person.tokens[0] as string)
  const refresh = async (index: number) => {
    const answer = await client.post('/v1/refresh', { refresh_token: tokens[index] })
    expect(answer).toMatchObject({ status: 200 })
    tokens[index] = answer.json.refresh_token as string
  }

  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  let purged = false
  const purge = sallyport.server.upkeep().then(() => {
    purged = true
  })
  let meanwhile = 0
  for (; !purged; meanwhile++) {
    await refresh(meanwhile % people)
    await turn()
  }
  await purge
  delay.disable()
  const longest = Math.round(delay.max / 1e6)
  process.stdout.write(`purge: ${meanwhile} refreshes meanwhile, the longest pause was ${longest} ms\n`)

  expect(meanwhile).toBeGreaterThan(100)
  expect(await countSessions(home.database)).toBe(people)
  for (let index = 0; index < people; index++) await refresh(index)
  client.close()
  await sallyport.close()
})
