// The measuring sticks over HTTP: bare node:http saying what the server under test said, and the fastest client there
// is to ask either of them.
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { freePort, startProgram } from './server.mjs'
import { askOnce } from './wire.mjs'

// Node adds these by itself, to any answer.
const added = ['connection', 'date', 'keep-alive', 'transfer-encoding']

/** What a server answered to a request, as bare-http.mjs takes it. */
export async function record(port, request) {
  const { status, answer, body } = await askOnce(port, request)
  if (status !== 200) throw new Error(`answered ${status}: ${body}`)
  const lines = answer.slice(0, answer.indexOf('\r\n\r\n')).split('\r\n').slice(1)
  const headers = lines
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
    .filter(([name]) => !added.includes(name.toLowerCase()))
    .flat()
  return { status, headers, body }
}

/** Bare node:http on a port of its own; not waited for. */
export function startBare(port, recorded, folder) {
  const file = fileURLToPath(new URL('bare-http.mjs', import.meta.url))
  return startProgram(file, [String(port), JSON.stringify(recorded)], { folder })
}

export async function openBare(recorded, folder) {
  const port = await freePort()
  const server = startBare(port, recorded, folder)
  await server.answer(port, `GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
  return { ...server, port }
}

/** Whether wrk is there. */
export const hasWrk = () => spawnSync('wrk', ['--version']).error === undefined

/**
 * Asks a path over and over by wrk, with a Bearer token and the headers of wire.mjs.
 * @param {{ port: number, path: string, token: string, connections: number, seconds: number }} job
 */
export async function askByWrk({ port, path, token, connections, seconds }) {
  const headers = {
    'User-Agent': 'sallyport-bench',
    Accept: 'application/json',
    'Accept-Language': 'en',
    'Accept-Encoding': 'identity',
    Authorization: `Bearer ${token}`,
    Host: `localhost:${port}`,
  }
  const flags = ['-t1', `-c${connections}`, `-d${seconds}s`]
  const sent = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const told = await run('wrk', [...flags, ...sent, `http://127.0.0.1:${port}${path}`])
  if (/Non-2xx|Socket errors/.test(told)) throw new Error(`wrk met refusals: ${told}`)
  const done = Number(/(\d+) requests in/.exec(told)[1])
  return { done, rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(told)[1]) }
}

function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let told = ''
    child.stdout.on('data', (chunk) => {
      told += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(told) : reject(new Error(`${program}: ${told}`))))
  })
}
