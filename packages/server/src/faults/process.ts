// The room of faults: the real program, started as a process of its own, and what is done to it: killed, cut off,
// filled up, flooded. Tests and their tools only; nothing in the product imports it. This file starts and ends the
// program; seed.ts gives it a past, client.ts and proxy.ts speak with it, ledger.ts remembers what it said, database.ts
// looks at what it kept.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach } from 'vitest'
import { freePort } from '../testing/port.js'
import { main } from '../testing/program.js'
import type { Home } from './seed.js'

/** How a process ended. */
export interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Everything it said on stdout and stderr. */
  readonly output: string
}

export interface Running {
  readonly port: number
  readonly ended: Promise<End>
  signal(name: NodeJS.Signals): void
  /** Resident memory in bytes; 0 where the system does not tell (not Linux). */
  memory(): number
  /** The processor's time that it has used, in milliseconds; 0 where the system does not tell. */
  worked(): number
  /** What it has said so far. */
  output(): string
  /** Begins to read a log that was `unread`. */
  hear(): void
}

export interface StartOptions {
  /** Flags besides those of the home, such as `{ 'refresh-token.grace': '60s' }`. */
  flags?: Record<string, string>
  /** The port to take; a free one where not given. */
  port?: number
  /** `dev` has the clock that can be moved. */
  command?: 'serve' | 'dev'
  /** More of the environment. */
  env?: Record<string, string>
  /** How many file descriptors it may have open; Unix only. */
  descriptors?: number
  /** Where its log goes: heard by the test, to a pipe that nobody reads, or to an open file. */
  log?: 'heard' | 'unread' | number
}

/** No limit stands in the way of a test that is about something else. */
export const unlimited: Record<string, string> = Object.fromEntries(
  [
    'login_account',
    'login_address',
    'signup_address',
    'refresh_address',
    'refresh_session',
    'refresh_refused',
  ]
    .map((name) => `limits.${name}.max`)
    .map((name) => [name, '1000000000']),
)

const startLimit = 30_000

const children = new Set<ChildProcess>()
/** What servers have said since a test began, with their ports. */
let said = ''

/** For the top of a test file: a test that fails tells what its servers said, and none of them outlives the file. */
export function watchServers(): void {
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stdout.write(said)
    said = ''
  })
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL')
  })
}

/** Starts `sallyport serve` and waits until it is ready. Throws an Error with its output where it ends instead. */
export async function startServer(home: Home, options: StartOptions = {}): Promise<Running> {
  const port = options.port ?? (await freePort())
  const { child, ended, output, hear } = launch(home, port, options)
  let end: End | undefined
  void ended.then((value) => {
    end = value
  })
  const deadline = performance.now() + startLimit
  while (!(await answersReady(port))) {
    if (end)
      throw new Error(`the server ended with ${end.code} ${end.signal} before it was ready\n${end.output}`)
    if (performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`the server was not ready after ${startLimit} ms\n${(await ended).output}`)
    }
    await pause(10)
  }
  return {
    port,
    ended,
    signal: (name) => child.kill(name),
    memory: () => memoryOf(child),
    worked: () => workOf(child),
    output,
    hear,
  }
}

/** Starts `sallyport serve` where it is expected to give up, and waits for that. */
export async function startInVain(home: Home, options: StartOptions = {}): Promise<End> {
  const { child, ended } = launch(home, options.port ?? (await freePort()), options)
  const timer = setTimeout(() => child.kill('SIGKILL'), startLimit)
  const end = await ended
  clearTimeout(timer)
  return end
}

/** Runs another command of the program on the same database, and waits for its end. */
export async function runCommand(home: Home, ...words: string[]): Promise<End> {
  const child = spawn(process.execPath, [main, ...words, '--database-url', home.url], {
    cwd: home.directory,
    env: { PATH: process.env.PATH, SALLYPORT_SECRET: home.secret.toString('base64url') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, output })))
}

/** Ends a server the polite way and says how it went. */
export async function stopServer(server: Running): Promise<End> {
  server.signal('SIGTERM')
  return server.ended
}

function launch(home: Home, port: number, options: StartOptions) {
  const { log = 'heard', descriptors } = options
  const run = [process.execPath, main, options.command ?? 'serve', ...wordsOf(home, port, options)]
  const limited = ['sh', '-c', `ulimit -n ${descriptors} && exec "$@"`, 'sh', ...run]
  const [file = '', ...words] = descriptors === undefined ? run : limited
  const child = spawn(file, words, {
    cwd: home.directory,
    env: { PATH: process.env.PATH, SALLYPORT_SECRET: home.secret.toString('base64url'), ...options.env },
    stdio: ['ignore', typeof log === 'number' ? log : 'pipe', 'pipe'],
  })
  children.add(child)
  let output = ''
  const hear = (text: string) => {
    output = (output + text).slice(-100_000)
    said = `${said}${port}: ${text}`.slice(-100_000)
  }
  const listen = (stream: Readable | null) => stream?.setEncoding('utf8').on('data', hear)
  listen(child.stderr)
  if (log === 'heard') listen(child.stdout)
  const ended = new Promise<End>((resolve) => {
    // Not `close`: that waits until the log has been read.
    child.once(log === 'unread' ? 'exit' : 'close', (code, signal) => {
      children.delete(child)
      child.stdout?.destroy()
      resolve({ code, signal, output })
    })
  })
  return { child, ended, output: () => output, hear: () => void listen(child.stdout) }
}

function wordsOf(home: Home, port: number, { flags = {} }: StartOptions): string[] {
  const given = {
    host: '127.0.0.1',
    port: String(port),
    issuer: 'http://localhost:4400',
    'data-dir': home.dataDir,
    'database-url': home.url,
    'log.level': 'warn',
    'shutdown.delay': '0s',
    'metrics.port': '0',
    ...flags,
  }
  return Object.entries(given).map(([name, value]) => `--${name.replaceAll('_', '-')}=${value}`)
}

function answersReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => resolve(false))
  })
}

function memoryOf({ pid }: ChildProcess): number {
  try {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kib ?? 0) * 1024
  } catch {
    return 0
  }
}

/** Fields 14 and 15 of proc(5)'s stat, in hundredths of a second; the name before them may hold blanks. */
function workOf({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0
  }
}
