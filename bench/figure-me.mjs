// GET /v1/me with a token that the server has seen before, against bare node:http that takes the same request and
// gives the same answer, header for header.
import { askByWrk, hasWrk, openBare, record } from './bare.mjs'
import { startLoad } from './child.mjs'
import { interleave, median, withCpu } from './measure.mjs'
import { seed } from './seed.mjs'
import { makeData, openServer } from './server.mjs'
import { accessTokenOf, askOnce, getRequest, postRequest } from './wire.mjs'

const path = '/v1/me'

export async function measure({ quick, say, profile }) {
  const data = makeData('me')
  const [refreshToken] = await seed(data, 1000, 1)
  const server = await openServer(data, { profile: profile && 'me' })
  const body = JSON.stringify({ refresh_token: refreshToken })
  const refreshed = await askOnce(server.port, postRequest(server.port, '/v1/refresh', body))
  const token = accessTokenOf(refreshed.answer)
  const recorded = await record(server.port, getRequest(server.port, path, token))
  const bare = await openBare(recorded, data.folder)
  const load = startLoad()
  const seconds = quick ? 1 : 3
  const own = (port, connections) =>
    load.run('get', { port, path, tokens: [token], connections, seconds, awake: true })
  const wrk = (port, connections) => askByWrk({ port, path, token, connections, seconds })
  const both = (ask, connections) => ({
    bare: () => withCpu(bare.pid, () => ask(bare.port, connections)),
    server: () => withCpu(server.pid, () => ask(server.port, connections)),
  })
  const rounds = (ask, connections) => interleave(quick ? 2 : 7, both(ask, connections), say)
  try {
    for (const one of Object.values(both(own, 16))) await one()
    return report(await rounds(own, 16), await rounds(own, 64), hasWrk() && (await rounds(wrk, 16)))
  } finally {
    load.stop()
    await bare.stop()
    await server.stop()
  }
}

function report(few, many, byWrk) {
  const of = (list, pick) => median(list.map(pick))
  const cpu = (list) => of(list, (run) => run.cpu.all)
  const rate = (list) => of(list, (run) => run.rate)
  const ratio = ({ bare, server }) => cpu(server) / cpu(bare)
  return [
    {
      figure: 'GET /v1/me with a known token: CPU against bare node:http',
      measured: ratio(few),
      target: 2.5,
      unit: '×',
      behind: {
        'CPU µs a GET /v1/me': cpu(few.server),
        'CPU µs a request of bare node:http': cpu(few.bare),
        'GET /v1/me against bare node:http over 64 connections, ×': ratio(many),
        'GET /v1/me, requests/s': rate(few.server),
        'bare node:http, requests/s': rate(few.bare),
        ...(byWrk && { 'GET /v1/me against bare node:http asked by wrk, which sleeps, ×': ratio(byWrk) }),
      },
    },
  ]
}
