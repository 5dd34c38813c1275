// Hosted pages: what showing the sign-in page costs, over bare node:http that sends the same bytes without making them.
import { openBare, record } from './bare.mjs'
import { startLoad } from './child.mjs'
import { interleave, median, withCpu } from './measure.mjs'
import { makeData, openServer } from './server.mjs'
import { getRequest } from './wire.mjs'

const path = '/sign-in'

export async function measure({ quick, say, profile }) {
  const data = makeData('pages')
  const server = await openServer(data, { profile: profile && 'pages' })
  const recorded = await record(server.port, getRequest(server.port, path, 'none'))
  const bare = await openBare(recorded, data.folder)
  const load = startLoad()
  const seconds = quick ? 1 : 3
  const ask = ({ pid, port }) =>
    withCpu(pid, () =>
      load.run('get', { port, path, tokens: ['none'], connections: 16, seconds, awake: true }),
    )
  try {
    await ask(server)
    await ask(bare)
    const alternatives = { bare: () => ask(bare), server: () => ask(server) }
    return report(await interleave(quick ? 2 : 7, alternatives, say))
  } finally {
    load.stop()
    await bare.stop()
    await server.stop()
  }
}

function report({ bare, server }) {
  const cpu = (list) => median(list.map((run) => run.cpu.all))
  return [
    {
      figure: 'a hosted page: CPU to render it, beyond sending the same bytes',
      measured: (cpu(server) - cpu(bare)) / 1000,
      target: 1.5,
      unit: 'ms',
      behind: {
        'CPU µs a sign-in page': cpu(server),
        'CPU µs a request of bare node:http with the same answer': cpu(bare),
        'sign-in pages/s': median(server.map((run) => run.rate)),
      },
    },
  ]
}
