// Whoever passes the gate again brings what was read of them at the last visit, so that it is not looked for: what is kept
// here and what is brought must come to their end together.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openLocal } from '../bus/engines/local.js'
import { openMemory } from '../store/engines/memory.js'
import type { Engine } from '../store/store.js'
import { stoppedClock } from '../util/clock.js'
import { createChanges } from './changes.js'
import { migrations } from './migrations/index.js'
import { createPeople, type Known, type People } from './people.js'
import { users } from './tables.js'
import { newUserRow } from './users.js'

const clock = stoppedClock()
let store: Engine
let changes: ReturnType<typeof createChanges>
let people: People
let id: string

async function add(): Promise<string> {
  const row = newUserRow(clock.now(), {})
  await store.insert(users, row)
  return row.id
}

beforeEach(async () => {
  store = openMemory({ clock })
  await store.migrate(migrations)
  changes = createChanges(store, clock, 900_000, openLocal(new Set()))
  people = createPeople(store, clock, changes)
  id = await add()
})
afterEach(() => store.close())

it('what was read counts for a minute, and not where the clock was put back', async () => {
  const known = await people.find(id)
  expect(known.person?.id).toBe(id)
  expect(people.find(id)).toBe(known)
  clock.advance(59_999)
  expect(people.counts(known)).toBe(true)
  clock.advance(1)
  expect(people.counts(known)).toBe(false)
  clock.advance(-61_000)
  expect(people.counts(known)).toBe(false)
})

const ends: Record<string, (known: Known) => unknown> = {
  'the roles have changed': () => changes.apply({ kind: 'user_facts', user: id }),
  'every session has ended': () => changes.apply({ kind: 'user_changed', user: id, before: clock.now() }),
  'it was read anew': () => people.read(id),
  'others took its place': async () => {
    for (let count = 0; count < 10_000; count++) await people.find(await add())
  },
}
it.each(Object.entries(ends))('what somebody holds counts no more where %s', async (_, end) => {
  const known = await people.find(id)
  await end(known)
  expect(people.counts(known)).toBe(false)
  expect(people.counts(await people.find(id))).toBe(true)
})

it('what was read while a change came in counts for nobody', async () => {
  const other = await add()
  const reading = people.find(id)
  changes.apply({ kind: 'user_facts', user: other })
  expect(people.counts(await reading)).toBe(false)
})
