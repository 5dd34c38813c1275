// GET /v1/me with a token that the server has seen before, against bare node:http that takes the same request and
// gives the same answer, header for header.
import { askOften, hasWrk, openBare, record } from './bare.mjs'
import { startLoad } from './child.mjs'
import { interleave, median, withCpu } from './measure.mjs'
import { seed } from './seed.mjs'
import { makeData, openServer } from './server.mjs'
import { accessTokenOf, askOnce, getRequest, postRequest } from './wire.mjs'

const path = '/v1/me'

export async function measure({ quick, say, profile }) {
  const data = makeData('me')
  const [refreshToken] = await seed(data, 1000, 1)
  const server = await openServer(data, profile && 'me')
  const body = JSON.stringify({ refresh_token: refreshToken })
  const refreshed = await askOnce(server.port, postRequest(server.port, '/v1/refresh', body))
  const token = accessTokenOf(refreshed.answer)
  const recorded = await record(server.port, getRequest(server.port, path, token))
  const bare = await openBare(recorded, data.folder)
  const load = startLoad()
  const wrk = hasWrk()
  const ask = (connections, seconds) => {
    const of = ({ pid, port }) =>
      withCpu(pid, () => askOften({ port, path, token, connections, seconds }, load, wrk))
    return { bare: () => of(bare), server: () => of(server) }
  }
  try {
    for (const one of Object.values(ask(16, quick ? 1 : 3))) await one()
    const rounds = (connections) => interleave(quick ? 2 : 7, ask(connections, quick ? 1 : 3), say)
    return report(await rounds(16), await rounds(64), wrk)
  } finally {
    load.stop()
    await bare.stop()
    await server.stop()
  }
}

function report(few, many, wrk) {
  const of = (list, pick) => median(list.map(pick))
  const cpu = (list) => of(list, (run) => run.cpu.all)
  const rate = (list) => of(list, (run) => run.rate)
  return [
    {
      figure: 'GET /v1/me with a known token: CPU against bare node:http',
      measured: cpu(few.server) / cpu(few.bare),
      target: 2.5,
      unit: '×',
      behind: {
        'CPU µs a request, 16 connections': cpu(few.server),
        'CPU µs a request of bare node:http, 16 connections': cpu(few.bare),
        'CPU against bare node:http, 64 connections': cpu(many.server) / cpu(many.bare),
        'requests/s, 16 connections': rate(few.server),
        'requests/s of bare node:http, 16 connections': rate(few.bare),
        'asked by': wrk ? 'wrk' : 'load.mjs',
      },
    },
  ]
}
