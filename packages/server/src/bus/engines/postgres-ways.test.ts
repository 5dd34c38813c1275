// Ways to a PostgreSQL that look as if they worked: one on which nothing comes any more, and one through a pooler.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Fate, startProxy } from '../../faults/proxy.js'
import { directConfig } from '../../store/engines/postgres/driver.js'
import { readUrl } from '../../store/engines/postgres/url.js'
import { freePort } from '../../testing/port.js'
import { missing, testSchema } from '../../testing/postgres.js'
import type { Bus } from '../bus.js'
import { openPostgresBus } from './postgres.js'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const base = new URL(testSchema().url)
base.searchParams.delete('schema')
const portOf = (url: URL) => Number(url.port || 5432)

/** A bus by a port of this machine, and why it was cut off so far. */
async function openBy(
  port: number,
  answer: number,
): Promise<{ bus: Bus; reasons: unknown[]; heard(): number }> {
  const url = new URL(base)
  Object.assign(url, { hostname: '127.0.0.1', port })
  const reasons: unknown[] = []
  let heard = 0
  const log = { info: () => {}, warn: ({ reason }: Record<string, unknown>) => void reasons.push(reason) }
  const patience = { first: 20, most: 100, beat: 50 }
  const bus = openPostgresBus({ config: await directConfig(readUrl(url.href)), log, patience, answer })
  undo.push(() => bus.close())
  bus.hear(() => {
    heard += 1
  })
  return { bus, reasons, heard: () => heard }
}

// skipped: where no PostgreSQL answers; the reason is printed
test.skipIf(missing !== undefined)(
  'silence is noticed, and made up for once the way is open again',
  async () => {
    let fate: Fate = 'pass'
    const proxy = await startProxy(portOf(base), () => fate)
    undo.push(() => proxy.close())
    const { bus, reasons, heard } = await openBy(proxy.port, 1000)
    await expect.poll(() => bus.isConnected()).toBe(true)
    const before = heard()
    fate = 'gone'
    await expect.poll(() => bus.isConnected()).toBe(false)
    expect(reasons).toHaveLength(1)
    fate = 'pass'
    await expect.poll(() => bus.isConnected()).toBe(true)
    expect(heard()).toBeGreaterThan(before)
  },
)

const noPooler =
  missing ?? (spawnSync('pgbouncer', ['--version']).status === 0 ? undefined : 'no pgbouncer is installed')
if (noPooler !== undefined) console.warn(`the bus through PgBouncer is not tried: ${noPooler}`)

const isListening = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

/** PgBouncer before the server; `mode` says for how long a client keeps a connection. */
async function startPooler(mode: 'transaction' | 'session'): Promise<number> {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-pooler-'))
  chmodSync(directory, 0o755)
  const users = join(directory, 'users')
  writeFileSync(users, `"${base.username}" "${decodeURIComponent(base.password)}"\n`)
  const file = join(directory, 'pgbouncer.ini')
  const lines = [
    '[databases]',
    `* = host=${base.hostname} port=${portOf(base)}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = trust',
    `auth_file = ${users}`,
    `pool_mode = ${mode}`,
    'ignore_startup_parameters = options,statement_timeout,idle_in_transaction_session_timeout',
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child: ChildProcess = spawn('pgbouncer', [...asUser, file], { stdio: 'ignore' })
  undo.push(() => rmSync(directory, { recursive: true }))
  undo.push(() => child.kill('SIGKILL'))
  await expect.poll(() => isListening(port)).toBe(true)
  return port
}

// skipped: where no PgBouncer is installed; the reason is printed
test.skipIf(noPooler !== undefined)(
  'a pooler in transaction mode is no way, and the log names the setting',
  async () => {
    const { bus, reasons, heard } = await openBy(await startPooler('transaction'), 5000)
    await expect.poll(() => reasons).toEqual([expect.stringContaining('set database_direct_url')])
    expect([bus.isConnected(), heard()]).toEqual([false, 0])
  },
)

// skipped: as above
test.skipIf(noPooler !== undefined)('a pooler in session mode is one', async () => {
  const { bus, reasons } = await openBy(await startPooler('session'), 2000)
  await expect.poll(() => bus.isConnected()).toBe(true)
  expect(reasons).toEqual([])
})
