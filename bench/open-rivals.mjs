// The other servers that log-in, refresh and the session check are measured against. Their packages are no part of
// ours: they are in rivals/, with a lock of their own, and are installed there when they are wanted for the first time.
// Their settings are said at the top of rivals/better-auth.mjs and rivals/tutorial.mjs.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, output, startProgram } from './server.mjs'

const rivals = fileURLToPath(new URL('rivals/', import.meta.url))
const postgresUrl = process.env.BENCH_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/test'
const redisUrl = process.env.BENCH_REDIS ?? 'redis://127.0.0.1:6379'

/** Installs what the lock file names, unless it has been installed since it last changed. No script of it runs. */
export function installRivals(say) {
  const installed = join(rivals, 'node_modules/.package-lock.json')
  const lock = join(rivals, 'package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  say('installing the rivals')
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit'], {
    cwd: rivals,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (npm.status !== 0) throw new Error(`npm ci in bench/rivals: ${npm.error?.message ?? npm.stderr}`)
}

/** Why the tutorial server cannot run here, or undefined where it can. */
export async function whyNoTutorial() {
  for (const [what, url, variable] of [
    ['PostgreSQL', postgresUrl, 'BENCH_POSTGRES'],
    ['Redis', redisUrl, 'BENCH_REDIS'],
  ]) {
    const { hostname, port } = new URL(url)
    if (!(await listens(hostname, Number(port))))
      return `no ${what} listens on ${hostname}:${port} (${variable} names another one)`
  }
}

function listens(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 })
    const end = (found) => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

/** Better Auth with that many people, whose passwords are not hashed. */
export function openBetterAuth(people) {
  const folder = makeFolder('better-auth')
  return open('better-auth.mjs', folder, [join(folder, 'better-auth.db'), people])
}

/** The tutorial server with that many people, whose passwords are not hashed. */
export function openTutorial(people) {
  return open('tutorial.mjs', makeFolder('tutorial'), [postgresUrl, redisUrl, people])
}

function makeFolder(name) {
  const folder = join(output, 'data', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

async function open(file, folder, args) {
  const port = await freePort()
  const server = startProgram(join(rivals, file), [port, ...args, '--no-hash'].map(String), { folder })
  await server.answer(port, `GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
  return { ...server, port }
}
