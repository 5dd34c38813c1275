// Single rows: what goes in comes out, what may not go in is refused, and keys and unique sets hold.
import assert from 'node:assert/strict'
import { InvalidQuery, InvalidValue, UniqueViolation, type Where } from '../store.js'
import type { Json } from '../table.js'
import { type Case, counter, counters, type Person, people, person, put, refuses } from './harness.js'

export const rowCases: Case[] = [
  {
    name: 'a row comes back as it was put',
    run: async ({ engine }) => {
      const [row] = await put(engine, person({ email: 'ada@example.org', number: 7, active: false }))
      assert.deepEqual(await engine.get(people, { id: row!.id }), row)
    },
  },
  {
    name: 'a key that is not there gives undefined',
    run: async ({ engine }) => assert.equal(await engine.get(people, { id: person().id }), undefined),
  },
  {
    name: 'a key of two columns finds its row alone',
    run: async ({ engine, clock }) => {
      const until = clock.now() + 1000
      await engine.insert(counters, counter({ until, name: 'a', count: 1 }))
      await engine.insert(counters, counter({ until, name: 'b', count: 2 }))
      assert.equal((await engine.get(counters, { scope: 'ip', name: 'b' }))?.count, 2)
      await refuses(engine.get(counters, { scope: 'ip' }), InvalidQuery)
    },
  },
  {
    name: 'bytes come back as a Buffer, every value of a byte among them',
    run: async ({ engine }) => {
      for (const mark of [
        Buffer.alloc(0),
        Buffer.from(Array.from({ length: 64 }, (_, i) => i * 4 + (i % 4))),
      ]) {
        const [row] = await put(engine, person({ mark }))
        const found = (await engine.get(people, { id: row!.id }))!
        assert.ok(Buffer.isBuffer(found.mark))
        assert.deepEqual(found.mark, mark)
      }
    },
  },
  {
    name: 'what is changed outside after a write or a read changes nothing inside',
    run: async ({ engine }) => {
      const mark = Buffer.from('kept')
      const row = person({ mark, notes: { list: [1] } })
      const writing = engine.insert(people, row)
      mark.fill(0)
      await writing
      const found = (await engine.get(people, { id: row.id }))!
      found.mark!.fill(0)
      ;(found.notes as { list: number[] }).list.push(2)
      const again = (await engine.get(people, { id: row.id }))!
      assert.equal(Buffer.from(again.mark!).toString(), 'kept')
      assert.deepEqual(again.notes, { list: [1] })
    },
  },
  {
    name: 'JSON of any shape comes back the same',
    run: async ({ engine }) => {
      const all: Json[] = [
        { b: 1, a: [true, null, 'x', 1.5, {}] },
        [],
        'text',
        0,
        false,
        '',
        { 'é"\\': '\\u0000 😀' },
      ]
      for (const notes of all) {
        const [row] = await put(engine, person({ notes }))
        assert.deepEqual((await engine.get(people, { id: row!.id }))!.notes, notes)
      }
    },
  },
  {
    name: 'integers are exact from -(2^53 - 1) to 2^53 - 1',
    run: async ({ engine }) => {
      for (const number of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 31, -(2 ** 31) - 1, 0]) {
        const [row] = await put(engine, person({ number }))
        assert.equal((await engine.get(people, { id: row!.id }))!.number, number)
        assert.equal(await engine.count(people, { number }), 1)
      }
    },
  },
  {
    name: 'texts come back code point for code point',
    run: async ({ engine }) => {
      for (const name of [
        '',
        ' padded  ',
        'Straße',
        'ﬁ',
        'e\u0301',
        '😀\u{10ffff}',
        '\uffff',
        "'; DROP TABLE people",
      ]) {
        const [row] = await put(engine, person({ name }))
        assert.equal((await engine.get(people, { id: row!.id }))!.name, name)
      }
    },
  },
  {
    name: 'NUL and lone surrogates are refused in every text, wherever it stands',
    run: async ({ engine }) => {
      const [row] = await put(engine, person())
      for (const bad of ['a\0b', '\ud800', 'x\udc00y', '\udc00\ud800']) {
        await refuses(engine.insert(people, person({ name: bad })), InvalidValue, 'insert')
        await refuses(engine.insert(people, person({ notes: { deep: [bad] } })), InvalidValue, 'json')
        await refuses(engine.insert(people, person({ notes: { [bad]: 1 } })), InvalidValue, 'json name')
        await refuses(engine.update(people, { id: row!.id }, { name: bad }), InvalidValue, 'update')
        await refuses(engine.count(people, { name: bad }), InvalidValue, 'where')
        await refuses(engine.count(people, { name: { prefix: bad } }), InvalidValue, 'prefix')
        await refuses(engine.get(people, { id: bad }), InvalidValue, 'get')
      }
    },
  },
  {
    name: 'values of another kind, too long or null are refused',
    run: async ({ engine }) => {
      const wrong: Record<string, unknown>[] = [
        { name: 1 },
        { name: null },
        { name: undefined },
        { name: 'x'.repeat(101) },
        { rank: 1.5 },
        { rank: 2 ** 53 },
        { rank: '1' },
        { active: 1 },
        { mark: 'bytes' },
        { mark: Buffer.alloc(65) },
        { notes: () => 1 },
      ]
      for (const values of wrong)
        await refuses(
          engine.insert(people, { ...person(), ...values } as Person),
          InvalidValue,
          JSON.stringify(values),
        )
      await put(engine, person({ name: '😀'.repeat(100) }))
      assert.equal(await engine.count(people, {}), 1)
    },
  },
  {
    name: 'unknown columns are refused in rows, conditions, changes and orders',
    run: async ({ engine }) => {
      const strange = { nope: 1 } as object
      await refuses(engine.insert(people, { ...person(), ...strange }), InvalidQuery)
      await refuses(engine.list(people, { where: strange, limit: 1 }), InvalidQuery)
      await refuses(engine.update(people, {}, strange as Partial<Person>), InvalidQuery)
      await refuses(engine.take(people, { toString: 'x' } as object), InvalidQuery)
      const by = ['nope'] as unknown as 'id'[]
      await refuses(engine.list(people, { order: { by, direction: 'ascending' }, limit: 1 }), InvalidQuery)
    },
  },
  {
    name: 'a guard that is undefined, null or empty is refused and changes nothing',
    run: async ({ engine }) => {
      await put(engine, person({ rank: 1 }))
      for (const rank of [undefined, null, {}, { lt: undefined }, { like: 1 }, { in: 1 }])
        await refuses(
          engine.update(people, { rank } as Where<Person>, { rank: 2 }),
          TypeError,
          JSON.stringify(rank),
        )
      assert.equal(await engine.count(people, { rank: 1 }), 1)
    },
  },
  {
    name: 'a key that is taken is a unique violation and keeps the first row',
    run: async ({ engine }) => {
      const [row] = await put(engine, person({ name: 'first' }))
      const error = await engine.insert(people, { ...row!, name: 'second' }).catch((thrown) => thrown)
      assert.ok(error instanceof UniqueViolation)
      assert.deepEqual([error.table, error.columns], ['people', ['id']])
      assert.equal((await engine.get(people, { id: row!.id }))!.name, 'first')
    },
  },
  {
    name: 'a unique set that is taken is a unique violation that names its columns',
    run: async ({ engine }) => {
      await put(engine, person({ realm: 'a', number: 1 }), person({ realm: 'b', number: 1 }))
      const error = await engine.insert(people, person({ realm: 'a', number: 1 })).catch((thrown) => thrown)
      assert.ok(error instanceof UniqueViolation)
      assert.deepEqual(error.columns, ['realm', 'number'])
    },
  },
  {
    name: 'unique sets compare by code point, case and blanks included',
    run: async ({ engine }) => {
      const emails = ['a@b', 'A@b', 'á@b', 'a\u0301@b', 'a@b ', 'ａ@b', 'ß@b', 'ss@b']
      await put(engine, ...emails.map((email) => person({ email })))
      for (const email of emails)
        await refuses(engine.insert(people, person({ email })), UniqueViolation, email)
    },
  },
  {
    name: 'null in a unique set never collides',
    run: async ({ engine }) => {
      await put(
        engine,
        person(),
        person(),
        person({ realm: 'a' }),
        person({ realm: 'a' }),
        person({ number: 1 }),
      )
      assert.equal(await engine.count(people, {}), 5)
    },
  },
  {
    name: 'an update into a taken unique set fails and changes no row',
    run: async ({ engine }) => {
      const [, second] = await put(engine, person({ email: 'a' }), person({ email: 'b', rank: 1 }))
      await refuses(engine.update(people, { id: second!.id }, { email: 'a', rank: 2 }), UniqueViolation)
      await refuses(engine.update(people, {}, { email: 'c', rank: 3 }), UniqueViolation)
      assert.deepEqual(
        (await engine.list(people, { limit: 9 })).map(({ email, rank }) => [email, rank]),
        [
          ['a', 0],
          ['b', 1],
        ],
      )
      await put(engine, person({ email: 'c' }))
    },
  },
]
