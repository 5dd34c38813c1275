// Lists as callers page through them: orders, cursors, offsets, limits and counts.
import assert from 'node:assert/strict'
import { cursorOf, type Engine, InvalidCursor, InvalidQuery, type ListQuery } from '../store.js'
import { type Case, type Person, people, person, put, refuses, shuffled } from './harness.js'

/** Everything, page by page, with `meanwhile` run after each page. */
async function pages(
  engine: Engine,
  query: ListQuery<Person>,
  meanwhile = async () => {},
): Promise<Person[]> {
  const all: Person[] = []
  for (let after: string | undefined; ; ) {
    const page = await engine.list(people, after === undefined ? query : { ...query, after })
    all.push(...page)
    if (page.length < query.limit) return all
    assert.ok(all.length < 1000, 'the pages never end')
    after = cursorOf(people, page.at(-1)!, query.order)
    await meanwhile()
  }
}

const byRank = (direction: 'ascending' | 'descending') => ({ by: ['rank' as const], direction })

export const pageCases: Case[] = [
  {
    name: 'a list is in the order of the key where none is asked for',
    run: async ({ engine }) => {
      const rows = [person(), person(), person(), person()]
      await put(engine, ...rows.toReversed())
      assert.deepEqual(await engine.list(people, { limit: 3 }), rows.slice(0, 3))
    },
  },
  {
    name: 'ties are broken by the key in the direction of the list',
    run: async ({ engine }) => {
      const rows = [0, 1, 0, 1].map((rank) => person({ rank }))
      await put(engine, ...shuffled(rows))
      const ids = (list: Person[]) => list.map(({ id }) => id)
      const up = [rows[0]!, rows[2]!, rows[1]!, rows[3]!]
      assert.deepEqual(ids(await engine.list(people, { order: byRank('ascending'), limit: 9 })), ids(up))
      assert.deepEqual(
        ids(await engine.list(people, { order: byRank('descending'), limit: 9 })),
        ids(up.reverse()),
      )
    },
  },
  {
    name: 'cursors visit every row once, in both directions, with ties and filters',
    run: async ({ engine }) => {
      const rows = Array.from({ length: 23 }, (_, i) =>
        person({ rank: i % 3, name: `n${i % 5}`, active: i % 7 > 0 }),
      )
      await put(engine, ...shuffled(rows))
      for (const direction of ['ascending', 'descending'] as const)
        for (const by of [['rank'], ['rank', 'name'], ['name'], ['id']] as const) {
          const found = await pages(engine, { where: { active: true }, order: { by, direction }, limit: 4 })
          assert.equal(found.length, rows.filter(({ active }) => active).length)
          assert.equal(new Set(found.map(({ id }) => id)).size, found.length)
        }
      const order = { by: ['rank', 'name'], direction: 'descending' } as const
      const found = await pages(engine, { where: { rank: 1 }, order, limit: 3 })
      assert.equal(found.length, rows.filter(({ rank }) => rank === 1).length)
    },
  },
  {
    name: 'cursors stay in place while rows come and go',
    run: async ({ engine }) => {
      const rows = await put(engine, ...Array.from({ length: 12 }, (_, i) => person({ rank: 10 + i })))
      const found = await pages(engine, { order: byRank('ascending'), limit: 5 }, async () => {
        await put(engine, person({ rank: 1 }))
        await engine.remove(people, { rank: 10 })
      })
      assert.deepEqual(
        found.map(({ id }) => id),
        rows.map(({ id }) => id),
      )
    },
  },
  {
    name: 'a cursor that is damaged, or of another order, is refused',
    run: async ({ engine }) => {
      const [row] = await put(engine, person())
      const other = cursorOf(people, row!, { by: ['name'], direction: 'ascending' })
      const wrongKind = Buffer.from(JSON.stringify(['rank,id', 'x', row!.id])).toString('base64url')
      for (const after of ['', 'x', '%', other, wrongKind, `${other}=`])
        await refuses(
          engine.list(people, { order: byRank('ascending'), limit: 1, after }),
          InvalidCursor,
          after,
        )
    },
  },
  {
    name: 'an offset leaves rows out, up to 10,000, and not beside a cursor',
    run: async ({ engine }) => {
      const [, second, third] = await put(engine, person(), person(), person())
      assert.deepEqual(await engine.list(people, { limit: 9, offset: 1 }), [second, third])
      assert.deepEqual(await engine.list(people, { limit: 9, offset: 10_000 }), [])
      for (const offset of [10_001, -1, 0.5])
        await refuses(engine.list(people, { limit: 9, offset }), InvalidQuery)
      const after = cursorOf(people, second!)
      await refuses(engine.list(people, { limit: 9, offset: 1, after }), InvalidQuery)
    },
  },
  {
    name: 'a limit is from 1 to 1,000',
    run: async ({ engine }) => {
      await put(engine, person(), person())
      assert.equal((await engine.list(people, { limit: 1 })).length, 1)
      assert.equal((await engine.list(people, { limit: 1000 })).length, 2)
      for (const limit of [0, -1, 1001, 1.5, Number.NaN])
        await refuses(engine.list(people, { limit }), InvalidQuery)
    },
  },
  {
    name: 'only declared orders over columns that are never null are known',
    run: async ({ engine }) => {
      for (const by of [['active'], ['name', 'rank'], ['email'], []] as (keyof Person)[][])
        await refuses(
          engine.list(people, { order: { by, direction: 'ascending' }, limit: 1 }),
          InvalidQuery,
          `${by}`,
        )
    },
  },
  {
    name: 'a count stops at its cap',
    run: async ({ engine }) => {
      await put(engine, ...[1, 2, 3, 4, 5].map((rank) => person({ rank, name: 'x' })))
      assert.equal(await engine.count(people, {}), 5)
      assert.equal(await engine.count(people, { rank: { gt: 1 }, name: { contains: 'x' } }), 4)
      assert.equal(await engine.count(people, {}, 3), 3)
      assert.equal(await engine.count(people, { active: false }, 3), 0)
      await refuses(engine.count(people, {}, 0), InvalidQuery)
    },
  },
]
