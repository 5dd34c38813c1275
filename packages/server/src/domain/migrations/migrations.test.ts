import { expect, it } from 'vitest'
import { tables as declared } from '../../server.js'
import type { AnyTable } from '../../store/table.js'
import { migrations } from './index.js'

/** The tables that all migrations together make. */
function migrated(list = migrations): Map<string, AnyTable> {
  const made = new Map<string, AnyTable>()
  for (const { steps } of list)
    for (const step of steps) {
      if ('create' in step) made.set(step.create.name, step.create)
      if ('drop' in step) made.delete(step.drop.table)
      if ('addColumn' in step) {
        const { table, name, column } = step.addColumn
        const known = made.get(table)!
        made.set(table, { ...known, columns: { ...known.columns, [name]: column } } as AnyTable)
      }
      if ('addIndex' in step) {
        const { table, columns, unique } = step.addIndex
        const known = made.get(table)!
        const member = unique ? 'unique' : 'indexes'
        made.set(table, { ...known, [member]: [...known[member], columns] } as AnyTable)
      }
    }
  return made
}

it('the migrations make exactly the tables that are declared', () => {
  const made = migrated()
  expect([...made.keys()].sort()).toEqual(declared.map(({ name }) => name).sort())
  // What an export shows of a row, and what people read of it, is nothing that a database knows.
  for (const { exported: _, doc: __, ...table } of declared) expect(made.get(table.name)).toEqual(table)
})

it('a column that no migration makes would be noticed', () => {
  const steps = migrations[0]!.steps.slice(1)
  expect([...migrated([{ ...migrations[0]!, steps }]).keys()]).not.toContain(declared[0]!.name)
})

it('migrations are numbered without a gap', () => {
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1))
})
