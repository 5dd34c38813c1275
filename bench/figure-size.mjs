// What log-in and refresh cost on a database server that holds a million users with three sessions each, against one that
// holds a thousand, both in one run: CPU of the server, CPU of the database, and the middle latency with two in flight.
// BENCH_USERS asks for another number of users. Log-in is without the hash, which no database makes dearer.
import { startLoad } from './child.mjs'
import { openDatabases, withDatabaseCpu } from './databases.mjs'
import { interleave, median, withCpu } from './measure.mjs'
import { identifierOf, password, shared } from './seed.mjs'
import { seedLarge } from './seed-large.mjs'
import { copyWithoutHash, makeData, openServer } from './server.mjs'

const few = 1000
const sessionsEach = 3
const connections = 2
const number = (count) => count.toLocaleString('en')

export async function measure({ quick, say }) {
  const many = Number(process.env.BENCH_USERS ?? (quick ? 50_000 : 1_000_000))
  const file = copyWithoutHash()
  const load = startLoad()
  const pairs = []
  try {
    for (const users of [few, many])
      for (const database of await openDatabases(say)) pairs.push({ database, users })
    say(`seeding ${number(many)} users and ${number(many * sessionsEach)} sessions`)
    await Promise.all(pairs.map((pair) => prepare(pair)))
    for (const pair of pairs) Object.assign(pair, await openSide(load, pair, file))
    const rows = []
    for (const { database } of pairs.filter(({ users }) => users === few)) {
      const [small, large] = pairs.filter((pair) => pair.database.name === database.name)
      rows.push(...(await compare(small, large, quick, (what) => say(`${database.name}, ${what}`))))
    }
    return rows
  } finally {
    load.stop()
    for (const { server } of pairs) await server?.stop()
    for (const { database } of pairs) await database.drop()
  }
}

async function prepare(pair) {
  const { database, users } = pair
  const began = performance.now()
  pair.data = makeData(`${database.name}-${users}`, database.url)
  const counts = { users, sessions: users * sessionsEach, known: Math.min(users, 5000) }
  pair.sessions = shared(await seedLarge(database, pair.data.secret, counts), connections)
  pair.seeded = (performance.now() - began) / 1000
}

async function openSide(load, { database, users, data, sessions }, file) {
  const server = await openServer(data, { file })
  const { pid, port } = server
  const step = 7919
  const identifiers = Array.from({ length: 5000 }, (_, at) => identifierOf(1 + ((at * step) % users)))
  const counted = (work) => withDatabaseCpu(database, () => withCpu(pid, work))
  let left = sessions
  return {
    server,
    logIn: (seconds) =>
      counted(() => load.run('login', { port, identifiers, password, connections, seconds })),
    refresh: (seconds) =>
      counted(async () => {
        const result = await load.run('refresh', { port, sessions: left, seconds })
        left = result.sessions
        return result
      }),
  }
}

async function compare(small, large, quick, say) {
  const [rounds, seconds] = quick ? [2, 1] : [7, 3]
  for (const side of [small, large]) {
    await side.refresh(seconds)
    await side.logIn(seconds)
  }
  const runs = await interleave(
    rounds,
    {
      'refresh, few': () => small.refresh(seconds),
      'refresh, many': () => large.refresh(seconds),
      'log-in, few': () => small.logIn(seconds),
      'log-in, many': () => large.logIn(seconds),
    },
    say,
  )
  const cache = await large.database.cache()
  return ['refresh', 'log-in'].flatMap((what) =>
    rowsOf(what, runs[`${what}, few`], runs[`${what}, many`], { large, cache }),
  )
}

const measures = {
  'CPU of the server': { unit: 'µs', of: (run) => run.cpu.unhashed },
  'CPU of the database': { unit: 'µs', of: (run) => run.databaseCpu },
  'middle latency, two in flight': { unit: 'ms', of: (run) => run.p50 },
}

function rowsOf(what, small, large, { large: { database, users, seeded }, cache }) {
  const rows = []
  for (const [measured, { unit, of }] of Object.entries(measures)) {
    const [before, after] = [small, large].map((runs) => runs.map(of))
    if ([...before, ...after].includes(undefined)) continue
    const name = `${database.name}, ${what}, ${measured}`
    rows.push({
      figure: `${name}: ${number(users)} users with ${sessionsEach} sessions each against ${number(few)}`,
      measured: median(after) / median(before),
      target: 1.2,
      unit: '×',
      behind: {
        [`${name}, ${number(few)} users: ${unit}`]: median(before),
        [`${name}, ${number(users)} users: ${unit}`]: median(after),
      },
    })
  }
  if (what === 'refresh')
    Object.assign(rows[0].behind, {
      [`${database.name}: seconds to seed the larger database`]: seeded,
      [`${database.name}: its page cache`]: cache,
    })
  return rows
}
