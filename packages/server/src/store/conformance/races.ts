// Changes, and what must not race: guarded updates, takes, counters, unique sets, and several writes as one.
import assert from 'node:assert/strict'
import { type Set as Changes, InvalidQuery, UniqueViolation, write } from '../store.js'
import {
  type Case,
  counter,
  counters,
  hundred,
  type Person,
  people,
  person,
  put,
  refuses,
  settle,
  ticket,
  tickets,
} from './harness.js'

export const raceCases: Case[] = [
  {
    name: 'an update changes the rows that match and says how many matched, changed or not',
    run: async ({ engine }) => {
      await put(engine, person({ rank: 1 }), person({ rank: 1 }), person({ rank: 2 }))
      assert.equal(await engine.update(people, { rank: 1 }, { rank: 3, active: false }), 2)
      assert.equal(await engine.update(people, { rank: 3 }, { rank: 3 }), 2)
      assert.equal(await engine.update(people, { rank: 1 }, { rank: 9 }), 0)
      assert.equal(await engine.count(people, { rank: 3, active: false }), 2)
    },
  },
  {
    name: 'an update sets and clears every kind of column',
    run: async ({ engine }) => {
      const [row] = await put(engine, person())
      const set = { name: 'n', email: 'e', number: 5, active: false, mark: Buffer.from([0, 255]), notes: [1] }
      await engine.update(people, { id: row!.id }, set)
      assert.deepEqual(await engine.get(people, { id: row!.id }), { ...row!, ...set })
      const clear = { email: null, number: null, mark: null, notes: null }
      await engine.update(people, { id: row!.id, mark: set.mark }, clear)
      assert.deepEqual(await engine.get(people, { id: row!.id }), { ...row!, ...set, ...clear })
    },
  },
  {
    name: 'add adds to what is there',
    run: async ({ engine }) => {
      const [row] = await put(engine, person({ rank: 5 }), person({ rank: 2 ** 53 - 2 }))
      assert.equal(await engine.update(people, {}, { rank: { add: 1 }, active: false }), 2)
      assert.equal(await engine.update(people, { id: row!.id }, { rank: { add: -10 } }), 1)
      assert.equal(await engine.count(people, { rank: { in: [-4, 2 ** 53 - 1] } }), 2)
      const odd: unknown[] = [
        { name: { add: 1 } },
        { number: { add: 1 } },
        { rank: { add: 0.5 } },
        { rank: { sub: 1 } },
      ]
      for (const set of odd) await refuses(engine.update(people, {}, set as Changes<Person>), TypeError)
    },
  },
  {
    name: 'a key never changes, and a change of nothing is refused',
    run: async ({ engine }) => {
      await put(engine, person())
      await refuses(engine.update(people, {}, { id: person().id }), InvalidQuery)
      await refuses(engine.update(people, {}, {}), InvalidQuery)
    },
  },
  {
    name: 'of a hundred guarded updates of one row exactly one wins',
    run: async ({ engine }) => {
      const [row] = await put(engine, person({ mark: Buffer.from('old') }))
      const where = { id: row!.id, mark: Buffer.from('old') }
      const won = await Promise.all(
        hundred((i) => engine.update(people, where, { mark: Buffer.from('new'), rank: i })),
      )
      assert.equal(won.filter((matched) => matched === 1).length, 1)
      assert.equal(won.filter((matched) => matched === 0).length, 99)
      assert.equal((await engine.get(people, { id: row!.id }))!.rank, won.indexOf(1))
    },
  },
  {
    name: 'a hundred additions at once are all there',
    run: async ({ engine }) => {
      const [row] = await put(engine, person())
      await Promise.all(hundred(() => engine.update(people, { id: row!.id }, { rank: { add: 1 } })))
      assert.equal((await engine.get(people, { id: row!.id }))!.rank, 100)
    },
  },
  {
    name: 'a write that is answered is seen by the next read',
    run: async ({ engine }) => {
      const [row] = await put(engine, person())
      for (let rank = 1; rank <= 20; rank++) {
        await engine.update(people, { id: row!.id }, { rank })
        assert.equal((await engine.get(people, { id: row!.id }))!.rank, rank)
        assert.equal(await engine.count(people, { rank, active: true, name: { contains: 'p' } }), 1)
      }
    },
  },
  {
    name: 'take removes and returns one row, to one of a hundred callers',
    run: async ({ engine }) => {
      const row = ticket({ code: 'c', until: null })
      await engine.insert(tickets, row)
      const taken = await Promise.all(hundred(() => engine.take(tickets, { id: row.id, used: 0 })))
      assert.deepEqual(
        taken.filter((one) => one !== undefined),
        [row],
      )
      assert.equal(await engine.get(tickets, { id: row.id }), undefined)
    },
  },
  {
    name: 'take takes one of many that match, each once',
    run: async ({ engine }) => {
      const rows = await put(engine, ...[1, 2, 3].map(() => person({ rank: 7, mark: Buffer.from([0, 9]) })))
      const taken = await Promise.all([1, 2, 3, 4].map(() => engine.take(people, { rank: 7 })))
      assert.equal(taken.filter((one) => one === undefined).length, 1)
      for (const row of rows) assert.equal(taken.filter((one) => one?.id === row.id).length, 1)
      assert.deepEqual(
        taken.find((one) => one?.id === rows[0]!.id),
        rows[0],
      )
      await put(engine, person({ rank: 8 }))
      assert.equal(await engine.take(people, { rank: 9 }), undefined)
    },
  },
  {
    name: 'increment puts the row first and counts every one of a hundred at once',
    run: async ({ engine, clock }) => {
      const until = clock.now() + 1000
      const values = await Promise.all(
        hundred((i) => engine.increment(counters, counter({ until, count: 77, label: `${i}` }), 'count')),
      )
      assert.deepEqual(
        values.sort((a, b) => a - b),
        Array.from({ length: 100 }, (_, i) => i + 1),
      )
      assert.equal(await engine.increment(counters, counter({ until }), 'count', -40), 60)
      assert.equal(await engine.increment(counters, counter({ until, name: 'x' }), 'count', 5), 5)
    },
  },
  {
    name: 'increment leaves the other columns of a living row alone',
    run: async ({ engine, clock }) => {
      const until = clock.now() + 1000
      await engine.increment(counters, counter({ until, label: 'first' }), 'count')
      await engine.increment(counters, counter({ until: until + 5, label: 'second' }), 'count')
      const row = await engine.get(counters, { scope: 'ip', name: '192.0.2.1' })
      assert.deepEqual(row, counter({ until, label: 'first', count: 2 }))
    },
  },
  {
    name: 'increment counts in the row of its key, and never in one that shares a unique set',
    run: async ({ engine, clock }) => {
      const held = ticket({ code: 'held', seat: 'window' })
      await engine.insert(tickets, held)
      const other = ticket({ code: 'held' })
      await refuses(engine.increment(tickets, other, 'used', 3), UniqueViolation)
      assert.deepEqual(await engine.list(tickets, { limit: 9 }), [held])
      assert.equal(await engine.increment(tickets, { ...held, seat: null }, 'used', 3), 3)
      assert.equal(await engine.increment(tickets, held, 'used', -5), -2)
      assert.equal(await engine.increment(tickets, held, 'used', 2), 0)
      assert.equal(await engine.increment(tickets, held, 'used', 0), 0)
      await engine.insert(tickets, ticket({ code: 'ended', until: clock.now() + 1 }))
      clock.advance(1)
      assert.equal(await engine.increment(tickets, ticket({ code: 'ended' }), 'used', 2), 2)
    },
  },
  {
    name: 'of a hundred inserts of one unique set exactly one is kept',
    run: async ({ engine }) => {
      const { kept, errors } = await settle(
        hundred(() => engine.insert(people, person({ email: 'same@example.org' }))),
      )
      assert.equal(kept, 1)
      assert.ok(errors.every((error) => error instanceof UniqueViolation))
      assert.equal(await engine.count(people, {}), 1)
    },
  },
  {
    name: 'a violation fails its own write and none that was sent beside it',
    run: async ({ engine }) => {
      const { kept, errors } = await settle(
        hundred((i) => engine.insert(people, person({ email: i % 2 ? `${i}` : 'taken', rank: i }))),
      )
      assert.deepEqual([kept, errors.length], [51, 49])
      assert.equal(await engine.count(people, {}), 51)
    },
  },
  {
    name: 'remove removes what matches, no more than its limit, and says how many',
    run: async ({ engine }) => {
      await put(engine, ...[1, 1, 1, 1, 2].map((rank) => person({ rank })))
      assert.equal(await engine.remove(people, { rank: 1 }, 3), 3)
      assert.equal(await engine.count(people, {}), 2)
      assert.equal(await engine.remove(people, { rank: 1 }), 1)
      assert.equal(await engine.remove(people, { rank: 1 }), 0)
      assert.equal(await engine.remove(people, {}), 1)
      await refuses(engine.remove(people, {}, 0), InvalidQuery)
    },
  },
  {
    name: 'atomically does all of its writes',
    run: async ({ engine }) => {
      const [old] = await put(engine, person({ rank: 1 }))
      const fresh = person()
      const writes = [
        write.insert(people, fresh),
        write.insert(tickets, ticket({ code: 'atomic' })),
        write.update(people, { id: fresh.id }, { rank: { add: 4 } }, 1),
        write.remove(people, { id: old!.id }, 1),
      ]
      assert.equal(await engine.atomically(writes), true)
      assert.deepEqual(await engine.list(people, { limit: 9 }), [{ ...fresh, rank: 4 }])
      assert.equal(await engine.count(tickets, { code: 'atomic' }), 1)
      assert.equal(await engine.atomically([]), true)
    },
  },
  {
    name: 'atomically does nothing where an expectation is not met',
    run: async ({ engine }) => {
      const [row] = await put(engine, person({ rank: 1 }))
      const first = [write.insert(people, person()), write.update(people, { id: row!.id }, { rank: 2 }, 1)]
      const unmet = [
        write.update(people, { rank: 99 }, { rank: 3 }, 1),
        write.remove(people, { id: row!.id }, 2),
        write.remove(people, { rank: 99 }, 1),
      ]
      for (const last of unmet)
        assert.equal(await engine.atomically([...first, last, write.remove(people, {})]), false)
      assert.deepEqual(await engine.list(people, { limit: 9 }), [row])
    },
  },
  {
    name: 'atomically does nothing where a unique set is taken, and others go on',
    run: async ({ engine }) => {
      const [row] = await put(engine, person({ email: 'a' }))
      const writes = [write.update(people, {}, { rank: 5 }), write.insert(people, person({ email: 'a' }))]
      const beside = engine.insert(people, person({ rank: 9 }))
      await refuses(engine.atomically(writes), UniqueViolation)
      await beside
      assert.equal((await engine.get(people, { id: row!.id }))!.rank, 0)
      assert.equal(await engine.count(people, { rank: 9 }), 1)
    },
  },
  {
    name: 'of a hundred atomic moves that expect the same row exactly one happens',
    run: async ({ engine }) => {
      const [row] = await put(engine, person({ rank: 1 }))
      const move = (i: number) => [
        write.insert(tickets, ticket({ code: `move ${i}` })),
        write.update(people, { id: row!.id, rank: 1 }, { rank: 2 }, 1),
      ]
      const done = await Promise.all(hundred((i) => engine.atomically(move(i))))
      assert.equal(done.filter(Boolean).length, 1)
      assert.equal(await engine.count(tickets, {}), 1)
    },
  },
]
