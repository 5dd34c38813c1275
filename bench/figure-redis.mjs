// Refresh over HTTP by 64 clients with the sessions in Redis, against the same with the sessions in SQLite. The two
// servers take turns. Redis is one of its own on this machine that writes its log once a second; its CPU is not counted.
import { spawn } from 'node:child_process'
import { startLoad } from './child.mjs'
import { interleave, median, withCpu } from './measure.mjs'
import { moveSessions, seed, shared } from './seed.mjs'
import { freePort, makeData, openServer } from './server.mjs'

const clients = 64

export async function measure({ quick, say, profile }) {
  const redis = await startRedis()
  const inRedis = ['--ephemeral-sessions=true', `--ephemeral-url=${redis.url}`]
  const parties = {
    sqlite: await openParty('sqlite', { profile: profile && 'redis-sqlite' }),
    redis: await openParty('redis', { flags: inRedis, profile: profile && 'redis' }, redis.url),
  }
  const load = startLoad()
  const refresh = (party) => async (seconds) => {
    const { port, pid } = party.server
    const job = { port, sessions: party.sessions, seconds }
    const result = await withCpu(pid, () => load.run('refresh', job))
    party.sessions = result.sessions
    return result
  }
  const work = Object.fromEntries(Object.entries(parties).map(([name, party]) => [name, refresh(party)]))
  try {
    for (const run of Object.values(work)) await run(quick ? 1 : 3)
    const each = quick ? 2 : 5
    const rounds = await interleave(
      quick ? 2 : 7,
      { sqlite: () => work.sqlite(each), redis: () => work.redis(each) },
      say,
    )
    return report(rounds)
  } finally {
    load.stop()
    for (const { server } of Object.values(parties)) await server.stop()
    redis.stop()
  }
}

async function openParty(name, options, url) {
  const data = makeData(`redis-${name}`)
  const tokens = await seed(data, clients, clients)
  if (url) await moveSessions(data, url)
  return { sessions: shared(tokens, clients), server: await openServer(data, options) }
}

async function startRedis() {
  const { folder } = makeData('redis')
  const port = await freePort()
  const flags = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes']
  const child = spawn('redis-server', flags.map(String), { stdio: 'ignore' })
  return { url: `redis://127.0.0.1:${port}`, stop: () => child.kill() }
}

function report({ sqlite, redis }) {
  const of = (list, pick) => median(list.map(pick))
  const [rate, own] = [of(redis, (run) => run.rate), of(sqlite, (run) => run.rate)]
  return [
    {
      figure: 'refresh: rate with sessions in Redis against sessions in SQLite',
      measured: rate / own,
      target: 0.8,
      atLeast: true,
      unit: '×',
      behind: {
        'refreshes/s, 64 clients, Redis': rate,
        'refreshes/s, 64 clients, SQLite': own,
        'CPU µs a refresh, whole process, Redis': of(redis, (run) => run.cpu.all),
        'CPU µs a refresh, whole process, SQLite': of(sqlite, (run) => run.cpu.all),
        'latency of a refresh ms, p50, Redis': of(redis, (run) => run.p50),
        'latency of a refresh ms, p99, Redis': of(redis, (run) => run.p99),
      },
    },
  ]
}
