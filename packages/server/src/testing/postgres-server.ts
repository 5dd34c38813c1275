// A PostgreSQL server of one's own, in a directory below the system's temporary one: for tests that stop it, fill it up or
// change what holds for all of it. Where PostgreSQL's programs are missing, tests that need one are skipped and say so;
// where `CI` is set they fail.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

const debian = '/usr/lib/postgresql'
const folders = [
  ...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []),
  ...(process.env.PATH ?? '').split(':'),
]
const programAt = (name: string) =>
  folders.map((folder) => join(folder, name)).findLast((path) => existsSync(path))

/** Why none can be started; undefined where one can. */
export const missing: string | undefined = look()

function look(): string | undefined {
  if (programAt('initdb') !== undefined) return undefined
  const why = 'no initdb of PostgreSQL is installed'
  if (process.env.CI) throw new Error(why)
  console.warn(`tests on a PostgreSQL of their own are skipped: ${why}`)
  return why
}

export interface PostgresServer {
  readonly port: number
  /** Runs SQL as its administrator. */
  sql(text: string): Promise<Record<string, unknown>[]>
  /** A connection of somebody else. */
  connect(): Promise<pg.Client>
  /** `fast` ends what is under way, `immediate` is a crash. */
  stop(how: 'fast' | 'immediate'): Promise<void>
  start(): Promise<void>
  remove(): Promise<void>
}

/** It does not run as root. */
const isRoot = process.getuid?.() === 0
const lowered = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))

const as = (program: string, ...words: string[]): [string, string[]] => {
  const [file = '', ...rest] = [...lowered, programAt(program) ?? program, ...words]
  return [file, rest]
}

/**
 * Starts one on this port, a new one unless `directory` holds one. The machine itself is not going to fail, so nothing waits
 * for the disk.
 */
export async function startPostgres(
  port: number,
  settings: Record<string, string> = {},
  directory = makeCluster(),
): Promise<PostgresServer> {
  const given = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', ...settings }
  const flags = Object.entries({ ...given, port: String(port) }).map(([name, value]) => `--${name}=${value}`)
  const connect = () => connectTo(port)
  let child: ChildProcess | undefined
  const stop = async (how: 'fast' | 'immediate') => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await once(child, 'exit')
  }
  const sql = async (text: string) => {
    const client = await connect()
    try {
      return (await client.query(text)).rows ?? []
    } finally {
      await client.end()
    }
  }
  const start = async () => {
    child = spawn(...as('postgres', '-D', directory, ...flags), { cwd: '/', stdio: 'ignore' })
    await answering(child, () => sql('SELECT 1'))
  }
  const remove = async () => {
    await stop('immediate')
    rmSync(directory, { recursive: true, force: true })
  }
  await start()
  return { port, sql, connect, stop, start, remove }
}

/** A copy of one that runs, as it is now, whose server would be its standby. */
export function copyOf({ port }: PostgresServer): string {
  const directory = makeDirectory()
  const from = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres']
  const words = ['-D', directory, ...from, '-R', '-X', 'stream', '-c', 'fast', '--no-sync']
  execFileSync(...as('pg_basebackup', ...words), { cwd: '/', stdio: 'ignore' })
  return directory
}

function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-postgres-'))
  own(directory)
  return directory
}

const own = (path: string) => isRoot && chownSync(path, idOf('-u'), idOf('-g'))

/** The directory of a new one, with these files in it: its own are replaced, and nobody else may read them. */
export function makeCluster(files: Readonly<Record<string, string>> = {}): string {
  const directory = makeDirectory()
  const words = ['-D', directory, '-U', 'postgres', '-E', 'UTF8', '-A', 'trust', '--no-locale', '--no-sync']
  execFileSync(...as('initdb', ...words), { cwd: '/', stdio: 'ignore' })
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name)
    writeFileSync(path, text, { mode: 0o600 })
    own(path)
  }
  return directory
}

async function connectTo(port: number): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
  client.on('error', () => {})
  await client.connect()
  return client
}

async function answering(child: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 1000 && child.exitCode === null; tries++) {
    const answered = await ask().then(
      () => true,
      () => false,
    )
    if (answered) return
    await pause(20)
  }
  throw new Error('a PostgreSQL of its own does not answer')
}
