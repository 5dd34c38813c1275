// A thousand refreshes at once through four servers, of one token and of a thousand sessions, and one limit for all of them,
// where cluster.test.ts does not look: on MySQL or MariaDB, and with sessions and counters in a Redis beside PostgreSQL.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing as mysql, testDatabase } from '../testing/mysql.js'
import { missing as postgres, testSchema } from '../testing/postgres.js'
import { missing as redis, removeKeys, sharedRedis } from '../testing/redis.js'
import {
  logOut,
  type Node,
  refresh,
  refreshesAtOnce,
  startNodes,
  statuses,
  stopNodes,
  successorOf,
} from './cluster.js'
import { unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()
const prefix = `sallyport-thousand-${randomBytes(6).toString('hex')}:`
const most = 10
const flags = {
  ...unlimited,
  'limits.login_account.max': String(most),
  // Longer than the slowest machine takes for a thousand answers.
  'refresh-token.grace': '60s',
}
const places = [
  { name: 'MySQL or MariaDB', missing: mysql, make: testDatabase, more: {}, sessionsEach: 500 },
  {
    name: 'PostgreSQL with sessions in Redis',
    missing: postgres ?? redis,
    make: async () => testSchema(),
    more: { 'ephemeral-url': sharedRedis, 'ephemeral-prefix': prefix, 'ephemeral-sessions': 'true' },
    // They would be made in the database, where nobody looks for them.
    sessionsEach: 0,
  },
]

for (const { name, missing, make, more, sessionsEach } of places) {
  // skipped: where no server of the database answers; the reason is printed
  describe.skipIf(missing !== undefined)(`four servers on ${name}`, () => {
    let database: Awaited<ReturnType<typeof make>>
    let home: Home
    let nodes: Node[]
    beforeAll(async () => {
      database = await make()
      home = await makeHome({ url: database.url, people: 2, sessionsEach })
      nodes = await startNodes(home, Array(4).fill({ flags: { ...flags, ...more } }))
    })
    afterAll(async () => {
      await stopNodes(nodes)
      await database.drop()
      if ('ephemeral-url' in more) await removeKeys(prefix)
      home.remove()
    })
    const at = (index: number) => nodes[index % nodes.length]!
    const logIn = (index: number, { email }: { email: string }, password: string) =>
      at(index).client.post('/v1/login', { identifier: email, password })

    it('give a thousand refreshes of one token, all at once, one successor, which a log-out ends everywhere', async () => {
      const [person] = home.people
      const token = successorOf(await logIn(0, person!, person!.password))
      const answers = await refreshesAtOnce(nodes, Array<string>(1000).fill(token))
      expect(statuses(answers)).toEqual({ 200: 1000 })
      const successors = [...new Set(answers.map(successorOf))]
      expect(successors).toHaveLength(1)
      const next = await refresh(at(1), successors[0]!)
      expect(next.status).toBe(200)
      expect((await logOut(at(2), successorOf(next))).status).toBe(204)
      const after = await Promise.all(nodes.map((node) => refresh(node, successorOf(next))))
      expect(statuses(after)).toEqual({ '401 session_ended': 4 })
    })

    if (sessionsEach > 0)
      it('let a thousand sessions refresh at once', async () => {
        const tokens = home.people.flatMap((person) => person.tokens)
        const answers = await refreshesAtOnce(nodes, tokens)
        expect(statuses(answers)).toEqual({ 200: 1000 })
        expect(new Set(answers.map(successorOf)).size).toBe(1000)
      })

    it('let through as many failed log-ins as one server would', async () => {
      const person = home.people[1]!
      const tries = Array.from({ length: 5 * most }, (_, index) => logIn(index, person, `wrong ${index}`))
      const told = statuses(await Promise.all(tries))
      expect(told['401 invalid_credentials']).toBeLessThanOrEqual(most + 1)
      expect(told['401 invalid_credentials']).toBeGreaterThanOrEqual(most)
    })
  })
}
