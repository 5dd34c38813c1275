import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { type Answer, type Client, createClient } from './client.js'
import { openForeign, readDatabase } from './database.js'
import { canMount, mountSmall } from './disk.js'
import { differences, type Ledger, openLedger } from './ledger.js'
import { type Running, startServer, stopServer, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()

/** The limits are those that are shipped: nobody is to blame for a store that cannot work. */
const flags = { 'refresh-token.grace': '60s' }

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

let home: Home
let server: Running
let client: Client
let ledger: Ledger

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-faults-'))
  undo.push(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

async function startAt(directory: string): Promise<void> {
  home = await makeHome({ people: 1, sessionsEach: 20, directory })
  ledger = openLedger(home)
  server = await startServer(home, { flags })
  client = createClient(server.port)
  undo.push(() => {
    client.close()
    server.signal('SIGKILL')
    return server.ended
  })
}

/** Refreshes one of the sessions and writes down what was promised. */
async function refresh(index: number): Promise<Answer> {
  const device = ledger.devices[index]!
  const answer = await client.post('/v1/refresh', { refresh_token: device.token })
  if (answer.status !== 200) return answer
  device.token = answer.json.refresh_token as string
  device.access = answer.json.access_token as string
  return answer
}

const everySession = (): number[] => ledger.devices.map((_, index) => index)

function expectUnavailable(answer: Answer): void {
  expect(answer).toMatchObject({ status: 503, json: { code: 'store_unavailable' } })
  expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(JSON.stringify(answer.json)).not.toMatch(/sqlite|disk|lock/i)
}

/** What reads goes on while nothing can be written. */
async function expectReadsToWork(): Promise<void> {
  const access = ledger.devices[0]!.access
  expect(await client.get('/v1/me', access)).toMatchObject({ status: 200 })
  expect(await client.get('/.well-known/jwks.json')).toMatchObject({ status: 200 })
  expect(await client.get('/healthz')).toMatchObject({ status: 200 })
  let ready = await client.get('/readyz')
  const stillFits = performance.now() + 20_000
  while (ready.status === 200 && performance.now() < stillFits) ready = await client.get('/readyz')
  expectUnavailable(ready)
}

async function expectEverythingToGoOn(): Promise<void> {
  for (const index of everySession()) expect(await refresh(index)).toMatchObject({ status: 200 })
  const { email, password } = home.people[0]!
  expect(await client.post('/v1/login', { identifier: email, password })).toMatchObject({ status: 200 })
  ledger.strays += 1
  expect(await client.get('/readyz')).toMatchObject({ status: 200 })
  expect(await stopServer(server)).toMatchObject({ code: 0 })
  expect(differences(ledger, await readDatabase(home.database))).toEqual([])
}

async function until(holds: () => Promise<boolean>, limit: number): Promise<void> {
  const end = performance.now() + limit
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it did not come true within ${limit} ms`)
    await pause(50)
  }
}

it('waits for somebody who holds the database for a second', async () => {
  await startAt(newDirectory())
  const foreign = await openForeign(home.database)
  undo.push(() => foreign.close())
  foreign.exec('BEGIN EXCLUSIVE')
  let held = true
  const answers = everySession().map((index) => refresh(index).then(({ status }) => ({ status, held })))
  await pause(1000)
  held = false
  foreign.exec('ROLLBACK')
  for (const answer of await Promise.all(answers)) expect(answer).toEqual({ status: 200, held: false })
  await expectEverythingToGoOn()
})

it('says that the store is unavailable while somebody holds the database, and loses nothing', async () => {
  await startAt(newDirectory())
  expect(await refresh(0)).toMatchObject({ status: 200 })
  const foreign = await openForeign(home.database)
  undo.push(() => foreign.close())
  foreign.exec('BEGIN EXCLUSIVE')
  const { email: identifier, password } = home.people[0]!
  const [, ...refused] = await Promise.all([
    expectReadsToWork(),
    client.post('/v1/login', { identifier, password }),
    client.post('/v1/logout', { refresh_token: ledger.devices[0]!.token }),
    ...everySession().map(refresh),
  ])
  for (const answer of refused) expectUnavailable(answer)
  foreign.exec('ROLLBACK')
  await expectEverythingToGoOn()
})

// skipped: a disk that can be filled up is a tmpfs, which only root on Linux may mount
it.skipIf(!canMount())('goes on reading on a full disk, and writing once there is space again', async () => {
  const directory = newDirectory()
  const disk = mountSmall(directory, '3m')
  undo.push(() => disk.remove())
  await startAt(directory)
  expect(await refresh(0)).toMatchObject({ status: 200 })
  disk.fill()
  // What was reserved is used up first; from then on every write is refused.
  await until(async () => {
    const answers = []
    for (const index of everySession()) answers.push(await refresh(index))
    for (const answer of answers) if (answer.status !== 200) expectUnavailable(answer)
    return answers.every(({ status }) => status === 503)
  }, 20_000)
  const signUp = { email: 'late@example.com', password: 'a barrel in the cellar' }
  expectUnavailable(await client.post('/v1/signup', signUp))
  expectUnavailable(await client.post('/v1/logout', { refresh_token: ledger.devices[0]!.token }))
  await expectReadsToWork()
  expect(differences(ledger, await readDatabase(home.database))).toEqual([])

  disk.empty()
  await until(async () => (await client.get('/readyz')).status === 200, 20_000)
  await expectEverythingToGoOn()
  server = await startServer(home, { flags, port: server.port })
  expect(await refresh(3)).toMatchObject({ status: 200 })
  expect(await stopServer(server)).toMatchObject({ code: 0 })
})
