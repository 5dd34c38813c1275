// A primary that crashes, and a standby of it that takes its place though it lacks the last writes. Nobody who was let in
// before loses more than those, and what was lost is told from what was stolen.
import { afterAll, beforeAll, expect, it as vitestIt } from 'vitest'
import { freePort } from '../testing/port.js'
import { copyOf, missing, type PostgresServer, startPostgres } from '../testing/postgres-server.js'
import { type Client, createClient } from './client.js'
import { type Running, startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

// skipped: where PostgreSQL is not installed; the reason is printed
const it = vitestIt.skipIf(missing !== undefined)
watchServers()

let primary: PostgresServer
let standby: PostgresServer | undefined
let home: Home
let server: Running
let client: Client

beforeAll(async () => {
  if (missing !== undefined) return
  primary = await startPostgres(await freePort())
  home = await makeHome({
    people: 3,
    sessionsEach: 1,
    url: `postgres://postgres@127.0.0.1:${primary.port}/postgres`,
  })
  const flags = { ...unlimited, 'refresh-token.grace': '0s', 'trusted-proxies': '127.0.0.1' }
  server = await startServer(home, { flags })
  client = createClient(server.port)
})
afterAll(async () => {
  if (missing !== undefined) return
  client.close()
  server.signal('SIGKILL')
  await server.ended
  await standby?.remove()
  await primary.remove()
  home.remove()
})

const refresh = (refresh_token: string) => client.post('/v1/refresh', { refresh_token })
/** What a gateway says of the request that it asks about. */
const asked = { 'x-original-url': 'https://app.example.com/', 'x-original-method': 'GET' }

it('after a failover that lost writes, only those whose refresh was lost sign in again, and nobody is called a thief', async () => {
  const [ahead, unheard, still] = home.people.map(({ tokens: [token] }) => token!)
  const directory = copyOf(primary)
  // From here on the standby hears nothing any more.
  const turned = await refresh(ahead!)
  expect(turned.status).toBe(200)
  expect((await refresh(unheard!)).status).toBe(200)
  const access = turned.json.access_token as string
  await primary.stop('immediate')
  standby = await startPostgres(primary.port, {}, directory)

  // As yet it is a standby: what needs no write goes on, and nothing is promised that would not be kept.
  await expect.poll(async () => (await client.get('/v1/me', access)).status).toBe(200)
  for (let round = 0; round < 5; round++) {
    expect(await client.get('/.well-known/jwks.json')).toMatchObject({ status: 200 })
    expect(await client.get('/gate/nginx', access, asked)).toMatchObject({ status: 200 })
    const refused = await refresh(still!)
    expect(refused).toMatchObject({ status: 503, json: { code: 'store_unavailable' } })
  }
  expect((await client.get('/readyz')).status).toBe(503)

  await standby.sql('SELECT pg_promote(true)')
  await expect.poll(async () => (await client.get('/readyz')).status).toBe(200)
  // The one that got its answer holds a token that this database has not made yet; the other's answer was lost with it.
  const lost = await refresh(turned.json.refresh_token as string)
  expect(lost).toMatchObject({ status: 401, json: { code: 'session_ended' } })
  expect(await refresh(unheard!)).toMatchObject({ status: 200 })
  expect(await refresh(still!)).toMatchObject({ status: 200 })
  await expect
    .poll(async () =>
      (await standby!.sql("SELECT event FROM audit WHERE event LIKE 'session.r%'")).map(({ event }) => event),
    )
    .toEqual(['session.rolled_back'])
  expect(await stopServer(server)).toMatchObject({ code: 0 })
})
