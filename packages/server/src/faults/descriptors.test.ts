import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeEach, expect, it } from 'vitest'
import { createClient } from './client.js'
import { readDatabase } from './database.js'
import { startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()

const descriptors = 256

let home: Home
beforeEach(async () => {
  home = await makeHome({ people: 4 })
  return () => home.remove()
})

/** Opens connections that say nothing; answers them once no more of them get through. */
async function crowd(port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve) => socket.once('connect', resolve).once('close', () => resolve())),
    ),
  )
  return sockets
}

// skipped: no such limit on Windows
it.skipIf(process.platform === 'win32')(
  'serves who is connected where its file descriptors are used up, idles meanwhile, and serves everybody afterwards',
  async () => {
    const server = await startServer(home, { flags: unlimited, descriptors })
    const client = createClient(server.port)
    const [first, second, third] = home.people
    const { email: identifier, password } = first!
    const logIn = () => client.post('/v1/login', { identifier, password })
    expect(await client.get('/healthz')).toMatchObject({ status: 200 })
    const sockets = await crowd(server.port, 3 * descriptors)
    await pause(200)

    // What was never asked for before has what it needs, but for a thread to hash with.
    const refused = await logIn()
    expect(refused).toMatchObject({ status: 503, json: { code: 'overloaded' } })
    expect(Number(refused.headers['retry-after'])).toBe(1)
    expect(await client.post('/v1/refresh', { refresh_token: second!.tokens[0] })).toMatchObject({
      status: 200,
    })
    const answer = await client.post('/v1/refresh', { refresh_token: first!.tokens[0] })
    const bearer = answer.json.access_token as string
    expect(await client.patch('/v1/me', { name: 'Ada' }, bearer)).toMatchObject({ status: 200 })
    expect(await client.get('/readyz')).toMatchObject({ status: 200 })
    const before = server.worked()
    await pause(500)
    expect(server.worked() - before).toBeLessThan(400)

    for (const socket of sockets) socket.destroy()
    const others = createClient(server.port)
    await expect
      .poll(
        () =>
          others.get('/healthz').then(
            ({ status }) => status,
            () => undefined,
          ),
        { timeout: 10_000 },
      )
      .toBe(200)
    expect(await others.post('/v1/refresh', { refresh_token: third!.tokens[0] })).toMatchObject({
      status: 200,
    })
    expect(await others.get('/openapi.json')).toMatchObject({ status: 200 })
    expect(await logIn()).toMatchObject({ status: 200 })

    // One thread runs by now, and does the work of those that cannot start.
    const again = await crowd(server.port, 3 * descriptors)
    await pause(200)
    const body = { identifier, password }
    expect(await Promise.all([client, others].map((one) => one.post('/v1/login', body)))).toMatchObject([
      { status: 200 },
      { status: 200 },
    ])
    for (const socket of again) socket.destroy()
    for (const one of [client, others]) one.close()
    expect(await stopServer(server)).toMatchObject({ code: 0 })
    const { integrity, users } = await readDatabase(home.database)
    expect(integrity).toBe('ok')
    expect(users.get(identifier)).toMatchObject({ name: 'Ada' })
  },
)
