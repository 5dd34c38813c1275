// Conditions: what is found, by code point and literally.
import assert from 'node:assert/strict'
import { type Engine, InvalidQuery, type Where } from '../store.js'
import { type Case, type Person, people, person, put, refuses, shuffled } from './harness.js'

/** Ascending by code point, each against another habit of sorting: case, accents, blanks, widths, UTF-16 units. */
const sorted = [
  ...[
    '',
    ' ',
    '  ',
    '"',
    '%',
    "'",
    '0',
    '10',
    '2',
    'A',
    'Z',
    '\\',
    '_',
    'a',
    'a ',
    'a!',
    'aa',
    'b',
    'e\u0301',
    'ss',
  ],
  ...[
    'z',
    '~',
    '\u00a0',
    'ß',
    'é',
    'ı',
    '\ud7ff',
    '\ue000',
    'ﬁ',
    'ａ',
    '\uffff',
    '\u{10000}',
    '😀',
    '\u{10ffff}',
  ],
]

const putNames = (engine: Engine, names: readonly string[]) =>
  put(engine, ...names.map((name) => person({ name })))

/** The names found, in the order of the names. */
async function named(engine: Engine, where: Where<Person>): Promise<string[]> {
  const order = { by: ['name' as const], direction: 'ascending' as const }
  return (await engine.list(people, { where, order, limit: 1000 })).map(({ name }) => name)
}

export const queryCases: Case[] = [
  {
    name: 'texts sort by code point',
    run: async ({ engine }) => {
      await putNames(engine, shuffled(sorted))
      assert.deepEqual(await named(engine, {}), sorted)
    },
  },
  {
    name: 'texts compare by code point, also with lt and gte',
    run: async ({ engine }) => {
      await putNames(engine, shuffled(sorted))
      for (const name of sorted) {
        assert.deepEqual(await named(engine, { name }), [name])
        assert.deepEqual(await named(engine, { name: { lt: name } }), sorted.slice(0, sorted.indexOf(name)))
        assert.deepEqual(await named(engine, { name: { gte: name } }), sorted.slice(sorted.indexOf(name)))
      }
    },
  },
  {
    name: 'prefix takes its text literally and finds by code point',
    run: async ({ engine }) => {
      const more = [
        '%a',
        '_a',
        '\\a',
        "'a",
        '"a',
        'Ab',
        'ab',
        'éa',
        '😀a',
        '\ud7ffa',
        '\uffffa',
        '\u{10ffff}a',
      ]
      const all = [...sorted, ...more]
      await putNames(engine, all)
      for (const prefix of [
        '',
        'a',
        'A',
        '%',
        '_',
        '\\',
        "'",
        '"',
        'é',
        'e',
        '😀',
        '\ud7ff',
        '\uffff',
        '\u{10ffff}',
      ]) {
        const expected = all.filter((name) => name.startsWith(prefix)).length
        const found = await named(engine, { name: { prefix } })
        assert.equal(found.length, expected, prefix)
        assert.ok(found.every((name) => name.startsWith(prefix)))
      }
    },
  },
  {
    name: 'contains takes its text literally and is exact about case',
    run: async ({ engine }) => {
      const all = [
        '50% off',
        '5 off',
        'a_b',
        'axb',
        'a\\b',
        "o'hara",
        'say "hi"',
        'É',
        'é',
        'e\u0301',
        'x😀y',
        'X😀Y',
      ]
      await putNames(engine, all)
      for (const contains of [
        '',
        '%',
        '_',
        '\\',
        "'",
        '"',
        'é',
        '\u0301',
        '😀',
        'x😀',
        'X',
        'off',
        'nothing',
      ])
        assert.deepEqual(
          (await named(engine, { name: { contains } })).sort(),
          all.filter((name) => name.includes(contains)).sort(),
          contains,
        )
      await refuses(engine.count(people, { email: { contains: 'x' } }), InvalidQuery)
    },
  },
  {
    name: 'in finds any of its values: none, one, three, 500',
    run: async ({ engine }) => {
      const rows = await put(engine, ...Array.from({ length: 510 }, (_, rank) => person({ rank })))
      assert.equal(await engine.count(people, { rank: { in: [] } }), 0)
      assert.equal(await engine.count(people, { rank: { in: [3] } }), 1)
      assert.equal(await engine.count(people, { rank: { in: [3, 3, 9, -1] } }), 2)
      assert.equal(await engine.count(people, { id: { in: rows.slice(5, 505).map(({ id }) => id) } }), 500)
      const tooMany = Array.from({ length: 1001 }, (_, i) => i)
      await refuses(engine.count(people, { rank: { in: tooMany } }), InvalidQuery)
    },
  },
  {
    name: 'null is found by isNull and by nothing else',
    run: async ({ engine }) => {
      await put(engine, person({ name: 'none' }), person({ name: 'some', number: 5, notes: { a: 1 } }))
      assert.deepEqual(await named(engine, { number: { isNull: true } }), ['none'])
      assert.deepEqual(await named(engine, { number: { isNull: false } }), ['some'])
      assert.deepEqual(await named(engine, { notes: { isNull: true } }), ['none'])
      for (const number of [{ lt: 9 }, { gt: -9 }, { in: [5] }, 5])
        assert.deepEqual(await named(engine, { number }), ['some'])
    },
  },
  {
    name: 'all conditions must hold, several on one column too',
    run: async ({ engine }) => {
      await put(
        engine,
        ...[1, 2, 3, 4, 5].map((rank) => person({ rank, name: `n${rank}`, active: rank !== 3 })),
      )
      assert.deepEqual(await named(engine, { rank: { gt: 1, lte: 4 } }), ['n2', 'n3', 'n4'])
      assert.deepEqual(await named(engine, { rank: { gt: 1, lte: 4 }, active: true }), ['n2', 'n4'])
      assert.deepEqual(await named(engine, { rank: { gte: 2, lt: 5, in: [1, 2, 5] }, active: true }), ['n2'])
    },
  },
  {
    name: 'bytes and booleans can be asked for',
    run: async ({ engine }) => {
      const [low, high] = [Buffer.from([1, 0]), Buffer.from([1, 200])]
      await put(
        engine,
        person({ name: 'low', mark: low }),
        person({ name: 'high', mark: high, active: false }),
      )
      assert.deepEqual(await named(engine, { mark: low }), ['low'])
      assert.deepEqual(await named(engine, { mark: { gt: low } }), ['high'])
      assert.deepEqual(await named(engine, { mark: { in: [high, Buffer.from('x')] } }), ['high'])
      assert.deepEqual(await named(engine, { active: false }), ['high'])
    },
  },
]
