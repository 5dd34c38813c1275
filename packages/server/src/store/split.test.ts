import { expect, test, vi } from 'vitest'
import { stoppedClock } from '../util/clock.js'
import { counter, counters, people, person, ticket, tickets } from './conformance/harness.js'
import { openMemory } from './engines/memory.js'
import { withFallback } from './fallback.js'
import { splitStore } from './split.js'
import { type Engine, StoreUnavailable, UniqueViolation, write } from './store.js'

const clock = stoppedClock()
const away = async () => {
  throw new StoreUnavailable('away')
}

/** People are durable, tickets are not; `broken` replaces verbs of either. */
function open(broken: { durable?: Partial<Engine>; ephemeral?: Partial<Engine> } = {}) {
  const durable = openMemory({ clock })
  const ephemeral = openMemory({ clock })
  const store = splitStore({
    durable: { ...durable, ...broken.durable },
    ephemeral: { ...ephemeral, ...broken.ephemeral },
    names: new Set(['tickets']),
    doWithout: false,
  })
  return { store, durable, ephemeral }
}

const spend = (id: string) => write.remove(tickets, { id }, 1)
const never = write.update(people, { rank: 99 }, { rank: 1 }, 1)

test('each table lives in its engine alone, and both are asked whether they work', async () => {
  const { store, durable, ephemeral } = open()
  await store.insert(people, person())
  await store.insert(tickets, ticket())
  expect(await Promise.all([durable.count(people, {}), durable.count(tickets, {})])).toEqual([1, 0])
  expect(await Promise.all([ephemeral.count(people, {}), ephemeral.count(tickets, {})])).toEqual([0, 1])
  await store.ping()
  await expect(open({ ephemeral: { ping: away } }).store.ping()).rejects.toThrow(StoreUnavailable)
})

test('what was spent stays spent, whether the durable act is refused or fails', async () => {
  for (const broken of [{}, { durable: { atomically: away } }]) {
    const { store, ephemeral } = open(broken)
    const one = ticket()
    await store.insert(tickets, one)
    const done = await store.atomically([never, spend(one.id)]).catch(() => false)
    expect(done).toBe(false)
    expect(await ephemeral.get(tickets, { id: one.id })).toBeUndefined()
  }
})

test('of a hundred that spend one row exactly one gets what stands beside it', async () => {
  const { store, durable } = open()
  const one = ticket()
  await store.insert(tickets, one)
  const acts = Array.from({ length: 100 }, () =>
    store.atomically([write.insert(people, person()), spend(one.id)]),
  )
  expect((await Promise.all(acts)).filter(Boolean)).toHaveLength(1)
  expect(await durable.count(people, {})).toBe(1)
})

test('a new row is taken back where the durable act does not happen', async () => {
  const taken = person({ email: 'a' })
  const { store, ephemeral } = open()
  await store.insert(people, taken)
  const fresh = write.insert(tickets, ticket())
  expect(await store.atomically([fresh, never])).toBe(false)
  await expect(store.atomically([write.insert(people, person({ email: 'a' })), fresh])).rejects.toThrow(
    UniqueViolation,
  )
  expect(await ephemeral.count(tickets, {})).toBe(0)
})

test('an ephemeral engine that is away, or refuses, stops the write before anything durable', async () => {
  const gone = open({ ephemeral: { atomically: away } })
  const both = [write.insert(people, person()), write.insert(tickets, ticket({ code: 'x' }))]
  await expect(gone.store.atomically(both)).rejects.toThrow(StoreUnavailable)
  expect(await gone.durable.count(people, {})).toBe(0)
  const taken = open()
  await taken.store.insert(tickets, ticket({ code: 'x' }))
  await expect(taken.store.atomically(both)).rejects.toThrow(UniqueViolation)
  expect(await taken.durable.count(people, {})).toBe(0)
})

test('a row is let live on after the durable act alone, and not where somebody else came first', async () => {
  const { store, ephemeral } = open()
  const one = ticket({ used: 1 })
  await store.insert(tickets, one)
  const keep = write.update(tickets, { id: one.id, used: 1 }, { used: 2 }, 1)
  expect(await store.atomically([keep, never])).toBe(false)
  expect((await ephemeral.get(tickets, { id: one.id }))?.used).toBe(1)
  expect(await store.atomically([keep, write.insert(people, person())])).toBe(true)
  expect((await ephemeral.get(tickets, { id: one.id }))?.used).toBe(2)
  expect(await store.atomically([keep, write.insert(people, person())])).toBe(false)
})

test('what may be lost is kept in the process while the shared engine is away, and no flood fills it', async () => {
  const told: (string | undefined)[] = []
  const local = openMemory({ clock })
  const shared = { ...openMemory({ clock }), increment: away, insert: away, ping: away }
  const store = withFallback({ shared, local, tell: (reason) => told.push(reason), most: 100 })
  const until = clock.now() + 1000
  expect(await store.increment(counters, counter({ until }), 'count', 2)).toBe(2)
  expect(await store.increment(counters, counter({ until }), 'count', 2)).toBe(4)
  await expect(store.insert(tickets, ticket())).rejects.toThrow(StoreUnavailable)
  for (let i = 0; i < 1000; i++) await store.increment(counters, counter({ until, name: `${i}` }), 'count')
  expect(await local.count(counters, {}, 1_000_000)).toBe(100)
  expect(told).toEqual(['away'])
  await store.close()
})

test('a flood while the shared engine is away costs each row the same few looks, however many there are', async () => {
  let looks = 0
  const counting = {
    now: () => {
      looks++
      return clock.now()
    },
  }
  const local = openMemory({ clock: counting })
  const shared = { ...openMemory({ clock }), increment: away, ping: away }
  const store = withFallback({ shared, local, tell: () => {}, most: 5000 })
  const costs: number[] = []
  const come = async (name: string, until: number) => {
    const before = looks
    const count = await store.increment(counters, counter({ until, name }), 'count')
    costs.push(looks - before)
    return count
  }
  const [soon, late] = [clock.now() + 1000, clock.now() + 60_000]
  for (let i = 0; i < 4000; i++) await come(`early ${i}`, i % 2 ? soon : late)
  clock.advance(2000)
  for (let i = 0; i < 2500; i++) await come(`new ${i}`, late)
  // What was over has made room, so nothing that still counts had to go.
  for (let i = 0; i < 4000; i += 2) expect(await come(`early ${i}`, late)).toBe(2)
  for (let i = 0; i < 20_000; i++) await come(`flood ${i}`, late)
  expect(await local.count(counters, {}, 1_000_000)).toBe(5000)
  for (let i = 15_000; i < 20_000; i++) expect(await come(`flood ${i}`, late)).toBe(2)
  expect(Math.max(...costs)).toBeLessThan(10)
  await store.close()
})

test('a shared engine that works for one and not for many is left alone, and longer each time', async () => {
  vi.useFakeTimers()
  try {
    let under = 0
    let slow = true
    let tried = 0
    const told: string[] = []
    /** Where it is slow, it has no answer for those who come behind the first ten. */
    const answer = async () => {
      if (under++ >= 10 && slow) throw new StoreUnavailable('slow')
      await Promise.resolve()
    }
    const ping = async () => {
      if (under === 0) tried++
      await answer().finally(() => under--)
    }
    const shared = { ...openMemory({ clock }), ping, increment: away }
    const store = withFallback({
      ...{ shared, local: openMemory({ clock }) },
      tell: (reason) => told.push(reason ?? 'shared'),
    })
    const log = () => store.increment(counters, counter({ until: clock.now() + 1000 }), 'count')
    await log()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(tried).toBe(20)
    expect(told).toEqual(['away'])
    // It works, and does not as soon as it is used: it is left alone for 1 s, 2 s, and 4 s at most.
    slow = false
    await vi.advanceTimersByTimeAsync(1000)
    for (const left of [2, 4, 4]) {
      expect(told.at(-1)).toBe('shared')
      await log()
      await vi.advanceTimersByTimeAsync(left * 1000 - 1)
      expect(told.at(-1)).toBe('away')
      await vi.advanceTimersByTimeAsync(1)
    }
    // Where it has worked for long, it begins anew.
    await vi.advanceTimersByTimeAsync(5001)
    await log()
    await vi.advanceTimersByTimeAsync(1000)
    expect(told.at(-1)).toBe('shared')
    await store.close()
  } finally {
    vi.useRealTimers()
  }
})
