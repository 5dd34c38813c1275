// The server under test: the bundled program as `sallyport serve` runs it, with validation, limits and log. Limits are
// raised, because all load comes from one address; none is off.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { askOnce } from './wire.mjs'

export const output = fileURLToPath(new URL('out/', import.meta.url))
const program = fileURLToPath(new URL('../packages/server/bin/sallyport.mjs', import.meta.url))

const raised = [
  'login_account',
  'login_address',
  'signup_address',
  'refresh_address',
  'refresh_session',
  'refresh_refused',
  'message_address',
  'message_ip',
].map((name) => `--limits.${name}.max=1000000000`)

const environment = (own = {}) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SALLYPORT_'))),
  ...own,
})

/** A fresh data directory with a secret and a database that is up to date: a file in it, or the one of a `database_url`. */
export function makeData(name, url) {
  const folder = join(output, 'data', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const secret = randomBytes(32)
  writeFileSync(join(folder, 'secret'), secret.toString('hex'), { mode: 0o600 })
  const env = url && { SALLYPORT_DATABASE_URL: url, SALLYPORT_SECRET: secret.toString('hex') }
  const { status, stderr } = spawnSync(process.execPath, [program, 'migrate', '--data-dir=.'], {
    cwd: folder,
    env: environment(env),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`sallyport migrate: ${stderr}`)
  return { folder, secret, env, database: join(folder, 'sallyport.db') }
}

/**
 * A copy of the program whose hashing threads answer at once that the password is right, so that what log-in costs
 * beside the hash can be told from what the hash does to the caches of everybody else.
 */
export function copyWithoutHash() {
  const folder = join(output, 'data', 'program')
  cpSync(dirname(dirname(program)), folder, {
    recursive: true,
    filter: (path) => !/[\\/](src|dist|node_modules|\.cache)$/.test(path),
  })
  const thread = `import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
setPriority(0, 15)
parentPort.on('message', () => parentPort.postMessage({ value: true, took: 0 }))\n`
  writeFileSync(join(folder, 'bundle/password-hasher.js'), thread)
  return join(folder, 'bin', basename(program))
}

/** Runs a command on the data to its end: how long it took, in seconds, and the most memory it held, in MiB (Linux). */
export function timeProgram({ folder }, args) {
  const options = { cwd: folder, env: environment(), stdio: ['ignore', 'ignore', 'pipe'] }
  const begin = performance.now()
  const child = spawn(process.execPath, [program, ...args, '--data-dir=.'], options)
  let [said, peak] = ['', 0]
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  // The kernel keeps the highest mark, so that only the last look has to be in time.
  const look = setInterval(() => {
    peak = Math.max(peak, highest(child.pid))
  }, 20)
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      clearInterval(look)
      const seconds = (performance.now() - begin) / 1000
      if (code === 0) resolve({ seconds, peak })
      else reject(new Error(`sallyport ${args.join(' ')}: ${said}`))
    })
  })
}

function highest(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

export function removeData() {
  rmSync(join(output, 'data'), { recursive: true, force: true })
}

/** A port that nothing listens on. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/**
 * Starts a program that will listen on a port; `profile` names a CPU profile to be left in bench/out/profiles, `env` is
 * added to its environment, `watch` is a module that is loaded before it.
 */
export function startProgram(file, args, { folder, profile, env, watch }) {
  const log = openSync(join(folder, 'log'), 'a')
  const flags = profile
    ? ['--cpu-prof', `--cpu-prof-dir=${join(output, 'profiles')}`, `--cpu-prof-name=${profile}.cpuprofile`]
    : []
  if (watch) flags.push(`--import=${watch}`)
  const child = spawn(process.execPath, [...flags, file, ...args], {
    cwd: folder,
    env: environment(env),
    stdio: ['ignore', log, log],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let code
  ended.then((exit) => {
    code = exit ?? -1
  })
  return {
    pid: child.pid,
    /** Asks until the first answer and gives it. */
    answer: async (port, request) => {
      for (;;) {
        const answer = await askOnce(port, request).catch(() => undefined)
        if (answer) return answer
        if (code !== undefined) throw new Error(`a server ended with ${code}: ${lastOf(folder)}`)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    },
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

const lastOf = (folder) => readFileSync(join(folder, 'log'), 'utf8').slice(-2000)

/** `sallyport serve` on a data directory; not waited for. `file` is another copy of the program, `flags` are added. */
export function startServer(
  { folder, env: own },
  port,
  { profile, file = program, flags = [], env, watch } = {},
) {
  const usual = ['--data-dir=.', '--host=127.0.0.1', '--metrics.port=0', `--port=${port}`]
  const args = ['serve', ...usual, ...raised, ...flags]
  return startProgram(file, args, { folder, profile, env: { ...own, ...env }, watch })
}

/** `sallyport serve`, ready. */
export async function openServer(data, options) {
  const port = await freePort()
  const server = startServer(data, port, options)
  const ready = `GET /readyz HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`
  const { status, body } = await server.answer(port, ready)
  if (status !== 200) throw new Error(`the server is not ready: ${status} ${body}`)
  return { ...server, port }
}
