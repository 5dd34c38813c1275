// Refresh over HTTP by 64 clients, each with its own session and its tokens in order, against the rate at which the
// bare driver commits durable transactions of one row. The two take turns; neither runs beside the other.
import { startChild, startLoad } from './child.mjs'
import { interleave, median, withCpu } from './measure.mjs'
import { seed, shared } from './seed.mjs'
import { makeData, openServer } from './server.mjs'

const clients = 64

export async function measure({ quick, say, profile }) {
  const bare = makeData('bare')
  const data = makeData('refresh')
  await seed(bare, clients, clients)
  let sessions = shared(await seed(data, clients, clients), clients)
  const driver = startChild('bare-sqlite.mjs', [bare.database])
  const server = await openServer(data, { profile: profile && 'refresh' })
  const load = startLoad()
  const refresh = async (seconds) => {
    const job = { port: server.port, sessions, seconds }
    const result = await withCpu(server.pid, () => load.run('refresh', job))
    sessions = result.sessions
    return result
  }
  try {
    await refresh(quick ? 1 : 3)
    const rounds = await interleave(
      quick ? 2 : 7,
      { driver: () => driver.ask({ seconds: quick ? 1 : 3 }), refresh: () => refresh(quick ? 2 : 5) },
      say,
    )
    return report(rounds)
  } finally {
    load.stop()
    driver.stop()
    await server.stop()
  }
}

function report({ driver, refresh }) {
  const of = (list, pick) => median(list.map(pick))
  const [bareRate, rate] = [of(driver, (run) => run.rate), of(refresh, (run) => run.rate)]
  return [
    {
      figure: 'refresh: rate against durable one-row transactions of the bare driver',
      measured: rate / bareRate,
      target: 1,
      atLeast: true,
      unit: '×',
      behind: {
        'refreshes/s, 64 clients': rate,
        'bare transactions/s': bareRate,
        'CPU µs a refresh, whole process': of(refresh, (run) => run.cpu.all),
        'CPU µs a refresh, main thread': of(refresh, (run) => run.cpu.main),
        'CPU µs a bare transaction': of(driver, (run) => run.cpu),
        'latency of a refresh ms, p50': of(refresh, (run) => run.p50),
        'latency of a refresh ms, p99': of(refresh, (run) => run.p99),
      },
    },
  ]
}
