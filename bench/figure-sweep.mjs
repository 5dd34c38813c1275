// What others notice while the upkeep removes a million sessions past their end: how long the server held its event loop
// up, the longest delay of that loop and the longest wait for an answer, beside the same before the upkeep began. BENCH_ROWS asks for
// another number of sessions.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startLoad } from './child.mjs'
import { openDatabases, openSqlite } from './databases.mjs'
import { median } from './measure.mjs'
import { seedLarge } from './seed-large.mjs'
import { makeData, openServer } from './server.mjs'

const users = 1000
/** One session in so many lives. */
const livingEach = 1000
/** Seconds from the start of a server until its upkeep first removes rows. */
const untilUpkeep = 60
const window = 5
/** A sweep that takes longer is left to itself, in seconds from the start of the server. */
const patience = 100
const number = (count) => count.toLocaleString('en')

export async function measure({ quick, say }) {
  const rows = Number(process.env.BENCH_ROWS ?? (quick ? 100_000 : 1_000_000))
  const load = startLoad()
  const databases = await openDatabases(say)
  try {
    const data = makeData('sweep-SQLite')
    const file = { name: 'SQLite', ...(await openSqlite(data.database)) }
    databases.unshift(file)
    const report = []
    for (const database of databases) {
      const own = database === file ? data : makeData(`sweep-${database.name}`, database.url)
      const told = (what) => say(`${database.name}, ${what}`)
      report.push(...rowsOf(database.name, rows, await sweepOf(load, database, own, rows, told)))
    }
    return report
  } finally {
    load.stop()
    for (const database of databases) await database.drop()
  }
}

async function sweepOf(load, database, data, rows, say) {
  say(`seeding ${number(rows)} sessions past their end`)
  const known = Math.min(users, rows / livingEach)
  const tokens = await seedLarge(database, data.secret, { users, sessions: rows, known, livingEach })
  const server = await openServer(data, { watch: new URL('watch-loop.mjs', import.meta.url).href })
  const begun = performance.now()
  const age = () => (performance.now() - begun) / 1000
  let sessions = tokens.map((refresh) => ({ refresh }))
  const probe = async () => {
    await loopOf(server, data)
    const result = await load.run('probe', { port: server.port, every: 10, seconds: window, sessions })
    sessions = result.sessions
    return { ...result, loop: await loopOf(server, data) }
  }
  try {
    say('before the upkeep begins')
    await probe()
    const before = []
    while (age() + window + 2 < untilUpkeep) before.push(await probe())
    await rest(Math.max(0, untilUpkeep + 0.5 - age()) * 1000)
    const meanwhile = []
    const [start, first] = [performance.now(), await pastEnd(database)]
    let left = first
    while (left > 0 && age() < patience) {
      meanwhile.push(await probe())
      left = await pastEnd(database)
      say(`${number(left)} are left`)
    }
    return { before, meanwhile, left, rate: ((first - left) / (performance.now() - start)) * 1000 }
  } finally {
    await server.stop()
  }
}

const rest = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function pastEnd({ query }) {
  const [row] = await query(`SELECT count(*) AS many FROM sessions WHERE expires_at <= ${Date.now()}`)
  return Number(row.many)
}

/** What the event loop did since this was last asked. */
async function loopOf({ pid }, { folder }) {
  const file = join(folder, 'loop')
  rmSync(file, { force: true })
  process.kill(pid, 'SIGUSR2')
  while (!existsSync(file)) await rest(5)
  return JSON.parse(readFileSync(file, 'utf8'))
}

const pauses = {
  'most CPU in one go on the event loop': (run) => run.loop.busy,
  'longest delay of the event loop': (run) => run.loop.longest,
  'longest wait for an answer': (run) => run.longest,
}

function rowsOf(name, rows, { before, meanwhile, left, rate }) {
  const what = `${name}, ${number(rows)} sessions are swept`
  const report = Object.entries(pauses).map(([pause, of]) => {
    const [usual, during] = [before, meanwhile].map((runs) => runs.map(of))
    return {
      figure: `${what}: ${pause}`,
      measured: Math.max(...during),
      target: 50,
      unit: 'ms',
      behind: {
        [`${what}, ${pause}: ms before`]: Math.max(...usual),
        [`${what}, ${pause}: ms in the middle of ${meanwhile.length} times ${window} s`]: median(during),
        [`${what}, ${pause}: the same before`]: median(usual),
      },
    }
  })
  Object.assign(report.at(-1).behind, {
    [`${what}: rows/s`]: rate,
    [`${what}: rows that were left`]: left,
    [`${what}: ms, 99 of 100 answers`]: median(meanwhile.map((run) => run.p99)),
    [`${what}: ms, 99 of 100 answers before`]: median(before.map((run) => run.p99)),
  })
  return report
}
