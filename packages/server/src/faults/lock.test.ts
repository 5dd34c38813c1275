// A lock that somebody else holds for ten seconds, which is longer than a statement may wait: on the rows of one person, and
// on the table that everybody who enters needs. Whoever needs what is locked is told so while it is locked, nobody else
// notices, and afterwards nothing was done that was not answered for, nor twice.
import { setTimeout as pause } from 'node:timers/promises'
import mysql2 from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing as mysql, testDatabase } from '../testing/mysql.js'
import { missing as postgres, testSchema } from '../testing/postgres.js'
import { type Answer, type Client, createClient } from './client.js'
import { statuses } from './cluster.js'
import { actDuring, crowdOf, doubting } from './crowd.js'
import { type Customer, tryEverything } from './customer.js'
import { readShared } from './databases.js'
import { type Device, differences, hashOf, type Ledger, openLedger } from './ledger.js'
import { type Running, startServer, unlimited, watchServers } from './process.js'
import { createRandom } from './random.js'
import { type Home, makeHome, type Seeded } from './seed.js'

watchServers()

/** Longer than anything waits: 2 s for a connection, 5 s for a statement. Milliseconds. */
const long = 10_000

/** A connection of somebody else. */
interface Other {
  run(sql: string): Promise<unknown>
  end(): Promise<unknown>
}

const places = [
  {
    name: 'PostgreSQL',
    missing: postgres,
    make: async () => testSchema(),
    connect: async (url: string): Promise<Other> => {
      const at = new URL(url)
      const schema = at.searchParams.get('schema')
      at.search = ''
      const client = new pg.Client({ connectionString: at.href, options: `-c search_path=${schema}` })
      await client.connect()
      return { run: (sql) => client.query(sql), end: () => client.end() }
    },
    lockUsers: ['BEGIN', 'LOCK TABLE users IN EXCLUSIVE MODE'],
    free: 'ROLLBACK',
  },
  {
    name: 'MariaDB',
    missing: mysql,
    make: testDatabase,
    connect: async (url: string): Promise<Other> => {
      const connection = await mysql2.createConnection({ uri: url })
      return { run: (sql) => connection.query(sql), end: () => connection.end() }
    },
    lockUsers: ['LOCK TABLES users READ'],
    free: 'UNLOCK TABLES',
  },
]

// Both at once: nearly all of it is waiting.
for (const { name, missing, make, connect, lockUsers, free } of places) {
  // skipped: where no server of the database answers; the reason is printed
  describe.skipIf(missing !== undefined)(
    `a lock held for ten seconds on ${name}`,
    { concurrent: true },
    () => {
      let database: Awaited<ReturnType<typeof make>>
      let home: Home
      let server: Running
      let client: Client
      let ledger: Ledger
      let customers: Customer[]
      let other: Other

      beforeAll(async () => {
        database = await make()
        const argon2 = { memory: 8192, passes: 1, parallelism: 1 }
        home = await makeHome({ url: database.url, people: 5, sessionsEach: 2, argon2 })
        const flags = { ...unlimited, 'refresh-token.grace': '60s', 'database-pool': '12' }
        server = await startServer(home, { flags })
        client = createClient(server.port)
        ledger = openLedger(home)
        customers = crowdOf(ledger, server.port, createRandom(`a lock on ${name}`))
        other = await connect(database.url)
      })
      afterAll(async () => {
        for (const one of [client, ...customers.map((customer) => customer.client)]) one.close()
        await other.end()
        server.signal('SIGKILL')
        await server.ended
        await database.drop()
        home.remove()
      })

      /** How many insist and have had no answer yet: on a slow machine it takes them a while to reach the lock. */
      let unanswered = 0

      /** Holds what the statements lock while work is done: for ten seconds, and until that is enough. */
      async function holding<T>(
        [lock, release]: readonly [readonly string[], string],
        work: (held: () => boolean) => Promise<T>,
        enough: (done: boolean) => boolean = () => true,
      ) {
        let held = true
        let done = false
        for (const sql of lock) await other.run(sql)
        const working = work(() => held)
        const over = () => {
          done = true
        }
        working.then(over, over)
        await pause(long)
        while (unanswered > 0 || !enough(done)) await pause(50)
        held = false
        await other.run(release)
        return working
      }

      /** Asks again and again until the lock is gone; answers what came while it was held, and what came at last. */
      async function insist(held: () => boolean, ask: () => Promise<Answer>) {
        const refused: Answer[] = []
        unanswered += 1
        for (;;) {
          const answer = await ask()
          if (refused.length === 0) unanswered -= 1
          if (answer.status !== 503) return { refused, answer, early: held() }
          expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
          refused.push(answer)
          await pause(50)
        }
      }

      /** Everything that was promised, by the server itself and by the database. */
      async function allIsKept() {
        await Promise.all(customers.map(tryEverything))
        expect(differences(ledger, await readShared(home))).toEqual([])
      }

      const rowsOf = ({ sid }: Device, id: string) => [
        'BEGIN',
        `UPDATE sessions SET last_seen_at = last_seen_at WHERE id = '${sid}'`,
        `UPDATE users SET updated_at = updated_at WHERE id = '${id}'`,
      ]

      it.sequential('on the rows of one person is told to that person, and noticed by nobody else', async () => {
        const owner = customers.at(-1)!
        const [locked, beside] = owner.devices as [Device, Device]
        const [person] = owner.people
        const { email: identifier, password } = person!
        const refresh = (token: string) => client.post('/v1/refresh', { refresh_token: token })
        const first = await refresh(beside.token)
        Object.assign(beside, { token: first.json.refresh_token, access: first.json.access_token })

        const found = await holding([rowsOf(locked, home.people.at(-1)!.id), 'ROLLBACK'], async (held) => {
          const rename = () => client.patch('/v1/me', { name: 'Ada' }, beside.access)
          const logIn = () => client.post('/v1/login', { identifier, password })
          const wanting = [
            ...[1, 2, 3].map(() => insist(held, () => refresh(locked.token))),
            ...[logIn, rename].map((ask) => insist(held, ask)),
          ]
          // Nobody of the others hears a 503: their clients take none.
          await actDuring(customers.slice(0, -1), async () => {
            while (held()) {
              const reads = ['/healthz', '/readyz', '/.well-known/jwks.json', '/v1/me'] as const
              const answers = await Promise.all(reads.map((path) => client.get(path, beside.access)))
              expect(statuses(answers)).toEqual({ 200: reads.length })
              await pause(100)
            }
          })
          return Promise.all(wanting)
        })

        for (const { refused, early } of found) {
          expect(refused.length).toBeGreaterThan(0)
          expect(statuses(refused)).toEqual({ '503 store_unavailable': refused.length })
          expect(early).toBe(false)
        }
        const answers = found.map(({ answer }) => answer)
        expect(statuses(answers)).toEqual({ 200: 5 })
        const successors = new Set(answers.slice(0, 3).map(({ json }) => json.refresh_token as string))
        expect(successors.size).toBe(1)
        Object.assign(locked, { token: [...successors][0], access: answers[0]!.json.access_token })
        person!.name = 'Ada'
        const { sessions } = await readShared(home)
        expect(sessions.get(locked.sid)).toMatchObject({ generation: 1, current: hashOf(locked.token) })
        // The log-in that was let in at last; those that were refused made no session.
        ledger.strays += 1
        await allIsKept()
      })

      it.sequential('on the table of users is told to whoever enters, and everybody else goes on', async () => {
        const strays = ledger.strays
        // Nobody else enters as the last: guesses at one account wait for each other, here for longer than the lock is held.
        const { email: identifier, password } = home.people.at(-1) as Seeded
        const newcomer = { email: 'newcomer@example.com', password: 'a kettle on the stove' }
        // A name is kept there too, so every client may be told to ask again, but not for a refresh.
        const patient = customers.map((customer) => ({ ...customer, client: doubting(customer.client) }))
        const lost = () => (ledger.count['log-in lost'] ?? 0) + (ledger.count['sign-up lost'] ?? 0)
        const acting = async (held: () => boolean) => {
          const wanting = [
            insist(held, () => client.post('/v1/login', { identifier, password })),
            insist(held, () => client.post('/v1/signup', newcomer)),
          ]
          await actDuring(patient, async () => {
            while (held()) await pause(100)
          })
          return Promise.all(wanting)
        }
        // Chance decides what customers do, and each thing takes its five seconds: ten hold too few to count on an entry.
        const found = await holding([lockUsers, free], acting, (done) => done || lost() > 0)
        for (const { refused, early } of found) {
          expect(refused.length).toBeGreaterThan(0)
          expect(statuses(refused)).toEqual({ '503 store_unavailable': refused.length })
          expect(early).toBe(false)
        }
        expect(statuses(found.map(({ answer }) => answer))).toEqual({ 200: 1, 201: 1 })
        expect(ledger.count['refresh lost']).toBeUndefined()
        expect(lost()).toBeGreaterThan(0)
        ledger.people.push({ ...newcomer, known: true, name: null })
        // Those two; what was refused made neither an account nor a session.
        ledger.strays = strays + 2
        await allIsKept()
      })

      // The pool is the same for every database server.
      if (name !== 'PostgreSQL') return
      it.sequential('on a row that more want than there are connections: all are told in time, and others soon go on', async () => {
        const [locked] = ledger.devices.filter(({ state }) => state === 'live') as [Device]
        const id = (await readShared(home)).users.get(locked.person.email)!.id
        const reader = customers.at(-1)!.devices.find(({ state }) => state === 'live')!
        const answers = await holding(
          [rowsOf(locked, id), 'ROLLBACK'],
          async (held) => {
            const wanting = Array.from({ length: 24 }, async (_, index) => {
              const answer = await client.patch('/v1/me', { name: `Eve ${index}` }, locked.access)
              expect(held()).toBe(true)
              return answer
            })
            expect((await client.get('/healthz')).status).toBe(200)
            expect((await client.get('/.well-known/jwks.json')).status).toBe(200)
            const told = await Promise.all(wanting)
            expect(await client.get('/v1/me', reader.access)).toMatchObject({ status: 200 })
            expect(held()).toBe(true)
            return told
          },
          (done) => done,
        )
        expect(statuses(answers)).toEqual({ '503 store_unavailable': 24 })
        await allIsKept()
      })
    },
  )
}
