// Refresh and log-in over HTTP on PostgreSQL: refresh by 64 clients against the rate at which the bare driver commits
// guarded updates of one row by as many callers over a pool of eight, once with one server, which is one thread, and once
// with two beside each other on the same database; log-in against raw argon2id. Skipped, and said so, where no PostgreSQL
// answers.
import { startChild, startLoad } from './child.mjs'
import { interleave, median, withCpu } from './measure.mjs'
import { makeSchema, seedPostgres, whyNot } from './postgres.mjs'
import { identifierOf, password, shared } from './seed.mjs'
import { makeData, openServer } from './server.mjs'

const clients = 64
const inFlight = 16

export async function measure({ quick, say, profile }) {
  const reason = await whyNot()
  if (reason !== undefined) {
    console.error(`Nothing is measured on PostgreSQL: ${reason}`)
    return []
  }
  const [own, bare] = [await makeSchema('server'), await makeSchema('bare')]
  try {
    return await measureOn(own, bare, { quick, say, profile })
  } finally {
    await own.drop()
    await bare.drop()
  }
}

async function measureOn(own, bare, { quick, say, profile }) {
  const data = makeData('postgres')
  await seedPostgres(bare.url, data.secret, clients)
  const tokens = shared(await seedPostgres(own.url, data.secret, clients), clients)
  const servers = [await serve(data, own, profile), await serve(data, own)]
  const [driver, argon2] = [startChild('bare-postgres.mjs', [bare.url]), startChild('bare-argon2.mjs')]
  const loads = [startLoad(), startLoad()]
  const { refresh, apart, logIn } = asking(servers, loads, tokens)
  const seconds = quick ? 2 : 5
  try {
    await refresh(quick ? 1 : 3)
    await apart(quick ? 1 : 3)
    const rounds = await interleave(
      quick ? 2 : 7,
      {
        driver: () => driver.ask({ seconds: quick ? 1 : 3 }),
        refresh: () => refresh(seconds),
        apart: () => apart(seconds),
        one: () => refresh(quick ? 1 : 2, 1),
      },
      say,
    )
    const hashes = await interleave(
      quick ? 1 : 5,
      { argon2: () => argon2.ask({ seconds }), login: () => logIn(seconds) },
      say,
    )
    return [...refreshRows(rounds), loginRow(hashes)]
  } finally {
    for (const one of [...loads, driver, argon2]) one.stop()
    for (const { stop } of servers) await stop()
  }
}

/** What is asked of the first server, or of both by half of the clients each. */
function asking([{ pid, port }, second], [load, otherLoad], tokens) {
  let sessions = tokens
  const identifiers = Array.from({ length: clients }, (_, at) => identifierOf(at + 1))
  return {
    refresh: async (seconds, lines = sessions.length) => {
      const result = await withCpu(pid, () =>
        load.run('refresh', { port, sessions: sessions.slice(0, lines), seconds }),
      )
      sessions = [...result.sessions, ...sessions.slice(lines)]
      return result
    },
    apart: async (seconds) => {
      const half = clients / 2
      const results = await Promise.all([
        load.run('refresh', { port, sessions: sessions.slice(0, half), seconds }),
        otherLoad.run('refresh', { port: second.port, sessions: sessions.slice(half), seconds }),
      ])
      sessions = results.flatMap((result) => result.sessions)
      return { rate: results[0].rate + results[1].rate }
    },
    logIn: (seconds) =>
      withCpu(pid, () => load.run('login', { port, identifiers, password, connections: inFlight, seconds })),
  }
}

const serve = (data, { url }, profile) =>
  openServer(data, {
    profile: profile && 'postgres',
    flags: [`--database-url=${url}`],
    env: { SALLYPORT_SECRET: data.secret.toString('hex') },
  })

const of = (list, pick) => median(list.map(pick))

function refreshRows({ driver, refresh, apart, one }) {
  const [bareRate, rate, ofTwo] = [driver, refresh, apart].map((runs) => of(runs, (run) => run.rate))
  const row = { target: 0.8, atLeast: true, unit: '×' }
  const bare = 'rate against durable guarded updates of the bare driver, pool of 8'
  const single = {
    ...row,
    figure: `refresh on PostgreSQL, one server: ${bare}`,
    measured: rate / bareRate,
    behind: {
      'refreshes/s, 64 clients': rate,
      'bare guarded updates/s, 64 callers': bareRate,
      'CPU µs a refresh, whole process': of(refresh, (run) => run.cpu.all),
      'CPU µs a bare update': of(driver, (run) => run.cpu),
      'latency of a refresh ms, p50': of(refresh, (run) => run.p50),
      'latency of a refresh ms, p99': of(refresh, (run) => run.p99),
      'latency of a refresh ms, 1 client, p50': of(one, (run) => run.p50),
    },
  }
  const double = {
    ...row,
    figure: `refresh on PostgreSQL, two servers: ${bare}`,
    measured: ofTwo / bareRate,
    behind: { 'refreshes/s, 64 clients, two servers': ofTwo },
  }
  return [single, double]
}

function loginRow({ argon2, login }) {
  const [rawRate, rate] = [of(argon2, (run) => run.rate), of(login, (run) => run.rate)]
  return {
    figure: 'log-in on PostgreSQL: rate against raw argon2id, as many hashes in flight as cores',
    measured: rate / rawRate,
    target: 0.8,
    atLeast: true,
    unit: '×',
    behind: {
      'log-ins/s, 16 in flight': rate,
      'raw hashes/s': rawRate,
      'CPU µs beside the hash': of(login, (run) => run.cpu.unhashed),
      'latency of a log-in ms, p50': of(login, (run) => run.p50),
    },
  }
}
