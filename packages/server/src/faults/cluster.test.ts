// Four servers on one database: what happens to one session, one account, one code, one limit and one key at several of
// them at once, and to all when one of them is cut off or killed.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wrongClock } from '../testing/program.js'
import { claimsOf } from '../testing/told.js'
import { type Answer, type Client, Lost } from './client.js'
import {
  abreast,
  accessOf,
  logOut,
  me,
  type Node,
  patiently,
  refresh,
  refreshesAtOnce,
  startNodes,
  statuses,
  stopNodes,
  successorOf,
} from './cluster.js'
import { crowdOf } from './crowd.js'
import { actOnce, type Customer, settle, tryEverything } from './customer.js'
import type { Kept } from './database.js'
import { mailed, readShared, shared } from './databases.js'
import { differences, hashOf, type Ledger, openLedger, sidOf } from './ledger.js'
import { runCommand, unlimited, watchServers } from './process.js'
import { type Fate, startProxy } from './proxy.js'
import { createRandom, type Random } from './random.js'
import { type Home, makeHome, type Seeded } from './seed.js'

watchServers()

const thousand = 1000
const most = 10
const sessionsEach = 25
const flags = {
  ...unlimited,
  'limits.login_account.max': String(most),
  // Longer than the slowest machine takes for a thousand answers.
  'refresh-token.grace': '60s',
  'database-pool': '5',
  'trusted-proxies': '127.0.0.1',
  'gate.hosts': 'localhost:8080',
}

const isRefused = (what: string) => /^40\d (code_invalid|link_invalid)$/.test(what)

for (const { name, missing, make } of shared) {
  // skipped: where no server of the database answers; the reason is printed
  const suite = describe.skipIf(missing !== undefined)
  suite(`four servers on one ${name}`, () => {
    let database: Awaited<ReturnType<typeof make>>
    let home: Home
    let proxy: Awaited<ReturnType<typeof startProxy>>
    let fate: Fate = 'pass'
    let nodes: Node[]
    let random: Random
    let untouched: Seeded[]

    beforeAll(async () => {
      database = await make()
      const argon2 = { memory: 8192, passes: 1, parallelism: 1 }
      home = await makeHome({ url: database.url, people: 64, sessionsEach, argon2 })
      // The last one reaches the database by a way that can be cut.
      const way = new URL(database.url)
      proxy = await startProxy(Number(way.port), () => fate)
      way.port = String(proxy.port)
      const cut = { flags: { ...flags, 'database-url': way.href } }
      // Two machines have a wrong clock, by an hour and by 50 s, in everything that follows.
      const [fast, slow] = [wrongClock(3_600_000), wrongClock(-50_000)]
      nodes = await startNodes(home, [{ flags }, { flags, env: fast }, { flags, env: slow }, cut])
      random = createRandom(`four servers on ${name}`)
      untouched = [...home.people]
    })
    afterAll(async () => {
      await stopNodes(nodes)
      await proxy.close()
      await database.drop()
      home.remove()
    })

    /** People nobody has touched yet, and never again after this test. */
    const someone = (count: number): Seeded[] => untouched.splice(0, count)
    const tokensOf = (count: number) => someone(count).flatMap(({ tokens }) => tokens)
    const at = (index: number) => nodes[index % nodes.length]!
    const everywhere = <T>(ask: (node: Node) => Promise<T>) => Promise.all(nodes.map(ask))
    /** The same at two servers, at the second 0 to 50 ms later. */
    const twice = (index: number, ask: (node: Node) => Promise<Answer>) =>
      Promise.all([ask(at(index)), pause(random.next() * 50).then(() => ask(at(index + 1)))])
    const atAll = (tokens: readonly string[], ask: typeof me) =>
      abreast(
        tokens.flatMap((token) => nodes.map((node) => ({ token, node }))),
        ({ token, node }) => ask(node, token),
      )
    const ended = (tokens: readonly string[]) =>
      expect
        .poll(async () => statuses(await atAll(tokens, me)))
        .toEqual({ '401 session_ended': tokens.length * nodes.length })

    it('go by the clock of the database, though two of their machines have a wrong one, and say so', async () => {
      const answers = await Promise.all(
        tokensOf(1)
          .slice(0, 4)
          .map((token, index) => refresh(at(index), token)),
      )
      const ends = answers.map((answer) => Number(claimsOf(accessOf(answer)).exp))
      expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(30)
      const seen = await everywhere((node) =>
        Promise.all(answers.map((answer) => me(node, accessOf(answer)))),
      )
      expect(statuses(seen.flat())).toEqual({ 200: 16 })
      expect(
        nodes.map(({ server }) => server.output().includes('the clock of this machine differs')),
      ).toEqual([false, true, true, false])
    })

    it('two that begin on an empty database at once bring it up to date once, and both serve', async () => {
      const empty = await make()
      const two = await startNodes({ ...home, url: empty.url }, [{ command: 'dev' }, { command: 'dev' }])
      const [one, other] = two as [Node, Node]
      const who = { email: 'first@example.com', password: 'a kettle on the stove' }
      const made = await one.client.post('/v1/signup', who)
      expect(statuses([made, await me(other, accessOf(made))])).toEqual({ 200: 1, 201: 1 })
      expect(statuses([await refresh(other, successorOf(made))])).toEqual({ 200: 1 })
      const keys = await Promise.all(two.map(({ client }) => client.get('/.well-known/jwks.json')))
      expect(keys[0]!.json).toEqual(keys[1]!.json)
      expect(await stopNodes(two)).toEqual([0, 0])
      await empty.drop()
    })

    it('give a thousand refreshes of one token, all at once, one successor', async () => {
      const [owner] = someone(1)
      const token = owner!.tokens[0]!
      const answers = await refreshesAtOnce(nodes, Array<string>(thousand).fill(token))
      expect(statuses(answers)).toEqual({ 200: thousand })
      const successors = new Set(answers.map(successorOf))
      expect(successors.size).toBe(1)
      const [successor] = successors as Set<string> & Iterable<string>
      const row = (await readShared(home)).sessions.get(sidOf(token))
      expect(row).toMatchObject({ generation: 1, current: hashOf(successor!), previous: hashOf(token) })
      expect(await refresh(at(3), successor!)).toMatchObject({ status: 200 })
    })

    it('let a thousand sessions refresh at once', async () => {
      const tokens = tokensOf(thousand / sessionsEach)
      const answers = await refreshesAtOnce(nodes, tokens)
      expect(statuses(answers)).toEqual({ 200: thousand })
      const { sessions } = await readShared(home)
      for (const [index, token] of tokens.entries())
        expect(sessions.get(sidOf(token))?.current).toBe(hashOf(successorOf(answers[index]!)))
    })

    it('do once what comes to two of them, and answer alike or with a refusal', async () => {
      const [tokens, leaving] = [tokensOf(1), tokensOf(1)]
      const refreshed = await Promise.all(
        tokens.map((token, index) => twice(index, (node) => refresh(node, token))),
      )
      for (const [first, second] of refreshed) {
        expect(statuses([first!, second!])).toEqual({ 200: 2 })
        expect(successorOf(second!)).toBe(successorOf(first!))
      }
      const left = await Promise.all(
        leaving.map((token, index) => twice(index, (node) => logOut(node, token))),
      )
      expect(statuses(left.flat())).toEqual({ 204: 2 * leaving.length })
      const people = [0, 1, 2].map((index) => ({
        email: `twice${index}@example.com`,
        password: 'a kettle on it',
      }))
      const made = await Promise.all(
        people.map((who, index) =>
          twice(index, ({ client }) => patiently(() => client.post('/v1/signup', who))),
        ),
      )
      for (const answers of made) expect(statuses(answers)).toEqual({ '201': 1, '409 email_taken': 1 })
      const { users } = await readShared(home)
      expect(people.filter(({ email }) => users.has(email))).toHaveLength(people.length)
    })

    it('take a code and a link once, though they come to all of them at once', async () => {
      const [{ email }, other] = someone(2) as [Seeded, Seeded]
      expect((await at(0).client.post('/v1/login/code', { email })).status).toBe(202)
      const [sent] = await mailed(home, email)
      const entered = await everywhere(({ client }) =>
        patiently(() => client.post('/v1/login/code/verify', { email, code: sent!.code })),
      )
      expect((await at(1).client.post('/v1/password/forgot', { email: other.email })).status).toBe(202)
      const [link] = await mailed(home, other.email)
      const token = new URL(String(link!.link)).searchParams.get('t')
      const reset = await everywhere(({ client }) =>
        patiently(() => client.post('/v1/password/reset', { token, new_password: 'a gate beneath the oak' })),
      )
      for (const [answers, success] of [
        [entered, '200'],
        [reset, '204'],
      ] as const) {
        const found = statuses(answers)
        expect(found[success]).toBe(1)
        const refused = Object.keys(found).filter((what) => what !== success)
        expect(refused.filter(isRefused)).toEqual(refused)
      }
      expect(statuses(await everywhere((node) => refresh(node, other.tokens[0]!)))).toEqual({
        '401 session_ended': 4,
      })
    })

    it('end the session of a token that a thief and its owner use by turns', async () => {
      const [stolen] = tokensOf(1)
      const tokens = [stolen!]
      const access: string[] = []
      for (let index = 0; index < 4; index++) {
        const answer = await refresh(at(index), tokens.at(-1)!)
        expect(answer).toMatchObject({ status: 200 })
        tokens.push(successorOf(answer))
        access.push(accessOf(answer))
      }
      expect(statuses([await refresh(at(2), tokens[1]!)])).toEqual({ '401 refresh_token_reused': 1 })
      for (const token of tokens) {
        const after = statuses(await everywhere((node) => refresh(node, token)))
        expect(Object.keys(after).filter((what) => !what.startsWith('401 '))).toEqual([])
      }
      await ended(access)
    })

    it('let nothing of a session work after the answer of its log-out, in two hundred races with a refresh', async () => {
      const tokens = tokensOf(8)
      const races = await abreast(tokens, async (token, index) => {
        const [rotated, left] = await Promise.all([
          pause(random.next() * 8).then(() => refresh(at(index), token)),
          pause(random.next() * 8).then(() => logOut(at(index + 1), token)),
        ])
        return { token, rotated, left }
      })
      expect(statuses(races.map(({ left }) => left))).toEqual({ 204: tokens.length })
      const won = races.filter(({ rotated }) => rotated.status === 200)
      const found = statuses(races.map(({ rotated }) => rotated))
      expect(Object.keys(found).filter((what) => what !== '200' && what !== '401 session_ended')).toEqual([])
      const family = [...tokens, ...won.map(({ rotated }) => successorOf(rotated))]
      expect(statuses(await atAll(family, refresh))).toEqual({ '401 session_ended': family.length * 4 })
      await ended(won.map(({ rotated }) => accessOf(rotated)))
    })

    it('give together as many verdicts on guesses at one account as one would, and none on the right one after that', async () => {
      const [{ email: identifier, password }] = someone(1) as [Seeded]
      const guess = (node: Node, password: string) => node.client.post('/v1/login', { identifier, password })
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, index) => guess(at(index), `not the lantern ${index}`)),
      )
      // One that a busy machine did not get round to was counted perhaps, and perhaps not.
      const found = {
        '401 invalid_credentials': 0,
        '503 store_unavailable': 0,
        '503 overloaded': 0,
        ...statuses(answers),
      }
      const lost = found['503 store_unavailable'] + found['503 overloaded']
      expect(found['401 invalid_credentials']).toBeLessThanOrEqual(most)
      expect(found['401 invalid_credentials'] + lost).toBeGreaterThanOrEqual(most)
      expect(found).toMatchObject({ '429 too_many_requests': 200 - found['401 invalid_credentials'] - lost })
      if (lost === 0)
        expect(statuses(await everywhere((node) => guess(node, password)))).toEqual({
          '429 too_many_requests': 4,
        })
    })

    it('refuse no token while keys change at one of them, and none is taken of a key that was removed', async () => {
      const holders = tokensOf(1).slice(0, 8)
      const kidOf = (access: string) =>
        (JSON.parse(Buffer.from(access.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid
      const publishedCounts = () =>
        everywhere(
          async ({ client }) => ((await client.get('/.well-known/jwks.json')).json.keys as unknown[]).length,
        )
      let over = false
      const seen = new Map<string, string>()
      const refusals: Record<string, number>[] = []
      const working = holders.map(async (first, index) => {
        for (let [token, turn] = [first, index]; !over; turn++) {
          const answer = await refresh(at(turn), token)
          const checks = await everywhere((node) => me(node, accessOf(answer)))
          const found = statuses([answer, ...checks])
          if (found['200'] !== 5) return void refusals.push(found)
          token = successorOf(answer)
          seen.set(kidOf(accessOf(answer)), accessOf(answer))
          await pause(20)
        }
      })
      try {
        for (const keys of [2, 3]) {
          const rotated = await runCommand(home, 'key', 'rotate', '--force')
          expect(rotated.code, rotated.output).toBe(0)
          // Forced, a key signs that only those know who have read of it: within a second, where nothing brings the news.
          await expect.poll(publishedCounts).toEqual(nodes.map(() => keys + 1))
          await expect.poll(() => (refusals.length > 0 ? keys : seen.size)).toBe(keys)
        }
      } finally {
        over = true
        await Promise.all(working)
      }
      expect(refusals).toEqual([])

      const [kid, old] = [...seen][0]!
      const removed = await runCommand(home, 'key', 'remove', kid, '--yes')
      expect(removed.code, removed.output).toBe(0)
      await expect
        .poll(async () => statuses(await everywhere((node) => me(node, old))))
        .toEqual({ '401 access_token_invalid': 4 })
      const [newest] = [...seen.values()].slice(-1)
      expect(statuses(await everywhere((node) => me(node, newest!)))).toEqual({ 200: 4 })
    })

    const gate = ({ client }: Node, access: string) =>
      client.get('/gate/caddy', access, {
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'localhost:8080',
        'x-forwarded-method': 'GET',
        'x-forwarded-uri': '/',
      })

    it('one that is cut off from the database says so and closes its gate, the others go on, and it comes back', async () => {
      const [staying, leaving] = tokensOf(1) as [string, string]
      const [stays, leaves] = [await refresh(at(0), staying), await refresh(at(1), leaving)]
      const alone = at(3)
      for (const one of [stays, leaves]) expect((await gate(alone, accessOf(one))).status).toBe(200)

      fate = 'gone'
      expect((await logOut(at(0), successorOf(leaves))).status).toBe(204)
      const closed = expect.poll(async () => (await gate(alone, accessOf(stays))).status).toBe(503)
      await expect.poll(async () => (await alone.client.get('/readyz')).status).toBe(503)
      await closed
      const asked = await Promise.all([stays, leaves].map((one) => gate(alone, accessOf(one))))
      expect(asked.map(({ status }) => status)).toEqual([503, 503])
      expect(statuses(await Promise.all([0, 1, 2].map((index) => me(at(index), accessOf(stays)))))).toEqual({
        200: 3,
      })

      fate = 'pass'
      await expect.poll(async () => (await alone.client.get('/readyz')).status).toBe(200)
      await expect.poll(async () => (await gate(alone, accessOf(stays))).status).toBe(200)
      expect((await gate(alone, accessOf(leaves))).status).toBe(401)
      expect(await refresh(alone, successorOf(stays))).toMatchObject({ status: 200 })
    })

    it('keep every promise when one of them is killed in the midst of its work, and the others go on', async () => {
      const ledger = openLedger({ people: someone(4) })
      let over = false
      const roamers = crowdOf(ledger, 0, random).map((customer, index) => roam(customer, nodes, index))
      const living = Promise.all(roamers.map((one) => liveOn(one, () => over)))
      const orFailed = <T>(work: Promise<T>) => Promise.race([work, living.then(() => work)])
      const refreshes = () => ledger.count.refresh ?? 0
      try {
        await orFailed(expect.poll(refreshes).toBeGreaterThan(60))
        at(0).server.signal('SIGKILL')
        expect((await at(0).server.ended).signal).toBe('SIGKILL')
        const before = refreshes()
        await orFailed(expect.poll(refreshes).toBeGreaterThan(before + 100))
      } finally {
        over = true
        await living
      }
      await Promise.all(roamers.map(({ customer }) => tryEverything(customer)))
      expect(differences(ledger, about(ledger, await readShared(home)))).toEqual([])
      nodes.shift()
      expect(await stopNodes(nodes)).toEqual([0, 0, 0])
    })
  })
}

interface Roamer {
  readonly customer: Customer
  /** Goes to the next server. */
  move(): void
}

/** A customer who goes to another server when one is gone. */
function roam(customer: Customer, nodes: readonly Node[], start: number): Roamer {
  let index = start
  const now = () => nodes[index % nodes.length]!.client
  const client: Client = {
    get: (...words) => now().get(...words),
    post: (...words) => now().post(...words),
    patch: (...words) => now().patch(...words),
    close: () => {},
  }
  const move = () => {
    index += 1
  }
  return { customer: { ...customer, client }, move }
}

async function liveOn({ customer, move }: Roamer, over: () => boolean): Promise<void> {
  while (!over())
    try {
      await settle(customer)
      while (!over()) await actOnce(customer)
    } catch (error) {
      if (!(error instanceof Lost)) throw error
      move()
    }
}

/** What is kept of the people in a ledger. */
function about({ people }: Ledger, kept: Kept): Kept {
  const emails = new Set(people.map(({ email }) => email))
  const users = new Map([...kept.users].filter(([email]) => emails.has(email)))
  const ids = new Set([...users.values()].map(({ id }) => id))
  return { ...kept, users, sessions: new Map([...kept.sessions].filter(([, { userId }]) => ids.has(userId))) }
}
