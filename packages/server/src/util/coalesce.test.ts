import { expect, test } from 'vitest'
import { coalesced } from './coalesce.js'

function counted() {
  const runs: { done(): void; fail(error: Error): void }[] = []
  const ask = coalesced(() => new Promise<void>((done, fail) => runs.push({ done, fail })))
  return { ask, runs }
}
const turn = () => new Promise((done) => setImmediate(done))

test('what is asked for at once is done once, and what is asked for meanwhile once more', async () => {
  const { ask, runs } = counted()
  const first = [ask(), ask(), ask()]
  await turn()
  expect(runs).toHaveLength(1)
  const second = [ask(), ask()]
  await turn()
  expect(runs).toHaveLength(1)
  runs[0]!.done()
  await Promise.all(first)
  await turn()
  expect(runs).toHaveLength(2)
  runs[1]!.done()
  await Promise.all(second)
  expect(runs).toHaveLength(2)
})

test('whoever waits for the next run is told where the one before fails, and the one after that is a new one', async () => {
  const { ask, runs } = counted()
  const first = ask()
  await turn()
  const second = ask()
  runs[0]!.fail(new Error('no database'))
  await expect(first).rejects.toThrow('no database')
  await expect(second).rejects.toThrow('no database')
  expect(runs).toHaveLength(1)
  const third = ask()
  await turn()
  runs[1]!.done()
  await third
})
