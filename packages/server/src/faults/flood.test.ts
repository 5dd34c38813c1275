import { availableParallelism } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Answer, type Client, createClient } from './client.js'
import { type Running, startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'
import { dribble } from './socket.js'

watchServers()

const cores = availableParallelism()
/** Several times the work of a usual hash, so that a small crowd is a flood. */
const argon2 = { memory: 19_456, passes: 10, parallelism: 1 }
const crowd = Math.max(500, 200 * cores)
const flags = { ...unlimited, 'password.argon2': JSON.stringify(argon2) }
const dribbling = 2000
const mebibyte = 1024 * 1024
/** What hashing may take beyond what the server took before: a hash for each thread, and not for each log-in. */
const hashing = (cores * argon2.memory) / 1024 + 100

let home: Home
let server: Running
let client: Client
let access: string
/** Memory that it may take, in bytes. */
let mostMemory: number

beforeAll(async () => {
  home = await makeHome({ people: 20, argon2 })
  server = await startServer(home, { flags })
  client = createClient(server.port)
  const answer = await client.post('/v1/refresh', { refresh_token: home.people[0]!.tokens[0] })
  access = answer.json.access_token as string
  mostMemory = server.memory() + hashing * mebibyte
})
afterAll(async () => {
  client.close()
  await stopServer(server)
  home.remove()
})

function logIn(number: number, through: Client): Promise<Answer> {
  const { email, password } = home.people[number % home.people.length]!
  const identifier = number % 2 === 0 ? email : `nobody${number}@example.com`
  return through.post('/v1/login', { identifier, password })
}

/** What needs no hash, asked one after another while `going`; answers how often. */
async function readOn(going: () => boolean): Promise<number> {
  let rounds = 0
  for (; going(); rounds++) {
    expect(await client.get('/v1/me', access)).toMatchObject({ status: 200 })
    expect(await client.get('/.well-known/jwks.json')).toMatchObject({ status: 200 })
    expect(server.memory()).toBeLessThan(mostMemory)
    await pause(5)
  }
  return rounds
}

it('turns away the log-ins of a flood that it cannot serve soon, and serves everything else meanwhile', async () => {
  const flood = createClient(server.port)
  let going = true
  const reading = readOn(() => going)
  const answers = await Promise.all(Array.from({ length: crowd }, (_, number) => logIn(number, flood)))
  going = false
  expect(await reading).toBeGreaterThan(3)
  flood.close()

  const codes = new Set(answers.map(({ status, json }) => `${status} ${json.code ?? ''}`.trim()))
  expect([...codes].sort()).toEqual(['200', '401 invalid_credentials', '503 overloaded'])
  const refused = answers.filter(({ status }) => status === 503)
  for (const { headers, json } of refused) {
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(json.retry_after).toBe(Number(headers['retry-after']))
  }
  const served = new Map(answers.map(({ status }, number) => [number, status]))
  for (const [number, status] of served) if (number % 2 === 1) expect(status).not.toBe(200)
  expect(await logIn(0, client)).toMatchObject({ status: 200 })
})

it('serves honest clients beside two thousand that dribble, and lets go of those', async () => {
  const headers = Array.from({ length: dribbling / 2 }, () => dribble(server.port, 'headers'))
  const bodies = Array.from({ length: dribbling / 2 }, () => dribble(server.port, 'body'))
  await Promise.all([...headers, ...bodies].map(({ connected }) => connected))
  for (const { tokens } of home.people.slice(1))
    expect(await client.post('/v1/refresh', { refresh_token: tokens[0] })).toMatchObject({ status: 200 })
  expect(await logIn(0, client)).toMatchObject({ status: 200 })
  expect(await client.get('/v1/me', access)).toMatchObject({ status: 200 })
  expect(server.memory()).toBeLessThan(mostMemory)

  // Headers have their own, shorter time.
  for (const all of [headers, bodies]) {
    const told = await Promise.all(all.map(({ closed }) => closed))
    for (const text of told) expect(text).toMatch(/^$|^HTTP\/1\.1 408 .*application\/problem\+json/s)
    expect(await client.get('/v1/me', access)).toMatchObject({ status: 200 })
  }
})
