// A backup of a server that is used, and going back to it: what was ended since stays ended.
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Home as Console, makeHome as makeConsole } from '../testing/program.js'
import { type Client, createClient } from './client.js'
import { openForeign, readDatabase } from './database.js'
import { canMount, mountSmall } from './disk.js'
import { type Running, startInVain, startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()

let home: Home
let console: Console
let server: Running
let client: Client
let env: Record<string, string>
let backup: string
/** Refresh tokens, the newest that arrived for each session of the home. */
let tokens: string[]

beforeAll(async () => {
  home = await makeHome({ people: 2, sessionsEach: 2 })
  console = makeConsole()
  backup = join(console.directory, 'backup.db')
  env = { SALLYPORT_SECRET: home.secret.toString('base64url'), SALLYPORT_DATA_DIR: home.dataDir }
  server = await startServer(home, { flags: unlimited })
  client = createClient(server.port)
  tokens = home.people.flatMap((person) => person.tokens)
})
afterAll(async () => {
  client?.close()
  await console?.remove()
  home?.remove()
})

const refresh = async (at: Client, index: number) => {
  const answer = await at.post('/v1/refresh', { refresh_token: tokens[index]! })
  if (answer.status === 200) tokens[index] = answer.json.refresh_token as string
  return answer
}

/** A copy of the backup, beside it. */
function copied(name: string): string {
  const path = join(console.directory, name)
  cpSync(backup, path)
  return path
}

it('is made while the server is used, closed to others, and a moment of the database', async () => {
  let busy = true
  const using = Promise.all(
    tokens.map(async (_, index) => {
      while (busy) expect(await refresh(client, index)).toMatchObject({ status: 200 })
    }),
  )
  const { code, out, err } = await console.run(['backup', backup, '--json'], env)
  busy = false
  await using
  expect([code, err]).toEqual([0, expect.stringContaining('The master secret is not in it')])
  expect(JSON.parse(out)).toMatchObject({ file: backup, bytes: statSync(backup).size })
  expect(statSync(backup).mode & 0o777).toBe(0o600)
  expect(readdirSync(console.directory)).toEqual(['backup.db'])
  expect(await readDatabase(copied('looked-at.db'))).toMatchObject({ integrity: 'ok', sessions: { size: 4 } })
  const again = await console.run(['backup', backup], env)
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('not written over')])
})

it('is made where one that was killed left its draft, though both processes have the same number', async () => {
  const alike = 'Object.defineProperty(process, "pid", { value: 7 })'
  const seventh = { ...env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(alike)}` }
  const again = join(console.directory, 'again.db')
  // The draft, and its journal where it was killed while it had one.
  const left = () => readdirSync(console.directory).filter((name) => /^again\.db\..*\.part/.test(name))
  const draftOf = () => left().find((name) => name.endsWith('.part'))
  let draft: string | undefined
  // One that was done before it was killed proves nothing.
  while (draft === undefined) {
    rmSync(again, { force: true })
    const killed = console.sallyport(['backup', again], seventh)
    let over = false
    void killed.ended.then(() => {
      over = true
    })
    while (draftOf() === undefined && !over) await pause(1)
    killed.child.kill('SIGKILL')
    await killed.ended
    draft = draftOf()
  }
  const ofTheKilled = left()
  // Killed while its draft took the name, it left both.
  rmSync(again, { force: true })
  expect(await console.run(['backup', again, '--json'], seventh)).toMatchObject({ code: 0 })
  expect(left()).toEqual(ofTheKilled)
  expect(await readDatabase(again)).toMatchObject({ integrity: 'ok' })
  for (const name of ['again.db', ...ofTheKilled]) rmSync(join(console.directory, name))
})

it('is not put back while a server has the database open', async () => {
  expect(await client.post('/v1/logout', { refresh_token: tokens[3]! })).toMatchObject({ status: 204 })
  const later = { email: 'later@example.com', password: 'a bell under the sea' }
  expect(await client.post('/v1/signup', later)).toMatchObject({ status: 201 })
  const { code, err } = await console.run(['restore', backup, '--yes'], env)
  expect([code, err]).toEqual([1, expect.stringContaining('a server or another command has it open')])
  expect(await refresh(client, 0)).toMatchObject({ status: 200 })
})

it('is not put back where it is no whole backup of this Sallyport, and nothing changes then', async () => {
  const access = (await refresh(client, 0)).json.access_token as string
  await stopServer(server)
  client.close()
  const short = copied('short.db')
  truncateSync(short, 65_536)
  const foreign = join(console.directory, 'foreign.db')
  const made = await openForeign(foreign)
  made.exec('CREATE TABLE notes (text)')
  made.close()
  const newer = copied('newer.db')
  const future = await openForeign(newer)
  future.exec("INSERT INTO sallyport_migrations VALUES (999, 'tomorrow', 0)")
  future.close()
  writeFileSync(join(console.directory, 'garbage.db'), 'not a database at all '.repeat(500))
  const refusals = {
    'short.db': 'damaged',
    'foreign.db': 'no database of Sallyport',
    'newer.db': 'schema 999',
    'garbage.db': 'not a SQLite database',
    'nowhere.db': 'does not exist',
  }
  for (const [name, why] of Object.entries(refusals)) {
    const { code, err } = await console.run(['restore', join(console.directory, name), '--yes'], env)
    expect([name, code, err]).toEqual([name, 1, expect.stringContaining(why)])
    expect(err).toMatch(/\n→ \S/)
  }
  const other = { ...env, SALLYPORT_SECRET: Buffer.alloc(32, 'other secret').toString('base64url') }
  const wrong = await console.run(['restore', backup, '--yes'], other)
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('SALLYPORT_SECRET')])
  expect(await console.run(['restore', backup], env)).toMatchObject({ code: 3 })
  expect(readdirSync(home.dataDir).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(['sallyport.db'])
  server = await startServer(home, { flags: unlimited })
  client = createClient(server.port)
  expect(await client.get('/v1/me', access)).toMatchObject({ status: 200 })
  tokens.push(access)
})

it('brings accounts back and no session: those that were ended stay so', async () => {
  const access = tokens.pop()!
  await stopServer(server)
  client.close()
  // By a link as well it is the file that is changed, so that the new one lies where the old one lay.
  const link = join(console.directory, 'link.db')
  symlinkSync(home.database, link)
  const on = ['--database-url', `sqlite:${link}`]
  const { code, out, err } = await console.run(['restore', backup, '--yes', '--json', ...on], env)
  expect([code, err]).toEqual([0, expect.stringContaining('Everybody signs in again')])
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
  const told = JSON.parse(out)
  expect(told).toMatchObject({ sessions_ended: 4 })
  expect(existsSync(told.kept)).toBe(true)

  server = await startServer(home, { flags: unlimited })
  client = createClient(server.port)
  for (const index of tokens.keys()) expect(await refresh(client, index)).toMatchObject({ status: 401 })
  for (const token of home.people.flatMap((person) => person.tokens))
    expect(await client.post('/v1/refresh', { refresh_token: token })).toMatchObject({ status: 401 })
  expect(await client.get('/v1/me', access)).toMatchObject({ status: 401 })
  const { email, password } = home.people[0]!
  expect(await client.post('/v1/login', { identifier: email, password })).toMatchObject({ status: 200 })
  const later = { identifier: 'later@example.com', password: 'a bell under the sea' }
  expect(await client.post('/v1/login', later)).toMatchObject({ status: 401 })

  const audited = await console.run(['audit', 'verify'], env)
  expect([audited.code, audited.out]).toEqual([0, expect.stringMatching(/^intact/)])
  const entry = await console.run(['audit', 'export', '--event', 'database.restored'], env)
  expect(JSON.parse(entry.out)).toMatchObject({
    actor: 'operator',
    details: { file: 'backup.db', takenAt: told.taken_at, sessionsEnded: 4 },
  })
  await stopServer(server)
  client.close()
})

it('is not made of a database that a move has not filled, and opens what one has closed', async () => {
  const held = async (state: string) => {
    const path = copied(`${state}.db`)
    const database = await openForeign(path)
    database.exec(`UPDATE holds SET state = '${state}' WHERE id = 'here'`)
    if (state === 'moved')
      database.exec(
        "CREATE TRIGGER sallyport_moved_x BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'no'); END",
      )
    database.close()
    const on = ['--database-url', `sqlite:${path}`]
    return console.run(['backup', join(console.directory, `${state}.backup`), ...on], env)
  }
  const refused = await held('arriving')
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('has not finished')])
  expect(await held('moved')).toMatchObject({ code: 0 })
  const path = join(console.directory, 'opened.db')
  const on = ['--yes', '--database-url', `sqlite:${path}`]
  expect(await console.run(['restore', join(console.directory, 'moved.backup'), ...on], env)).toMatchObject({
    code: 0,
  })
})

it('starts no server where it was only copied into place, until what follows a restore was done', async () => {
  cpSync(backup, home.database)
  expect(await startInVain(home)).toMatchObject({
    code: 1,
    output: expect.stringMatching(/a backup of .* not restored.*\n→ sallyport restore --after/s),
  })
  const after = await console.run(['restore', '--after', '--yes'], env)
  expect([after.code, after.out]).toEqual([0, 'sessions ended 4\n'])
  const listed = await console.run(['user', 'list', '--json'], env)
  expect(JSON.parse(listed.out).items).toHaveLength(2)
})

// skipped: a full disk needs the right to mount a small one
describe.skipIf(!canMount())('on a disk without room', () => {
  it('neither a backup nor a restore leaves anything behind, and the database is as it was', async () => {
    const small = join(console.directory, 'small')
    mkdirSync(small)
    const disk = mountSmall(small, '1m')
    try {
      disk.fill()
      const full = await console.run(['backup', join(small, 'b.db')], env)
      expect([full.code !== 0, full.err]).toEqual([true, expect.stringMatching(/cannot be written.*full/)])
      const onto = { ...env, SALLYPORT_DATA_DIR: small }
      const restored = await console.run(['restore', backup, '--yes'], onto)
      expect([restored.code, restored.err]).toEqual([1, expect.stringMatching(/the disk is full/)])
      expect(readdirSync(small)).toEqual(['filler'])
    } finally {
      disk.remove()
    }
  })
})
