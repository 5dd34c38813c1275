// A MariaDB server of a test's own, in a temporary directory and on a free port, to be stopped, frozen and started again.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificate, certificateKey } from './certificate.js'
import { freeze, goOn } from './freeze.js'
import { administer } from './mysql.js'
import { freePort } from './port.js'

export interface OwnServer {
  /** The URL of its administrator, without a database. */
  readonly url: string
  /** Its socket, and the file of its certificate, which it signed itself for `localhost`. */
  readonly socket: string
  readonly certificate: string
  start(): Promise<void>
  /** Ends it, which takes it as long as it likes. */
  stop(): Promise<void>
  /** It keeps its connections and says nothing, until it goes on. */
  freeze(): Promise<void>
  goOn(): void
  remove(): Promise<void>
}

const programs = { server: 'mariadbd', install: 'mariadb-install-db' }

/** Why there can be none; undefined where the programs are here. */
export const missingPrograms: string | undefined = look()

function look(): string | undefined {
  try {
    execFileSync(programs.server, ['--version'], { stdio: 'ignore', env: environment() })
    return undefined
  } catch {
    const why = 'the program mariadbd is not here'
    if (process.env.CI) throw new Error(why)
    console.warn(`tests with a MariaDB of their own are skipped: ${why}`)
    return why
  }
}

function environment() {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` }
}

/** Makes a server and starts it. */
export async function ownServer(): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-mariadb-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  // It does not run as root.
  const user = process.getuid?.() === 0 ? idOf('mysql') : undefined
  if (user !== undefined) {
    chmodSync(folder, 0o711)
    chownSync(data, user.uid, user.gid)
  }
  writeFileSync(join(folder, 'cert.pem'), certificate)
  writeFileSync(join(folder, 'key.pem'), certificateKey)
  const around = { ...user, cwd: '/', stdio: 'ignore' as const, env: environment() }
  execFileSync(programs.install, installing(data), around)
  const port = await freePort()
  const url = `mysql://root@127.0.0.1:${port}/`
  let child: ChildProcess
  const start = async () => {
    child = spawn(programs.server, serving(folder, data, port), around)
    await answering(url)
  }
  await start()
  return {
    url,
    socket: join(data, 'socket'),
    certificate: join(folder, 'cert.pem'),
    start,
    stop: () => stop(child),
    freeze: () => freeze(child),
    goOn: () => goOn(child),
    remove: async () => {
      await stop(child)
      rmSync(folder, { recursive: true })
    },
  }
}

const installing = (data: string) => [
  '--no-defaults',
  `--datadir=${data}`,
  '--auth-root-authentication-method=normal',
  '--skip-test-db',
]

const serving = (folder: string, data: string, port: number) => [
  '--no-defaults',
  `--datadir=${data}`,
  `--port=${port}`,
  `--socket=${join(data, 'socket')}`,
  `--ssl-cert=${join(folder, 'cert.pem')}`,
  `--ssl-key=${join(folder, 'key.pem')}`,
  '--bind-address=127.0.0.1',
  '--skip-name-resolve',
  '--innodb-flush-log-at-trx-commit=0',
]

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  await ended
}

function idOf(name: string) {
  const id = (flag: string) => Number(execFileSync('id', [flag, name]))
  return { uid: id('-u'), gid: id('-g') }
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await administer('SELECT 1', url)
      return
    } catch (error) {
      if (tries === 300) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
