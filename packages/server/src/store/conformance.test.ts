import { expect, test } from 'vitest'
import { stoppedClock } from '../util/clock.js'
import { cases, failingCases } from './conformance.js'
import { openMemory } from './engines/memory.js'
import { type Engine, UniqueViolation } from './store.js'

/** The names of the cases that notice what `breakIt` did to an engine. */
const noticed = (breakIt: (engine: Engine) => Partial<Engine>) =>
  failingCases(async () => {
    const clock = stoppedClock()
    const engine = openMemory({ clock })
    return { engine: { ...engine, ...breakIt(engine) }, clock }
  })

test('a sound engine passes every case, and every case has a name of its own', async () => {
  expect(await noticed(() => ({}))).toEqual([])
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
})

test('an update that ignores all of its guard but the id is noticed', async () => {
  const update: Engine['update'] = (table, where, set) => engine.update(table, keyOnly(where), set)
  let engine: Engine
  const failed = await noticed((sound) => {
    engine = sound
    return { update }
  })
  expect(failed).toContain('of a hundred guarded updates of one row exactly one wins')
})

const keyOnly = <W extends object>(where: W) => ('id' in where ? { id: where.id } : where) as W

test('an update that says how many rows it changed, not matched, is noticed', async () => {
  const failed = await noticed(({ update }) => ({
    update: async (table, where, set) => Math.min(1, await update(table, where, set)),
  }))
  expect(failed).toContain('an update changes the rows that match and says how many matched, changed or not')
})

test('a take that reads first and removes later is noticed', async () => {
  const failed = await noticed(({ list, remove }) => ({
    take: async (table, where) => {
      const [row] = await list(table, { where, limit: 1 })
      await remove(table, where)
      return row
    },
  }))
  expect(failed).toContain('take removes and returns one row, to one of a hundred callers')
})

test('a counter that reads first and writes later is noticed', async () => {
  const failed = await noticed(({ get, insert, remove }) => ({
    increment: async (table, row, column, by = 1) => {
      const key = Object.fromEntries(table.key.map((name) => [name, row[name]])) as Partial<typeof row>
      const count = Number((await get(table, key))?.[column] ?? 0) + by
      await remove(table, key as object)
      await insert(table, { ...row, [column]: count })
      return count
    },
  }))
  expect(failed).toContain('increment puts the row first and counts every one of a hundred at once')
})

test('writes that are not taken back together are noticed', async () => {
  const failed = await noticed(({ atomically }) => ({
    atomically: async (writes) => {
      for (const one of writes) if (!(await atomically([one]))) return false
      return true
    },
  }))
  expect(failed).toContain('atomically does nothing where an expectation is not met')
  expect(failed).toContain('atomically does nothing where a unique set is taken, and others go on')
})

test('an order that is not by code point, a cursor that is ignored and a cap that is not kept are noticed', async () => {
  const failed = await noticed(({ list, count }) => ({
    list: async (table, { after: _, ...query }) =>
      (await list(table, query)).sort((a, b) =>
        `${Object.values(a as object)[1]}`.localeCompare(`${Object.values(b as object)[1]}`),
      ),
    count: (table, where) => count(table, where),
  }))
  for (const name of [
    'texts sort by code point',
    'cursors visit every row once, in both directions, with ties and filters',
    'a count stops at its cap',
  ])
    expect(failed).toContain(name)
})

test('an engine that never ends rows is noticed, and one that forgets unique sets', async () => {
  const failed = await noticed(({ insert }) => ({
    insert: (table, row) => insert({ ...table, expires: undefined } as unknown as typeof table, row),
    get: async () => undefined,
  }))
  expect(failed).toContain('a row lives until its end, and not at it')
  const lax = await noticed(({ insert }) => ({
    insert: (table, row) =>
      insert(table, row).catch((error) => {
        if (!(error instanceof UniqueViolation)) throw error
      }),
  }))
  expect(lax).toContain('of a hundred inserts of one unique set exactly one is kept')
})
