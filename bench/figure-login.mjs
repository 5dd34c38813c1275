// Log-in: its rate against raw argon2id with as many hashes in flight as there are cores, what it costs beside the
// hash, and what becomes of GET /v1/me while log-ins take all there is.
import { startChild, startLoad } from './child.mjs'
import { interleave, median, withCpu } from './measure.mjs'
import { identifierOf, password, seed } from './seed.mjs'
import { copyWithoutHash, makeData, openServer } from './server.mjs'
import { accessTokenOf, askOnce, postRequest } from './wire.mjs'

const people = 1000
const inFlight = 16
const probe = { path: '/v1/me', rate: 300 }

export async function measure({ quick, say, profile }) {
  const data = makeData('login')
  const [refreshToken] = await seed(data, people, 1)
  const server = await openServer(data, { profile: profile && 'login' })
  const { pid, port } = server
  const body = JSON.stringify({ refresh_token: refreshToken })
  const refreshed = await askOnce(port, postRequest(port, '/v1/refresh', body))
  const [load, prober, raw] = [startLoad(), startLoad(), startChild('bare-argon2.mjs')]
  const identifiers = Array.from({ length: people }, (_, at) => identifierOf(at + 1))
  const logIn = (seconds) =>
    withCpu(pid, () => load.run('login', { port, identifiers, password, connections: inFlight, seconds }))
  const ask = (seconds) =>
    prober.run('steady', { port, ...probe, tokens: [accessTokenOf(refreshed.answer)], seconds })
  try {
    await logIn(quick ? 1 : 3)
    const seconds = quick ? 2 : 5
    const rates = await interleave(
      quick ? 2 : 5,
      { argon2: () => raw.ask({ seconds }), login: () => logIn(seconds) },
      say,
    )
    const tails = await interleave(
      quick ? 1 : 5,
      {
        alone: () => ask(quick ? 3 : 8),
        besideLogIns: async () => {
          const beside = logIn((quick ? 3 : 8) + 1)
          return { ...(await ask(quick ? 3 : 8)), logins: await beside }
        },
      },
      say,
    )
    say('without the hash')
    const bareCost = await costWithoutHash(load, identifiers, { quick, profile })
    return [...rateRows(rates, bareCost), tailRow(tails)]
  } finally {
    for (const one of [load, prober, raw]) one.stop()
    await server.stop()
  }
}

/** Log-ins of a server whose hashing threads answer at once. */
async function costWithoutHash(load, identifiers, { quick, profile }) {
  const data = makeData('unhashed')
  await seed(data, people, 1)
  const server = await openServer(data, { profile: profile && 'unhashed', file: copyWithoutHash() })
  const { pid, port } = server
  const run = (seconds) => {
    const job = { port, identifiers, password, connections: inFlight, seconds }
    return withCpu(pid, () => load.run('login', job))
  }
  await run(quick ? 1 : 5)
  const runs = []
  for (let round = 0; round < (quick ? 2 : 5); round++) runs.push(await run(quick ? 1 : 3))
  await server.stop()
  return runs
}

const of = (list, pick) => median(list.map(pick))

function rateRows({ argon2, login }, unhashed) {
  const [rawRate, rate] = [of(argon2, (run) => run.rate), of(login, (run) => run.rate)]
  return [
    {
      figure: 'log-in: rate against raw argon2id, as many hashes in flight as cores',
      measured: rate / rawRate,
      target: 0.85,
      atLeast: true,
      unit: '×',
      behind: {
        'log-ins/s, 16 in flight': rate,
        'raw hashes/s': rawRate,
        'CPU ms a log-in, all threads': of(login, (run) => run.cpu.all / 1000),
        'CPU ms a raw hash': of(argon2, (run) => run.cpu / 1000),
        'latency of a log-in ms, p50': of(login, (run) => run.p50),
      },
    },
    {
      figure: 'log-in: CPU of everything but the hash',
      measured: of(unhashed, (run) => run.cpu.unhashed),
      target: 200,
      unit: 'µs',
      behind: {
        'of it the main thread, µs': of(unhashed, (run) => run.cpu.main),
        'log-ins/s where no hash is made': of(unhashed, (run) => run.rate),
        'the same while hashes empty the caches, µs': of(login, (run) => run.cpu.unhashed),
      },
    },
  ]
}

function tailRow({ alone, besideLogIns }) {
  const [before, during] = [of(alone, (run) => run.p99), of(besideLogIns, (run) => run.p99)]
  return {
    figure: 'GET /v1/me, 300 requests/s, while log-ins saturate: p99 against p99 without them',
    measured: during / before,
    target: 3.5,
    unit: '×',
    behind: {
      'p99 ms without log-ins': before,
      'p99 ms beside log-ins': during,
      'p50 ms without log-ins': of(alone, (run) => run.p50),
      'p50 ms beside log-ins': of(besideLogIns, (run) => run.p50),
      'log-ins/s meanwhile': of(besideLogIns, (run) => run.logins.rate),
    },
  }
}
