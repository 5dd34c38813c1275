// A whole Sallyport moves into a PostgreSQL behind a PgBouncer in transaction mode and out of it again, while servers run and
// are used. The pooler has two connections to the server, of which the move holds one.
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing, type PgBouncer, startPgBouncer } from '../testing/pgbouncer.js'
import { type Home as Console, makeHome as makeConsole } from '../testing/program.js'
import { createClient } from './client.js'
import { type Device, devicesOf, refresh, refused, useAll } from './devices.js'
import { startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()

// skipped: where PostgreSQL or PgBouncer is missing; the reason is printed
describe.skipIf(missing !== undefined)('a move behind PgBouncer', () => {
  let pooler: PgBouncer
  let home: Home
  let console: Console
  let devices: Device[]
  let env: Record<string, string>

  beforeAll(async () => {
    pooler = await startPgBouncer()
    // More than a page of rows, so that both sides are read and written more than once.
    home = await makeHome({ people: 300, sessionsEach: 2 })
    console = makeConsole()
    env = { SALLYPORT_SECRET: home.secret.toString('base64url'), SALLYPORT_DATA_DIR: home.dataDir }
    devices = devicesOf(home).slice(0, 4)
  })
  afterAll(async () => {
    await console?.remove()
    home?.remove()
    await pooler?.stop()
  })

  /** Moves while a server on the source is used; nobody may hear anything but that it cannot be written now. */
  async function moveInUse(from: string, to: string, meanwhile: () => Promise<unknown> = async () => {}) {
    const flags = { ...unlimited, 'database-url': from, 'database-pool': '4' }
    const server = await startServer(home, { flags })
    const client = createClient(server.port)
    for (const device of devices) expect(await refresh(client, device)).toMatchObject({ status: 200 })
    const stopUsing = useAll(client, devices)
    try {
      await meanwhile()
      const moved = await console.run(['move', '--from', from, '--to', to, '--json'], env)
      expect([moved.code, moved.err]).toEqual([0, expect.stringContaining('takes no more writes')])
      const { tables } = JSON.parse(moved.out) as { tables: { table: string; rows: number; same: boolean }[] }
      expect(tables.filter(({ same }) => !same)).toEqual([])
      expect(tables).toContainEqual(expect.objectContaining({ table: 'sessions', rows: 600 }))
    } finally {
      await stopUsing()
    }
    const answers = devices.flatMap((device) => device.answers.splice(0))
    expect(answers.filter((one) => one.status !== 200 && !refused(one))).toEqual([])
    expect(answers.some(refused)).toBe(true)
    client.close()
    await stopServer(server)
  }

  async function allGoOn(url: string) {
    const server = await startServer(home, { flags: { ...unlimited, 'database-url': url } })
    const client = createClient(server.port)
    for (const device of devices) {
      expect(await client.get('/v1/me', device.access)).toMatchObject({ status: 200 })
      expect(await refresh(client, device)).toMatchObject({ status: 200 })
    }
    client.close()
    await stopServer(server)
    const audited = await console.run(['audit', 'verify', '--database-url', url], env)
    expect([audited.code, audited.out]).toEqual([0, expect.stringMatching(/^intact/)])
  }

  it('goes in, and everybody goes on there', async () => {
    await moveInUse(home.url, pooler.url)
    await allGoOn(pooler.url)
  })

  it('goes out again, and waits for a write that takes longer than a statement may', async () => {
    const direct = new URL(pooler.direct)
    const schema = direct.searchParams.get('schema')
    direct.search = ''
    const slow = new pg.Client({ connectionString: direct.href })
    await slow.connect()
    let writing: Promise<unknown> | undefined
    const file = `sqlite:${join(home.dataDir, 'back.db')}`
    await moveInUse(pooler.url, file, async () => {
      await slow.query('BEGIN')
      await slow.query(`UPDATE ${schema}.users SET given_name = 'Slow' WHERE email = 'seeded7@example.com'`)
      writing = slow.query('SELECT pg_sleep(8)').then(() => slow.query('COMMIT'))
    })
    await writing
    await slow.end()
    const shown = await console.run(
      ['user', 'show', 'seeded7@example.com', '--json', '--database-url', file],
      env,
    )
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('Slow')])
    await allGoOn(file)
  })
})
