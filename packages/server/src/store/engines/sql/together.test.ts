import { expect, it } from 'vitest'
import { people, person, ticket, tickets } from '../../conformance/harness.js'
import { write } from '../../store.js'
import { flavour } from '../postgres/flavour.js'
import type { Step } from './statement.js'
import { together } from './together.js'
import { createWrites } from './writes.js'

async function stepsOf(...writes: Parameters<ReturnType<typeof createWrites>['atomically']>[0]) {
  let steps: readonly Step[] = []
  const never = () => Promise.reject(new Error('nothing else is written'))
  const writer = { flavour, now: () => 0, change: never, row: never }
  const { atomically } = createWrites({
    ...writer,
    together: async (given) => {
      steps = given
      return true
    },
  })
  await atomically(writes)
  return steps
}

const rows = (count: number) => Array.from({ length: count }, () => write.insert(people, person()))

it('rows of one table become statements of a power of two of them, in their order', async () => {
  const steps = await stepsOf(...rows(101))
  const gathered = together(steps)
  expect(gathered.map(({ values }) => values.length / 9)).toEqual([64, 32, 4, 1])
  expect(gathered.flatMap(({ values }) => values)).toEqual(steps.flatMap(({ values }) => values))
  expect(gathered[1]!.statement.main.size).toBe(32 * 9)
  expect(together(steps)[0]!.statement).toBe(gathered[0]!.statement)
})

it('whatever stands between them stays there, with what it expects', async () => {
  const change = write.update(people, { name: 'ada' }, { rank: 1 }, 1)
  const steps = await stepsOf(...rows(2), change, ...rows(3))
  const gathered = together(steps)
  expect(gathered.map(({ expect: count }) => count)).toEqual([undefined, 1, undefined, undefined])
  expect(gathered.map(({ values }) => values.length)).toEqual([18, 2, 18, 9])
})

it('rows that one past its end may stand in the way of go alone', async () => {
  const steps = await stepsOf(write.insert(tickets, ticket()), write.insert(tickets, ticket()))
  expect(together(steps)).toEqual(steps)
})
