// A table that grows by migrations, for the tests of engines: its first form, its last, and the steps between.
import type { Migration } from '../store.js'
import { boolean, bytes, id, integer, json, nullable, table, text } from '../table.js'
import { people } from './harness.js'

const long = 'a_column_whose_name_is_so_long_that_an_index_of_two_is_too_long'
const columns = { id: id(), name: text(9) }
export const before = table({ name: 'things', columns, key: ['id'] })
export const after = table({
  name: 'things',
  columns: {
    ...columns,
    size: integer(),
    note: nullable(text(9)),
    data: json(),
    mark: bytes(4),
    on: boolean(),
    [long]: integer(),
  },
  key: ['id'],
  unique: [['name']],
  indexes: [['size'], [long], [long, 'size']],
})
type Added = 'size' | 'note' | 'data' | 'mark' | 'on' | typeof long
export const add = (...names: Added[]) =>
  names.map((name) => ({ addColumn: { table: 'things', name, column: after.columns[name] } }))
const index = (unique: boolean, ...names: string[]) => ({
  addIndex: { table: 'things', columns: names, unique },
})
export const steps: Migration[] = [
  { number: 1, name: 'things', steps: [{ create: before }, { create: people }] },
  { number: 2, name: 'sizes', steps: add('size', 'note', 'data', 'mark', 'on', long) },
  {
    number: 3,
    name: 'indexes',
    steps: [
      index(false, 'size'),
      index(true, 'name'),
      index(false, long),
      index(false, long, 'size'),
      { drop: { table: 'people' } },
    ],
  },
]

/** What a row of the first form holds in the columns that came later. */
export const blanks = { size: 0, note: null, data: null, mark: Buffer.alloc(0), on: false, [long]: 0 }
