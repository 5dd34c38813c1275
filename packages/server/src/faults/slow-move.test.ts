// A whole Sallyport moves out of MySQL, past an act of a server that has looked for a hold, takes longer than the move, and is
// tried again and again. What somebody is told is kept has to be where everybody goes on.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  administer,
  missing,
  type Session,
  session,
  type TestDatabase,
  testDatabase,
} from '../testing/mysql.js'
import { type Home as Console, makeHome as makeConsole } from '../testing/program.js'
import { type Client, createClient } from './client.js'
import { type Device, devicesOf, refresh, refused, untilRefused } from './devices.js'
import { type Running, startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()

// skipped: where no MySQL or MariaDB answers; the reason is printed
describe.skipIf(missing !== undefined)('a move out of MySQL', () => {
  let database: TestDatabase
  let home: Home
  let console: Console
  let server: Running
  let client: Client
  let device: Device
  let env: Record<string, string>
  const sessions: Session[] = []

  beforeAll(async () => {
    database = await testDatabase()
    home = await makeHome({ people: 2, url: database.url })
    console = makeConsole()
    env = {
      SALLYPORT_SECRET: home.secret.toString('base64url'),
      SALLYPORT_DATA_DIR: home.dataDir,
      SALLYPORT_DATABASE_URL: database.url,
    }
    server = await startServer(home, { flags: { ...unlimited, 'database-url': database.url } })
    client = createClient(server.port)
    device = devicesOf(home)[0]!
    expect(await refresh(client, device)).toMatchObject({ status: 200 })
  })
  afterAll(async () => {
    for (const one of sessions) one.end()
    client?.close()
    if (server) await stopServer(server)
    await console?.remove()
    home?.remove()
    await database?.drop()
  })

  const foreign = () => {
    const one = session(database)
    sessions.push(one)
    return one
  }
  const inside = (...statements: string[]) => administer([`USE ${database.name}`, ...statements])
  const triggers = () =>
    administer(
      `SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = '${database.name}' AND trigger_name LIKE 'sallyport%'`,
    )
  const waiting = (state: string) =>
    administer(
      `SELECT 1 FROM information_schema.PROCESSLIST WHERE db = '${database.name}' AND state LIKE '${state}%'`,
    )

  it('does not begin where writers could not be kept out, and says what is missing', async () => {
    const user = database.name.replace('sallyport_test', 'poor')
    await administer([
      `CREATE USER ${user} IDENTIFIED BY 'pw'`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ${database.name}.* TO ${user}`,
    ])
    const from = Object.assign(new URL(database.url), { username: user, password: 'pw' }).href
    const to = `sqlite:${join(home.dataDir, 'never.db')}`
    const moved = await console.run(['move', '--from', from, '--to', to], env)
    await administer(`DROP USER ${user}`)
    expect([moved.code, moved.err]).toEqual([1, expect.stringContaining('GRANT TRIGGER')])
    expect(await inside("SELECT * FROM holds WHERE id = 'here'")).toEqual([])
    expect(await refresh(client, device)).toMatchObject({ status: 200 })
  })

  it('that is killed while it closes the tables refuses nobody once its hold has run out', async () => {
    const to = ['--to', `sqlite:${join(home.dataDir, 'killed.db')}`]
    // Of the last tables: by then others have their triggers.
    const reader = foreign()
    await reader.query('BEGIN')
    await reader.query('SELECT * FROM gate_codes')
    const moving = console.sallyport(['move', ...to], env)
    await untilRefused(client, device)
    await expect.poll(triggers, { interval: 10, timeout: 20_000 }).not.toEqual([])
    moving.child.kill('SIGKILL')
    await moving.ended
    reader.end()
    // As half a minute does.
    await inside("UPDATE holds SET expires_at = 1 WHERE id = 'here'")
    await expect.poll(async () => (await refresh(client, device)).status, { timeout: 5000 }).toBe(200)
    expect(await triggers()).not.toEqual([])
    expect(await console.run(['move', '--reopen', '--yes'], env)).toMatchObject({ code: 0 })
    expect(await triggers()).toEqual([])
  })

  it('refuses an act that was on its way for longer than it took, or takes along what it wrote', async () => {
    // Deadlocks, as far as the server can tell, until the lock is given up: each takes nearly as long as a statement may.
    await inside(`CREATE TRIGGER slow BEFORE UPDATE ON users FOR EACH ROW BEGIN
      IF GET_LOCK('${database.name}', 4) = 0 THEN SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213; END IF;
      DO RELEASE_LOCK('${database.name}'); END`)
    const file = `sqlite:${join(home.dataDir, 'there.db')}`
    const holder = foreign()
    await holder.query(`SELECT GET_LOCK('${database.name}', 0)`)
    const writing = client.patch('/v1/me', { name: 'Acknowledged' }, device.access)
    await expect.poll(() => waiting('User lock'), { interval: 10 }).not.toEqual([])
    const moved = await console.run(['move', '--to', file], env)
    holder.end()
    const answer = await writing
    expect([moved.code, moved.err]).toEqual([0, expect.stringContaining('takes no more writes')])
    const email = home.people[0]!.email
    const shown = await console.run(['user', 'show', email, '--json', '--database-url', file], env)
    expect(shown.code).toBe(0)
    const kept = shown.out.includes('Acknowledged')
    expect([refused(answer), answer.status, kept]).toEqual(kept ? [false, 200, true] : [true, 503, false])
    // What is closed stays closed, whoever writes.
    await expect(inside('UPDATE users SET epoch = 9')).rejects.toThrow('it is being moved or was')
    await inside('DROP TRIGGER slow')
    expect(await console.run(['move', '--reopen', '--yes'], env)).toMatchObject({ code: 0 })
    await expect.poll(async () => (await refresh(client, device)).status, { timeout: 5000 }).toBe(200)
    expect(await triggers()).toEqual([])
  })
})
