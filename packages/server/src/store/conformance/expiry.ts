// A row past its end does not exist for any verb, and stands in nobody's way.
import assert from 'node:assert/strict'
import { UniqueViolation, write } from '../store.js'
import { type Case, counter, counters, type Harness, refuses, ticket, tickets } from './harness.js'

/** A ticket that has just ended, and one that never ends. */
async function endedTicket({ engine, clock }: Harness) {
  const ended = ticket({ code: 'ended', seat: 's', until: clock.now() + 1000 })
  const lasting = ticket({ code: 'lasting' })
  await engine.insert(tickets, ended)
  await engine.insert(tickets, lasting)
  assert.equal(await engine.count(tickets, {}), 2)
  clock.advance(1000)
  return { ended, lasting }
}

export const expiryCases: Case[] = [
  {
    name: 'a row lives until its end, and not at it',
    run: async ({ engine, clock }) => {
      const row = ticket({ until: clock.now() + 1000 })
      await engine.insert(tickets, row)
      clock.advance(999)
      assert.deepEqual(await engine.get(tickets, { id: row.id }), row)
      clock.advance(1)
      assert.equal(await engine.get(tickets, { id: row.id }), undefined)
    },
  },
  {
    name: 'get, list and count do not see a row past its end',
    run: async (harness) => {
      const { ended, lasting } = await endedTicket(harness)
      assert.equal(await harness.engine.get(tickets, { id: ended.id }), undefined)
      assert.deepEqual(await harness.engine.list(tickets, { limit: 9 }), [lasting])
      assert.equal(await harness.engine.count(tickets, {}), 1)
      assert.equal(await harness.engine.count(tickets, { code: 'ended' }), 0)
    },
  },
  {
    name: 'update, take and remove do not touch a row past its end',
    run: async (harness) => {
      const { ended } = await endedTicket(harness)
      const { engine, clock } = harness
      assert.equal(await engine.update(tickets, { id: ended.id }, { until: clock.now() + 5000 }), 0)
      assert.equal(await engine.take(tickets, { id: ended.id }), undefined)
      assert.equal(await engine.take(tickets, { code: 'ended' }), undefined)
      assert.equal(await engine.remove(tickets, { id: ended.id }), 0)
      assert.equal(await engine.remove(tickets, {}, 5), 1)
    },
  },
  {
    name: 'an update can move the end of a living row',
    run: async ({ engine, clock }) => {
      const row = ticket({ until: clock.now() + 1000 })
      await engine.insert(tickets, row)
      assert.equal(await engine.update(tickets, { id: row.id }, { until: clock.now() + 9000 }), 1)
      clock.advance(5000)
      assert.equal(await engine.update(tickets, { id: row.id }, { until: null }), 1)
      clock.advance(9000)
      assert.equal((await engine.get(tickets, { id: row.id }))?.until, null)
    },
  },
  {
    name: 'a key and a unique set of a row past its end are free to insert',
    run: async (harness) => {
      const { ended } = await endedTicket(harness)
      const { engine } = harness
      const same = { ...ended, until: null, used: 1 }
      await engine.insert(tickets, same)
      assert.deepEqual(await engine.get(tickets, { id: ended.id }), same)
      await refuses(engine.insert(tickets, ticket({ code: 'ended' })), UniqueViolation)
    },
  },
  {
    name: 'two rows past their end are both out of the way of one insert',
    run: async ({ engine, clock }) => {
      const until = clock.now() + 10
      await engine.insert(tickets, ticket({ code: 'a', until }))
      await engine.insert(tickets, ticket({ code: 'b', seat: 'b', until }))
      clock.advance(10)
      await engine.insert(tickets, ticket({ code: 'a', seat: 'b' }))
      assert.equal(await engine.count(tickets, {}), 1)
    },
  },
  {
    name: 'a unique set of a row past its end is free to update into',
    run: async (harness) => {
      const { lasting } = await endedTicket(harness)
      const { engine } = harness
      assert.equal(await engine.update(tickets, { id: lasting.id }, { code: 'ended', seat: 's' }), 1)
      assert.deepEqual(await engine.get(tickets, { id: lasting.id }), {
        ...lasting,
        code: 'ended',
        seat: 's',
      })
    },
  },
  {
    name: 'increment starts anew where the row is past its end',
    run: async ({ engine, clock }) => {
      const until = clock.now() + 1000
      await engine.increment(counters, counter({ until }), 'count', 5)
      assert.equal(await engine.increment(counters, counter({ until: until + 1 }), 'count'), 6)
      clock.advance(1000)
      const later = clock.now() + 1000
      assert.equal(await engine.increment(counters, counter({ until: later, label: 'second' }), 'count'), 1)
      assert.deepEqual(
        await engine.get(counters, { scope: 'ip', name: '192.0.2.1' }),
        counter({ until: later, label: 'second', count: 1 }),
      )
    },
  },
  {
    name: 'atomically does not see rows past their end either',
    run: async (harness) => {
      const { ended } = await endedTicket(harness)
      const { engine } = harness
      assert.equal(await engine.atomically([write.update(tickets, { id: ended.id }, { used: 1 }, 1)]), false)
      assert.equal(await engine.atomically([write.remove(tickets, { id: ended.id }, 1)]), false)
      assert.equal(await engine.atomically([write.insert(tickets, ended)]), true)
    },
  },
  {
    name: 'sweeping removes rows past their end, however long that takes, and no others',
    run: async (harness) => {
      const { engine, clock } = harness
      await engine.sweep()
      const { lasting } = await endedTicket(harness)
      for (let i = 0; i < 4; i++) await engine.insert(tickets, ticket({ until: clock.now() + 1 }))
      const living = ticket({ until: clock.now() + 5000 })
      await engine.insert(tickets, living)
      clock.advance(1)
      let removed = 0
      for (let i = 0; i < 9; i++) removed += await engine.sweep(2)
      assert.equal(removed, 5)
      assert.deepEqual(await engine.list(tickets, { limit: 9 }), [lasting, living])
    },
  },
  {
    name: 'sweeping names the tables that are done, and leaves alone those that it is told are',
    run: async (harness) => {
      const { engine, clock } = harness
      await engine.insert(tickets, ticket({ until: clock.now() + 5000 }))
      // To the end of every table, so that the next one begins at its start.
      for (let i = 0; i < 3; i++) await engine.sweep()
      const done = new Set<string>()
      assert.equal(await engine.sweep(500, done), 0)
      assert.equal(done.has(tickets.name), engine.name !== 'memory')
      clock.advance(5000)
      assert.equal(await engine.sweep(500, new Set([tickets.name])), engine.name === 'memory' ? 1 : 0)
      assert.equal(await engine.sweep(), engine.name === 'memory' ? 0 : 1)
    },
  },
]
