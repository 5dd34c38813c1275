// A real PgBouncer before the PostgreSQL of the tests, in transaction mode, with far fewer connections to the server than
// it takes from us: whatever is left on one of them is found by somebody else. Where none is installed, tests that need
// one are skipped and say so; where `CI` is set they fail.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './port.js'
import { administer, base, missing as noPostgres, testSchema } from './postgres.js'

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find((path) =>
  existsSync(path),
)

/** Why there is none; undefined where there is one. */
export const missing = noPostgres ?? look()

function look(): string | undefined {
  if (program !== undefined) return undefined
  const why = 'no pgbouncer is installed'
  if (process.env.CI) throw new Error(why)
  console.warn(`tests behind PgBouncer are skipped: ${why}`)
  return why
}

export interface PgBouncer {
  /** The `database_url` through it, of a schema that is nobody else's. */
  readonly url: string
  /** The same database without it. */
  readonly direct: string
  stop(): Promise<void>
}

/** Connections to the server, and the most that it takes from clients. */
export const sizes = { servers: 2, clients: 20 }

export async function startPgBouncer(): Promise<PgBouncer> {
  const schema = testSchema()
  await administer(`CREATE SCHEMA ${schema.name}`)
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-pgbouncer-'))
  const port = await freePort()
  writeFileSync(join(directory, 'pgbouncer.ini'), settingsOf(port, schema.name))
  chmodSync(directory, 0o755)
  const child = run(join(directory, 'pgbouncer.ini'))
  await listening(child, port)
  return {
    url: `postgres://postgres@127.0.0.1:${port}/pooled?pgbouncer=transaction`,
    direct: schema.url,
    stop: async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      rmSync(directory, { recursive: true })
      await schema.drop()
    },
  }
}

/** What docs/databases.md has the role told, here to every connection. */
const told = (schema: string) =>
  [`search_path = ${schema}`, 'statement_timeout = 5000', 'idle_in_transaction_session_timeout = 10000']
    .map((one) => `SET ${one};`)
    .join(' ')

function settingsOf(port: number, schema: string): string {
  const { hostname, username, password, pathname } = base
  const server = [
    `host=${hostname.replace('localhost', '127.0.0.1')} port=${base.port || 5432} dbname=${pathname.slice(1)}`,
    `user=${username || 'postgres'}${password && ` password=${password}`}`,
    `connect_query='${told(schema)}'`,
  ]
  return `[databases]
pooled = ${server.join(' ')}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${sizes.servers}
max_client_conn = ${sizes.clients}
`
}

/** It does not run as root. */
function run(settings: string): ChildProcess {
  const lowered = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups']
  const [file = '', ...words] = [...(process.getuid?.() === 0 ? lowered : []), program!, '-q', settings]
  return spawn(file, words, { stdio: ['ignore', 'inherit', 'inherit'] })
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 500 && child.exitCode === null; tries++) {
    const socket = connect(port, '127.0.0.1')
    const answers = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (answers) return
    await pause(20)
  }
  throw new Error(`pgbouncer does not listen on port ${port}`)
}
