import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Bus } from '../bus/bus.js'
import { openLocal } from '../bus/engines/local.js'
import { openMemory } from '../store/engines/memory.js'
import type { Engine } from '../store/store.js'
import { stoppedClock } from '../util/clock.js'
import { uuidv7 } from '../util/ids.js'
import { type Change, type Changes, createChanges } from './changes.js'
import { migrations } from './migrations/index.js'
import { changes as table } from './tables.js'

const lifetime = 900_000
const clock = stoppedClock()
const ada = uuidv7(clock.now())
let store: Engine
let buses: Bus[]
let here: Changes
let there: Changes
beforeEach(async () => {
  store = openMemory({ clock })
  await store.migrate(migrations)
  const nodes = new Set<(() => void)[]>()
  buses = [openLocal(nodes), openLocal(nodes)]
  here = createChanges(store, clock, lifetime, buses[0]!)
  there = createChanges(store, clock, lifetime, buses[1]!)
})
afterEach(async () => {
  for (const bus of buses) await bus.close()
  await store.close()
})

const record = async (change: Change) => {
  await store.atomically([here.record(change)])
  here.apply(change)
}
const session = () => uuidv7(clock.now())

describe('a revocation', () => {
  it('counts here at once and elsewhere after the next look', async () => {
    const [ended, other] = [session(), session()]
    await record({ kind: 'session_revoked', sid: ended })
    expect([here.revoked(ada, ended), here.revoked(ada, other)]).toEqual([true, false])
    expect(there.revoked(ada, ended)).toBe(false)
    await there.catchUp()
    expect([there.revoked(ada, ended), there.revoked(ada, other)]).toEqual([true, false])
  })

  it('of a user counts for sessions of before, but the one that is kept', async () => {
    const [kept, before] = [session(), session()]
    await record({ kind: 'user_changed', user: ada, before: clock.now(), except: kept })
    clock.advance(1)
    const after = session()
    await there.catchUp()
    for (const one of [here, there])
      expect([kept, before, after].map((sid) => one.revoked(ada, sid))).toEqual([false, true, false])
    expect(here.revoked(uuidv7(clock.now()), before)).toBe(false)
  })

  it('is not undone by an older one that is heard of later', async () => {
    const kept = session()
    clock.advance(10)
    here.apply({ kind: 'user_changed', user: ada, before: clock.now() })
    here.apply({ kind: 'user_changed', user: ada, before: clock.now() - 5, except: kept })
    expect(here.revoked(ada, kept)).toBe(true)
  })

  it('is told to those who listen, once', async () => {
    const heard: Change[] = []
    there.hear((change) => heard.push(change))
    const change: Change = { kind: 'key_removed', kid: 'k1' }
    await record(change)
    await there.catchUp()
    await there.catchUp()
    expect(heard).toEqual([change])
  })

  it('is found by the first look however old it is, while a token of then may live', async () => {
    const ended = session()
    await record({ kind: 'session_revoked', sid: ended })
    clock.advance(lifetime)
    const later = createChanges(store, clock, lifetime, buses[0]!)
    await later.catchUp()
    expect(later.revoked(ada, ended)).toBe(true)
  })

  it('that was committed late, under an older time, is found by the next look', async () => {
    await there.catchUp()
    const ended = session()
    const late = here.record({ kind: 'session_revoked', sid: ended })
    clock.advance(59_000)
    await there.catchUp()
    await store.atomically([late])
    clock.advance(1000)
    await there.catchUp()
    expect(there.revoked(ada, ended)).toBe(true)
  })

  it('is looked for anew by a clock that was put back', async () => {
    const ended = session()
    await here.catchUp()
    clock.advance(-3_600_000)
    await store.atomically([there.record({ kind: 'session_revoked', sid: ended })])
    expect(here.isFresh()).toBe(false)
    await here.catchUp()
    expect([here.isFresh(), here.revoked(ada, ended)]).toEqual([true, true])
    clock.advance(3_600_000)
  })

  it('is forgotten when no token of then can be alive, in memory and in the table', async () => {
    const ended = session()
    await record({ kind: 'session_revoked', sid: ended })
    clock.advance(lifetime + 61_000)
    await here.catchUp()
    expect(here.revoked(ada, ended)).toBe(false)
    await store.sweep()
    expect(await store.count(table, {})).toBe(0)
  })

  it('is read whole where there are more than a page', async () => {
    const many = Array.from({ length: 2100 }, session)
    for (const sid of many) await store.atomically([here.record({ kind: 'session_revoked', sid })])
    await there.catchUp()
    expect(many.every((sid) => there.revoked(ada, sid))).toBe(true)
  })
})

describe('whoever follows', () => {
  const next = async (following: AsyncIterator<{ kind: string; sid?: string }>) => {
    const { value } = await following.next()
    return value && (value.sid ?? value.kind)
  }

  it('hears that this was all when the table has been read, and not before', async () => {
    const following = here.follow()
    const [first, second] = [session(), session()]
    const heard = next(following)
    await record({ kind: 'session_revoked', sid: first })
    expect(await heard).toBe(first)
    await here.catchUp()
    await record({ kind: 'session_revoked', sid: second })
    expect([await next(following), await next(following)]).toEqual(['current', second])
  })

  it('hears it no more while the table is not read', async () => {
    await here.catchUp()
    const following = here.follow()
    expect(await next(following)).toBe('current')
    clock.advance(5001)
    const heard = [next(following), next(here.follow())]
    const ended = session()
    here.apply({ kind: 'session_revoked', sid: ended })
    expect(await Promise.all(heard)).toEqual([ended, ended])
  })

  it('and comes back after the clock was put back hears all that ended meanwhile, wherever it had been', async () => {
    const following = here.follow()
    await here.catchUp()
    const { value } = await following.next()
    const place = Number(value?.id)
    clock.advance(-70_000)
    await here.catchUp()
    const ended = session()
    clock.advance(5000)
    await record({ kind: 'session_revoked', sid: ended })
    for (const later of [1000, 100_000]) {
      clock.advance(later)
      await here.catchUp()
      const heard: unknown[] = []
      const again = here.follow(place)
      for (let one = await again.next(); one.value?.kind !== 'current'; one = await again.next())
        heard.push(one.value?.sid)
      expect(heard).toContain(ended)
    }
  })

  it('is given no place to come back to while the table is not read: what it has not heard lies before', async () => {
    await here.catchUp()
    const following = here.follow()
    await next(following)
    await record({ kind: 'session_revoked', sid: session() })
    expect((await following.next()).value).toHaveProperty('id')
    clock.advance(5001)
    await record({ kind: 'session_revoked', sid: session() })
    expect((await following.next()).value).not.toHaveProperty('id')
  })

  it('hears of one thing once, whether this process did it or another', async () => {
    await here.catchUp()
    const following = here.follow()
    expect(await next(following)).toBe('current')
    const [mine, other] = [session(), session()]
    await record({ kind: 'session_revoked', sid: mine })
    await here.catchUp()
    await there.catchUp()
    await store.atomically([there.record({ kind: 'session_revoked', sid: other })])
    there.apply({ kind: 'session_revoked', sid: other })
    await here.catchUp()
    expect([await next(following), await next(following)]).toEqual([mine, other])
    clock.advance(5000)
    await here.catchUp()
    expect(await next(following)).toBe('current')
  })

  it('is let go with the last of its events, and nothing is kept for it', async () => {
    const following = here.follow()
    const waiting = following.next()
    expect(here.followers()).toBe(1)
    await following.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(here.followers()).toBe(0)
  })
})
