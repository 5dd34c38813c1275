// From the start of the process to the first answer of GET /v1/me, with a database that is there already, against bare
// node:http that gives the same answer; and the memory of a server that rests.
import { record, startBare } from './bare.mjs'
import { interleave, median, memoryOf } from './measure.mjs'
import { identifierOf, password, seed } from './seed.mjs'
import { freePort, makeData, startServer } from './server.mjs'
import { accessTokenOf, askOnce, getRequest, postRequest, refreshTokenOf } from './wire.mjs'

const rest = 5000

export async function measure({ quick, say }) {
  const data = makeData('start')
  await seed(data, 1000, 1)
  // The issuer of the token holds the port, so every start takes the same one.
  const port = await freePort()
  const { recorded, token, memory } = await firstAnswers(data, port)
  const timed = async (start) => {
    const begin = performance.now()
    const server = start()
    const { status } = await server.answer(port, getRequest(port, '/v1/me', token))
    const took = performance.now() - begin
    await server.stop()
    if (status !== 200) throw new Error(`the first answer was ${status}`)
    return took
  }
  const times = await interleave(
    quick ? 3 : 15,
    {
      bare: () => timed(() => startBare(port, recorded, data.folder)),
      serve: () => timed(() => startServer(data, port)),
    },
    say,
  )
  return report(times, memory)
}

/** Rest before anything was asked but readiness, and again after everything once: log-in starts threads that hash. */
async function firstAnswers(data, port) {
  const server = startServer(data, port)
  await server.answer(port, `GET /readyz HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
  await pause()
  const idle = memoryOf(server.pid)
  const post = async (path, body) =>
    (await askOnce(port, postRequest(port, path, JSON.stringify(body)))).answer
  const signedIn = await post('/v1/login', { identifier: identifierOf(1), password })
  const token = accessTokenOf(await post('/v1/refresh', { refresh_token: refreshTokenOf(signedIn) }))
  const recorded = await record(port, getRequest(port, '/v1/me', token))
  await pause()
  const memory = { idle, used: memoryOf(server.pid) }
  await server.stop()
  return { recorded, token, memory }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, rest))

const report = ({ bare, serve }, memory) => [
  {
    figure: 'start: time to the first answer against bare node:http',
    measured: median(serve) / median(bare),
    target: 4,
    unit: '×',
    behind: { 'ms of sallyport serve': median(serve), 'ms of bare node:http': median(bare) },
  },
  {
    figure: 'memory at rest, 5 s after the start',
    measured: memory.idle,
    target: 100,
    unit: 'MB',
    behind: { 'MB 5 s after a log-in, a refresh and GET /v1/me': memory.used },
  },
]
