// A whole Sallyport moves while a server runs and is used: from SQLite to PostgreSQL and back.

import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { administer, missing as mysqlMissing, type TestDatabase, testDatabase } from '../testing/mysql.js'
import { missing, testSchema } from '../testing/postgres.js'
import { type Home as Console, makeHome as makeConsole } from '../testing/program.js'
import { type Client, createClient } from './client.js'
import { openForeign } from './database.js'
import { type Device, devicesOf, refresh, refused, untilRefused, useAll } from './devices.js'
import { type Running, startInVain, startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()

// skipped: where no PostgreSQL answers; the reason is printed
describe.skipIf(missing !== undefined)('a move', () => {
  const schema = testSchema()
  let home: Home
  let console: Console
  let old: Running
  let client: Client
  let devices: Device[]
  let env: Record<string, string>
  let stopUsing: () => Promise<void>
  let mysql: TestDatabase | undefined

  beforeAll(async () => {
    mysql = mysqlMissing === undefined ? await testDatabase() : undefined
    home = await makeHome({ people: 2, sessionsEach: 2 })
    console = makeConsole()
    env = { SALLYPORT_SECRET: home.secret.toString('base64url'), SALLYPORT_DATA_DIR: home.dataDir }
    old = await startServer(home, { flags: unlimited })
    client = createClient(old.port)
    devices = devicesOf(home)
    const signedUp = await client.post('/v1/signup', {
      email: 'new@example.com',
      password: 'seven tall ships',
    })
    const { refresh_token, access_token } = signedUp.json as Record<string, string>
    devices.push({ token: refresh_token!, access: access_token!, answers: [] })
    for (const device of devices) await refresh(client, device)
    expect((await console.run(['migrate', '--database-url', schema.url], env)).code).toBe(0)
    stopUsing = useAll(client, devices.slice(1))
  })
  afterAll(async () => {
    await stopUsing?.()
    client?.close()
    await console?.remove()
    home?.remove()
    await schema.drop()
    await mysql?.drop()
  })

  const waitingFor = `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '${schema.name}.users'::regclass`
  const onTarget = async (sql: string) => {
    const url = new URL(schema.url)
    url.searchParams.delete('schema')
    const session = new pg.Client({ connectionString: url.href })
    await session.connect()
    await session.query(`SET search_path = ${schema.name}; ${sql}`)
    return session
  }

  it('that is killed half way keeps its target shut, and the source goes on when it is told to', async () => {
    const locked = await onTarget('BEGIN; LOCK TABLE users IN SHARE MODE')
    const moving = console.sallyport(['move', '--to', schema.url], env)
    await untilRefused(client, devices[0]!)
    // Whoever only shows a token, or asks whether the server is ready, notices nothing.
    expect(await client.get('/v1/me', devices[1]!.access)).toMatchObject({ status: 200 })
    expect(await client.get('/readyz')).toMatchObject({ status: 200 })
    // It waits for the lock now, and would give up after as long as any statement may take.
    await expect.poll(async () => (await locked.query(waitingFor)).rows, { interval: 10 }).toHaveLength(1)
    moving.child.kill('SIGKILL')
    await moving.ended
    expect(await startInVain(home, { flags: { 'database-url': schema.url } })).toMatchObject({
      code: 1,
      output: expect.stringContaining('has not finished'),
    })
    await locked.end()
    const again = await console.run(['move', '--to-stdin'], env, schema.url)
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('--resume')])
    expect(await console.run(['move', '--reopen', '--yes'], env)).toMatchObject({ code: 0 })
    await expect.poll(async () => (await refresh(client, devices[0]!)).status, { timeout: 5000 }).toBe(200)
  })

  it('whose copy is not the original says which table, and leaves the source open', async () => {
    const forge = await onTarget(`
      CREATE FUNCTION forge() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.email = 'seeded1@example.com' THEN NEW.epoch := 7; END IF; RETURN NEW; END $$;
      CREATE TRIGGER forge BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION forge()`)
    const { code, out, err } = await console.run(['move', '--to-stdin'], env, schema.url)
    expect([code, err]).toEqual([1, expect.stringContaining('the copy is not the original: users;')])
    expect(out).toMatch(/^users +3 +3 .*DIFFERENT$/m)
    expect(out).toMatch(/^sessions +5 +5 .*same$/m)
    await expect.poll(async () => (await refresh(client, devices[0]!)).status, { timeout: 5000 }).toBe(200)
    await forge.query('DROP TRIGGER forge ON users')
    await forge.end()
  })

  it('takes everybody along, logged in as they are, and closes the source', async () => {
    const moved = await console.run(['move', '--to-stdin', '--json'], env, schema.url)
    expect([moved.code, moved.err]).toEqual([0, expect.stringContaining('takes no more writes')])
    expect(JSON.parse(moved.out)).toMatchObject({
      tables: expect.arrayContaining([expect.objectContaining({ table: 'sessions', rows: 5, same: true })]),
    })
    expect(
      devices.flatMap(({ answers }) => answers).filter((one) => one.status !== 200 && !refused(one)),
    ).toEqual([])
    expect(devices.every(({ answers }) => answers.some(refused))).toBe(true)
    await untilRefused(client, devices[0]!)
    await stopUsing()
    await expect.poll(async () => (await client.get('/readyz')).status, { timeout: 5000 }).toBe(503)
    // What is ended from now on is ended elsewhere, so that nobody is believed here.
    expect(await client.get('/v1/me', devices[0]!.access)).toMatchObject({ status: 503 })

    const server = await startServer(home, { flags: { ...unlimited, 'database-url': schema.url } })
    const there = createClient(server.port)
    for (const device of devices) {
      expect(await there.get('/v1/me', device.access)).toMatchObject({ status: 200 })
      expect(await refresh(there, device)).toMatchObject({ status: 200 })
    }
    const on = { ...env, SALLYPORT_DATABASE_URL: schema.url }
    const audited = await console.run(['audit', 'verify'], on)
    expect([audited.code, audited.out]).toEqual([0, expect.stringMatching(/^intact/)])
    client.close()
    await stopServer(old)
    expect(await startInVain(home)).toMatchObject({
      code: 1,
      output: expect.stringContaining('was moved to'),
    })
    const twice = await console.run(['move', '--to', schema.url], env)
    expect([twice.code, twice.err]).toEqual([1, expect.stringContaining('sallyport move --reopen')])
    const empty = join(console.directory, 'empty.db')
    expect(await console.run(['migrate', '--database-url', `sqlite:${empty}`], env)).toMatchObject({
      code: 0,
    })
    symlinkSync(empty, `${empty}.link`)
    const itself = await console.run(
      ['move', '--from', `sqlite:${empty}`, '--to', `sqlite:${empty}.link`],
      env,
    )
    expect([itself.code, itself.err]).toEqual([1, expect.stringContaining('are the same database')])
    const usable = ['user', 'list', '--database-url', `sqlite:${empty}`]
    expect(await console.run(usable, env)).toMatchObject({ code: 0 })
    const typo = join(console.directory, 'typo.db')
    const nothing = await console.run(['move', '--from', `sqlite:${typo}`, '--to', schema.url], env)
    expect([nothing.code, nothing.err]).toEqual([1, expect.stringContaining(`no database at ${typo}`)])
    expect(existsSync(typo)).toBe(false)
    // As if the move had been killed between its last two acts.
    const source = await openForeign(home.database)
    const [move] = Object.values(source.prepare("SELECT move FROM holds WHERE id = 'here'").get()!)
    source.close()
    const from = `sqlite:${home.database}`
    const values = `'here', 'whole', '${move}', '${from}', 0, ${Number.MAX_SAFE_INTEGER}`
    await (await onTarget(`INSERT INTO holds VALUES (${values})`)).end()
    const finished = await console.run(['move', '--to', schema.url], env)
    expect([finished.code, finished.err]).toEqual([0, expect.stringContaining('its last act is done now')])
    expect(await console.run(['user', 'list'], on)).toMatchObject({ code: 0 })
    client = there
    old = server
  })

  it('goes from PostgreSQL to MySQL and to a file as well, past a server that holds a pool of connections', async () => {
    stopUsing = useAll(client, devices)
    const file = join(home.dataDir, 'back.db')
    const url = join(console.directory, 'url')
    writeFileSync(url, schema.url)
    const taken = await console.run(['move', '--from-file', url, '--to', `sqlite:${home.database}`], env)
    expect([taken.code, taken.err]).toEqual([1, expect.stringContaining('it was moved to')])
    // What was on its way when the hold came is waited for by MySQL too, before its tables refuse the rest.
    const slow = (name: string) =>
      administer([
        'START TRANSACTION',
        `UPDATE ${name}.users SET given_name = 'Slow'`,
        'SELECT SLEEP(5)',
        'COMMIT',
      ])
    for (const to of [...(mysql ? [mysql.url] : []), `sqlite:${file}`]) {
      const late = mysql && to.startsWith('sqlite:') ? slow(mysql.name) : undefined
      const moved = await console.run(['move', '--from-file', url, '--to', to], env)
      await late
      expect([to, moved.code, moved.err]).toEqual([to, 0, expect.stringContaining('takes no more writes')])
      writeFileSync(url, to)
    }
    await stopUsing()
    if (mysql) {
      const there = await openForeign(file)
      expect(there.prepare('SELECT DISTINCT given_name FROM users').all()).toEqual([{ given_name: 'Slow' }])
      there.close()
    }
    const server = await startServer(home, { flags: { ...unlimited, 'database-url': `sqlite:${file}` } })
    const there = createClient(server.port)
    for (const device of devices) expect(await refresh(there, device)).toMatchObject({ status: 200 })
    there.close()
    expect(
      devices.flatMap(({ answers }) => answers).filter((one) => one.status !== 200 && !refused(one)),
    ).toEqual([])
    const audited = await console.run(['audit', 'verify', '--database-url', `sqlite:${file}`], env)
    expect([audited.code, audited.out]).toEqual([0, expect.stringMatching(/^intact/)])
    await stopServer(server)
    await stopServer(old)
  })
})
