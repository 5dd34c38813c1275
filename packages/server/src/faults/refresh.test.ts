import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Answer, type Client, createClient, insist } from './client.js'
import { readDatabase } from './database.js'
import { hashOf, sidOf } from './ledger.js'
import { type Running, startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Fate, startProxy } from './proxy.js'
import { createRandom, type Random } from './random.js'
import { type Home, makeHome, type Seeded } from './seed.js'

watchServers()

const thousand = 1000
/** Longer than the slowest machine takes for a thousand answers. */
const flags = { 'refresh-token.grace': '60s' }

let home: Home
let server: Running
let client: Client
let random: Random
let untouched: Seeded[]

beforeAll(async () => {
  home = await makeHome({ people: 60, sessionsEach: 25 })
  server = await startServer(home, { flags: { ...unlimited, ...flags } })
  random = createRandom('refresh')
  untouched = [...home.people]
})
beforeEach(() => {
  client = createClient(server.port)
  return () => client.close()
})
afterAll(async () => {
  await stopServer(server)
  home.remove()
})

/** People nobody has touched yet, and never again after this test. */
const someone = (count: number): Seeded[] => untouched.splice(0, count)
const refresh = (token: string, through = client) => through.post('/v1/refresh', { refresh_token: token })
const logOut = (token: string) => client.post('/v1/logout', { refresh_token: token })
const successorOf = ({ json }: Answer) => json.refresh_token as string
const inAll = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

function statuses(answers: readonly Answer[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const { status, json } of answers) {
    const key = typeof json.code === 'string' ? `${status} ${json.code}` : String(status)
    found[key] = (found[key] ?? 0) + 1
  }
  return found
}

it('gives a thousand parallel refreshes of one token one successor, though a proxy loses a third of the answers', async () => {
  const [owner] = someone(1)
  const [token, ...others] = owner!.tokens as [string, ...string[]]
  const fate = (): Fate => (['drop', 'cut', 'pass', 'pass', 'pass', 'pass'] as const)[random.below(6)]!
  const proxy = await startProxy(server.port, fate)
  const through = createClient(proxy.port)
  const told = await inAll(thousand, () => insist(() => refresh(token, through)))
  through.close()
  await proxy.close()

  expect(statuses(told.map(({ answer }) => answer))).toEqual({ 200: thousand })
  expect(told.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(thousand / 10)
  const successors = new Set(told.map(({ answer }) => successorOf(answer)))
  expect(successors.size).toBe(1)
  const [successor] = successors as Set<string> & Iterable<string>
  const kept = await readDatabase(home.database)
  const rows = [...kept.sessions.values()].filter(({ userId }) => userId === owner!.id)
  expect(rows).toHaveLength(owner!.tokens.length)
  expect(rows.find(({ id }) => id === sidOf(token))).toMatchObject({
    generation: 1,
    current: hashOf(successor!),
    previous: hashOf(token),
  })
  for (const other of others)
    expect(kept.sessions.get(sidOf(other))).toMatchObject({ generation: 0, current: hashOf(other) })
  expect(await refresh(successor!)).toMatchObject({ status: 200 })
})

it('does so under the limits as they are shipped, which replays do not use up', async () => {
  const [owner] = someone(1)
  const shipped = await startServer(home, { flags })
  const own = createClient(shipped.port)
  const answers = await inAll(thousand, () => refresh(owner!.tokens[0]!, own))
  own.close()
  await stopServer(shipped)
  expect(statuses(answers)).toEqual({ 200: thousand })
  expect(new Set(answers.map(successorOf)).size).toBe(1)
})

it('recovers every answer that was lost after its commit, with the same successor', async () => {
  const tokens = someone(4).flatMap(({ tokens }) => tokens)
  const proxy = await startProxy(server.port, () => 'drop')
  const through = createClient(proxy.port)
  const lost = await Promise.allSettled(tokens.map((token) => refresh(token, through)))
  through.close()
  await proxy.close()
  expect(lost.map(({ status }) => status)).toEqual(tokens.map(() => 'rejected'))
  const { sessions } = await readDatabase(home.database)
  const answers = await Promise.all(tokens.map((token) => refresh(token)))
  expect(statuses(answers)).toEqual({ 200: tokens.length })
  expect(answers.map((answer) => hashOf(successorOf(answer)))).toEqual(
    tokens.map((token) => sessions.get(sidOf(token))?.current),
  )
})

it('lets a thousand sessions refresh at once, and all succeed', async () => {
  const tokens = someone(40).flatMap(({ tokens }) => tokens)
  expect(tokens).toHaveLength(thousand)
  const answers = await Promise.all(tokens.map((token) => refresh(token)))
  expect(statuses(answers)).toEqual({ 200: thousand })
  const { sessions } = await readDatabase(home.database)
  for (const [index, token] of tokens.entries())
    expect(sessions.get(sidOf(token))).toMatchObject({
      generation: 1,
      current: hashOf(successorOf(answers[index]!)),
    })
})

/** The same request twice, the second 0 to 50 ms behind the first. */
const twice = (ask: () => Promise<Answer>) =>
  Promise.all([ask(), pause(random.next() * 50).then(ask)]) as Promise<[Answer, Answer]>

it('answers a refresh that arrives twice with the same successor twice', async () => {
  const tokens = someone(1).flatMap(({ tokens }) => tokens)
  for (const [first, second] of await Promise.all(tokens.map((token) => twice(() => refresh(token))))) {
    expect(statuses([first, second])).toEqual({ 200: 2 })
    expect(successorOf(second)).toBe(successorOf(first))
  }
})

it('makes one account of a sign-up that arrives twice', async () => {
  const people = Array.from({ length: 15 }, (_, index) => ({
    email: `twice${index}@example.com`,
    password: 'a kettle on the stove',
  }))
  const before = (await readDatabase(home.database)).users.size
  for (const answers of await Promise.all(people.map((who) => twice(() => client.post('/v1/signup', who))))) {
    expect(statuses(answers)).toEqual({ '201': 1, '409 email_taken': 1 })
    const made = answers.find(({ status }) => status === 201)!
    expect(await refresh(successorOf(made))).toMatchObject({ status: 200 })
  }
  expect((await readDatabase(home.database)).users.size).toBe(before + people.length)
})

it('ends a session once where the log-out arrives twice, and says so both times', async () => {
  const [owner] = someone(1)
  const [kept, ...tokens] = owner!.tokens as [string, ...string[]]
  for (const answers of await Promise.all(tokens.map((token) => twice(() => logOut(token)))))
    expect(statuses(answers)).toEqual({ 204: 2 })
  const after = await Promise.all(tokens.map((token) => refresh(token)))
  expect(statuses(after)).toEqual({ '401 session_ended': tokens.length })
  expect(await refresh(kept)).toMatchObject({ status: 200 })
})

it('lets nothing of a session work after the answer of its log-out, in two hundred races with a refresh', async () => {
  const tokens = someone(8).flatMap(({ tokens }) => tokens)
  expect(tokens).toHaveLength(200)
  const races = await Promise.all(
    tokens.map(async (token) => {
      const early = random.below(2) === 0
      const moments = [random.next() * 4, random.next() * 4].sort((a, b) => (early ? a - b : b - a))
      const rotation = pause(moments[0]).then(() => refresh(token))
      const [rotated, left] = await Promise.all([rotation, pause(moments[1]).then(() => logOut(token))])
      return { token, rotated, left }
    }),
  )
  expect(statuses(races.map(({ left }) => left))).toEqual({ 204: 200 })
  const won = races.filter(({ rotated }) => rotated.status === 200)
  expect(won.length).toBeGreaterThan(0)
  const lost = statuses(races.map(({ rotated }) => rotated))
  expect(Object.keys(lost).filter((what) => what !== '200' && what !== '401 session_ended')).toEqual([])

  const again = await Promise.all(races.map(({ token }) => refresh(token)))
  expect(statuses(again)).toEqual({ '401 session_ended': 200 })
  const next = await Promise.all(won.map(({ rotated }) => refresh(successorOf(rotated))))
  expect(statuses(next)).toEqual({ '401 session_ended': won.length })
  const seen = await Promise.all(
    won.map(({ rotated }) => client.get('/v1/me', rotated.json.access_token as string)),
  )
  expect(statuses(seen)).toEqual({ '401 session_ended': won.length })
  const { sessions } = await readDatabase(home.database)
  expect(tokens.filter((token) => sessions.has(sidOf(token)))).toEqual([])
})
