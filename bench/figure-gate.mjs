// The gate, asked with two thousand live tokens in turn, against bare node:http that takes the same request and gives the
// same answer, header for header; and both asked by nginx, by the recipe of docs/gateways/, in front of one application.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openBare, record } from './bare.mjs'
import { startLoad } from './child.mjs'
import { interleave, median, withCpu } from './measure.mjs'
import { seed } from './seed.mjs'
import { freePort, makeData, openServer } from './server.mjs'
import { accessTokenOf, askOnce, getRequest, postRequest } from './wire.mjs'

const people = 2000
const path = '/gate/nginx'
const asked = ['X-Original-URL: http://app.example.com/where?a=1', 'X-Original-Method: GET']

export async function measure({ quick, say, profile }) {
  const data = makeData('gate')
  const refreshTokens = await seed(data, people, people)
  const flags = ['--trusted-proxies=127.0.0.1']
  const server = await openServer(data, { profile: profile && 'gate', flags })
  const tokens = []
  for (const refreshToken of refreshTokens) {
    const body = JSON.stringify({ refresh_token: refreshToken })
    const { answer } = await askOnce(server.port, postRequest(server.port, '/v1/refresh', body))
    tokens.push(accessTokenOf(answer))
  }
  const request = (token) => getRequest(server.port, path, token, asked)
  const bare = await openBare(await record(server.port, request(tokens[0])), data.folder)
  const load = startLoad()
  // Short rounds: what else the machine does changes from second to second, and pairs shall meet the same of it.
  const seconds = 1
  const rounds = quick ? 5 : 15
  const connections = 16
  const directly = ({ port, pid }) =>
    withCpu(pid, () =>
      load.run('rotate', { port, path, tokens, more: asked, connections, seconds, awake: true }),
    )
  const run = () => interleave(rounds, { bare: () => directly(bare), gate: () => directly(server) }, say)
  try {
    // Every token has been seen: what is measured is the way of those who are known.
    for (let done = 0; done < 2 * people; ) done += (await directly(server)).done
    await directly(bare)
    const direct = await run()
    return report(direct, await behindNginx({ bare, server, data, load, tokens, seconds, rounds, say }))
  } finally {
    load.stop()
    await bare.stop()
    await server.stop()
  }
}

/** Undefined where there is no nginx. */
async function behindNginx({ bare, server, data, load, tokens, seconds, rounds, say }) {
  if (spawnSync('nginx', ['-v']).error) return undefined
  const app = await openBare({ status: 200, headers: ['content-length', '0'], body: '' }, data.folder)
  const fronts = await Promise.all(
    [bare, server].map(({ port }, index) => openNginx(data, `nginx${index}`, port, app)),
  )
  const through = (front) => () =>
    load.run('rotate', { port: front, path: '/', tokens, connections: 16, seconds })
  try {
    const [nextToBare, nextToGate] = fronts.map(({ port }) => through(port))
    await nextToGate()
    await nextToBare()
    return await interleave(rounds, { bare: nextToBare, gate: nextToGate }, say)
  } finally {
    for (const { stop } of fronts) await stop()
    await app.stop()
  }
}

async function openNginx(data, name, authPort, app) {
  const folder = join(data.folder, name)
  mkdirSync(folder)
  const port = await freePort()
  const recipe = readFileSync(new URL('../docs/gateways/nginx.conf', import.meta.url), 'utf8')
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replace('127.0.0.1:4400', `127.0.0.1:${authPort}`)
    .replace('server 127.0.0.1:3000;', `server 127.0.0.1:${app.port};`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const paths = temporary.map((one) => `${one}_temp_path ${folder}/${one};`).join(' ')
  // By itself nginx closes a connection after a thousand requests, which a fast machine asks within a round.
  const usual = 'access_log off; keepalive_requests 100000000;'
  const around = `daemon off; worker_processes 1; pid ${folder}/pid; events {} http { ${usual} ${paths} ${recipe} }`
  writeFileSync(join(folder, 'config'), around)
  const args = ['-p', folder, '-c', join(folder, 'config'), '-e', join(folder, 'errors')]
  const child = spawn('nginx', args, { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const look = `GET / HTTP/1.1\r\nHost: localhost\r\n\r\n`
  while (child.exitCode === null && !(await askOnce(port, look).catch(() => undefined)))
    await new Promise((resolve) => setTimeout(resolve, 5))
  if (child.exitCode !== null) throw new Error(`nginx ended: ${readFileSync(join(folder, 'errors'), 'utf8')}`)
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  return { port, stop }
}

function report(direct, nginx) {
  const of = (list, pick) => median(list.map(pick))
  const cpu = (list) => of(list, (run) => run.cpu.all)
  return [
    rates('The gate with 2,000 live tokens: requests/s against bare node:http', 0.75, direct),
    {
      figure: 'The gate with 2,000 live tokens: CPU against bare node:http',
      measured: cpu(direct.gate) / cpu(direct.bare),
      target: 1.35,
      unit: '×',
      behind: {
        'CPU µs a question': cpu(direct.gate),
        'CPU µs a request of bare node:http': cpu(direct.bare),
      },
    },
    ...(nginx
      ? [rates('nginx that asks the gate: requests/s against nginx that asks bare node:http', 0.8, nginx)]
      : []),
  ]
}

function rates(figure, target, { bare, gate }) {
  const rate = (list) => median(list.map((run) => run.rate))
  const behind = { 'with the gate, requests/s': rate(gate), 'with bare node:http, requests/s': rate(bare) }
  return { figure, measured: rate(gate) / rate(bare), target, atLeast: true, unit: '×', behind }
}
