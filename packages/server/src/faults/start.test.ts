import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { freePort } from '../testing/port.js'
import { createClient } from './client.js'
import { openForeign, readDatabase } from './database.js'
import { canMount, mountSmall } from './disk.js'
import { type End, startInVain, startServer, stopServer, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()

let home: Home
beforeEach(async () => {
  home = await makeHome({ people: 1 })
  return () => home.remove()
})
const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step()
})

/** It gave up by itself, in sentences for a person and not in the words of a crash. */
function expectSentence({ code, output }: End, ...words: (string | RegExp)[]): void {
  expect(output).toMatch(/^sallyport: /)
  for (const word of words) expect(output).toMatch(word)
  expect(output).not.toMatch(/^\s+at /m)
  expect(output).not.toContain('please report')
  expect(code).toBe(1)
}

const isRoot = process.getuid?.() === 0

it('says that the data directory cannot be made', async () => {
  const file = join(home.directory, 'file')
  writeFileSync(file, '')
  const end = await startInVain(home, { flags: { 'data-dir': join(file, 'data') } })
  expectSentence(end, join(file, 'data'), /cannot be written/, /--data-dir/)
})

// skipped: root may write anywhere but on a read-only file system, and mounting one needs root on Linux
it.skipIf(isRoot ? !canMount() : process.platform === 'win32')(
  'says that the data directory cannot be written',
  async () => {
    const dataDir = join(home.directory, 'closed')
    mkdirSync(dataDir)
    if (isRoot) {
      const disk = mountSmall(dataDir, '1m')
      undo.push(disk.remove)
      disk.makeReadOnly()
    } else chmodSync(dataDir, 0o555)
    const end = await startInVain(home, { flags: { 'data-dir': dataDir } })
    expectSentence(end, dataDir, /cannot be written/, /--data-dir/)
  },
)

// skipped: as above
it.skipIf(isRoot ? !canMount() : process.platform === 'win32')(
  'says that the database file cannot be written',
  async () => {
    let closed = home
    if (isRoot) {
      const directory = join(home.directory, 'disk')
      mkdirSync(directory)
      const disk = mountSmall(directory, '4m')
      undo.push(disk.remove)
      closed = await makeHome({ directory })
      disk.makeReadOnly()
    } else chmodSync(home.database, 0o444)
    expectSentence(await startInVain(closed), closed.dataDir, /write/)
  },
)

it('says that the port is in use, and leaves the database as it was', async () => {
  const port = await freePort()
  const other = createServer().listen(port, '127.0.0.1')
  const end = await startInVain(home, { port })
  other.close()
  expectSentence(end, `port ${port} is in use`, /--port/)
  expect((await readDatabase(home.database)).integrity).toBe('ok')
})

it('says that the database is newer than the program, and changes nothing in it', async () => {
  const db = await openForeign(home.database)
  db.exec("INSERT INTO sallyport_migrations VALUES (9999, 'from the future', 0)")
  db.close()
  expectSentence(await startInVain(home), /newer/, /9999/)
  expect((await readDatabase(home.database)).users.size).toBe(1)
})

it('says that a file is no database, and leaves it as it is', async () => {
  const text = 'these are notes, and nobody wants them overwritten\n'.repeat(200)
  for (const end of ['-wal', '-shm']) rmSync(home.database + end, { force: true })
  writeFileSync(home.database, text)
  expectSentence(await startInVain(home), home.database, 'is not a SQLite database', /configure another path/)
  expect(readFileSync(home.database, 'utf8')).toBe(text)
})

it('says that another process has the whole database to itself', async () => {
  const foreign = await openForeign(home.database)
  undo.push(() => foreign.close())
  foreign.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  expectSentence(await startInVain(home), home.database, 'locked by another process')
})

it('starts beside somebody who is writing', async () => {
  const foreign = await openForeign(home.database)
  undo.push(() => foreign.close())
  foreign.exec('BEGIN EXCLUSIVE')
  const starting = startServer(home)
  await pause(1000)
  foreign.exec('ROLLBACK')
  const server = await starting
  const client = createClient(server.port)
  const answer = await client.post('/v1/refresh', { refresh_token: home.people[0]!.tokens[0] })
  client.close()
  expect(answer).toMatchObject({ status: 200 })
  expect(await stopServer(server)).toMatchObject({ code: 0 })
})

it('refuses a database that was never migrated, and names the command that mends it', async () => {
  for (const end of ['', '-wal', '-shm']) rmSync(home.database + end, { force: true })
  expectSentence(await startInVain(home), /lacks/, /sallyport migrate/)
  expect(existsSync(home.database)).toBe(true)
})
