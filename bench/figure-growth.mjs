// What grows and what must not: rows after a thousand refreshes of one session, and the CPU of log-in and refresh with
// a million users beside the same with a thousand, both in one run.
import { startLoad } from './child.mjs'
import { interleave, median, withCpu } from './measure.mjs'
import { identifierOf, openDatabase, password, seed, shared } from './seed.mjs'
import { makeData, openServer } from './server.mjs'

const connections = 64

export async function measure({ quick, say, profile }) {
  const load = startLoad()
  try {
    say('a thousand refreshes of one session')
    const rows = await rowsAfterRefreshes(load)
    const many = quick ? 100_000 : 1_000_000
    say(`seeding ${many} users and as many sessions`)
    const sides = {
      few: await openSide(load, 1000, 1000),
      many: await openSide(load, many, 20_000, profile && 'growth'),
    }
    try {
      return [rows, ...(await compare(sides, quick, say))]
    } finally {
      for (const side of Object.values(sides)) await side.server.stop()
    }
  } finally {
    load.stop()
  }
}

async function rowsAfterRefreshes(load) {
  const data = makeData('rows')
  const [token] = await seed(data, 1, 1)
  const before = await rowsOf(data)
  const server = await openServer(data)
  let done = 0
  let sessions = [[token]]
  while (done < 1000) {
    const result = await load.run('refresh', { port: server.port, sessions, seconds: 0.2 })
    sessions = result.sessions
    done += result.done
  }
  await server.stop()
  const after = await rowsOf(data)
  return {
    figure: `rows of a session after ${done >= 1000 ? 'a thousand' : done} refreshes`,
    measured: after.sessions,
    target: 1,
    unit: 'row',
    behind: {
      refreshes: done,
      'rows of all other tables that were added': after.others - before.others - ownRows,
    },
  }
}

/** What the server itself writes at its first start: the active key and the next one. */
const ownRows = 2

async function rowsOf({ database }) {
  const db = await openDatabase(database)
  const count = (table) => db.prepare(`SELECT count(*) AS rows FROM ${table}`).get().rows
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  const others = names.filter(({ name }) => name !== 'sessions')
  const rows = { sessions: count('sessions'), others: others.reduce((sum, { name }) => sum + count(name), 0) }
  db.close()
  return rows
}

async function openSide(load, users, known, profile) {
  const data = makeData(`users-${users}`)
  const began = performance.now()
  let sessions = shared(await seed(data, users, known), connections)
  const seeded = (performance.now() - began) / 1000
  const server = await openServer(data, { profile })
  const { pid, port } = server
  const step = 7919
  const identifiers = Array.from({ length: 5000 }, (_, at) => identifierOf(1 + ((at * step) % users)))
  return {
    server,
    seeded,
    logIn: (seconds) =>
      withCpu(pid, () => load.run('login', { port, identifiers, password, connections: 8, seconds })),
    refresh: (seconds) =>
      withCpu(pid, async () => {
        const result = await load.run('refresh', { port, sessions, seconds })
        sessions = result.sessions
        return result
      }),
  }
}

async function compare({ few, many }, quick, say) {
  const rounds = quick ? 2 : 5
  const [short, long] = quick ? [1, 2] : [3, 4]
  for (const side of [few, many]) {
    await side.refresh(short)
    await side.logIn(1)
  }
  const refresh = await interleave(
    rounds,
    { 'refresh, few': () => few.refresh(short), 'refresh, many': () => many.refresh(short) },
    say,
  )
  const login = await interleave(
    rounds,
    { 'log-in, few': () => few.logIn(long), 'log-in, many': () => many.logIn(long) },
    say,
  )
  return [
    row('refresh', refresh['refresh, few'], refresh['refresh, many'], many.seeded),
    row('log-in', login['log-in, few'], login['log-in, many'], many.seeded),
  ]
}

function row(what, few, many, seeded) {
  const cpu = (runs, thread) => median(runs.map((run) => run.cpu[thread]))
  return {
    figure: `${what} with 1,000,000 users against 1,000: CPU without hashing`,
    measured: cpu(many, 'unhashed') / cpu(few, 'unhashed'),
    target: 1.2,
    unit: '×',
    behind: {
      [`CPU µs a ${what}, 1,000 users`]: cpu(few, 'unhashed'),
      [`CPU µs a ${what}, 1,000,000 users`]: cpu(many, 'unhashed'),
      'of it the main thread: 1,000 users': cpu(few, 'main'),
      'of it the main thread: 1,000,000 users': cpu(many, 'main'),
      ...(what === 'refresh' && { 'seconds to seed the larger database': seeded }),
    },
  }
}
