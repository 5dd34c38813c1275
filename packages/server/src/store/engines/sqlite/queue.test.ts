import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { StoreUnavailable } from '../../store.js'
import { createStatement } from '../sql/statement.js'
import type { Batch, Outcome } from './messages.js'
import { createQueue } from './queue.js'

const statement = createStatement({ text: 'UPDATE t SET a = ? WHERE b = ?' })
const number = (answer: unknown) => answer as number

/** A queue whose batches are kept, and answered by hand. */
function watched(wait = 1000) {
  const batches: Batch[] = []
  const answers: ((outcome: Outcome) => void)[] = []
  const told = new Set<number>()
  const queue = createQueue({
    send: (batch) => {
      batches.push(batch)
      return new Promise((resolve) => answers.push(resolve))
    },
    told,
    wait,
    toError: ({ refused }) => new Error(refused),
  })
  return { queue, batches, answers, told, write: () => queue.write(statement, [1, 'x'], number) }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('writes of one turn are one batch, and those that come meanwhile the next', async () => {
  const { batches, answers, write } = watched()
  const first = [write(), write()]
  await turn()
  const second = [write(), write(), write()]
  await turn()
  expect(batches.map(({ acts }) => acts)).toEqual([2])
  answers[0]!({ answers: [1, 0] })
  expect(await Promise.all(first)).toEqual([1, 0])
  expect(batches.map(({ acts }) => acts)).toEqual([2, 3])
  answers[1]!({ answers: [1, 1, 1] })
  await Promise.all(second)
})

test('the text of a statement is sent once, and again to a receiver that was told nothing', async () => {
  const { batches, answers, told, write } = watched()
  for (const forget of [false, false, true]) {
    if (forget) told.clear()
    const writing = write()
    await turn()
    answers.at(-1)!({ answers: [1] })
    await writing
  }
  expect(batches.map(({ statements }) => statements.length)).toEqual([1, 0, 1])
  expect(batches.map(({ cells }) => cells)).toEqual(Array(3).fill([statement.number, 1, 'x']))
})

test('a refusal fails its own write, a failed batch all of its writes', async () => {
  const { queue, answers, write } = watched()
  const odd = () =>
    queue.write(statement, [1, 'x'], () => {
      throw new RangeError('odd')
    })
  const mixed = Promise.allSettled([write(), odd(), write()])
  await turn()
  answers[0]!({ answers: [{ refused: 'taken', unique: true }, 1, 1] })
  expect((await mixed).map((one) => (one.status === 'rejected' ? one.reason.message : one.value))).toEqual([
    'taken',
    'odd',
    1,
  ])
  const failing = Promise.allSettled([write(), write()])
  await turn()
  answers[1]!({ failed: 'disk full' })
  for (const one of await failing)
    expect((one as PromiseRejectedResult).reason).toBeInstanceOf(StoreUnavailable)
})

test('what queued behind a batch that waited for a lock has that much less left to wait', async () => {
  const { batches, answers, write } = watched()
  const first = write()
  await turn()
  const second = write()
  await pause(40)
  answers[0]!({ answers: [1] })
  await first
  expect(batches[1]!.wait).toBeLessThanOrEqual(1000 - 30)
  answers[1]!({ answers: [1] })
  await second
})

test('draining resolves when everything taken is answered, and takes no more', async () => {
  const { queue, answers, write } = watched()
  const writing = write()
  let drained = false
  const draining = queue.drain().then(() => {
    drained = true
  })
  await expect(write()).rejects.toThrow(StoreUnavailable)
  await turn()
  expect(drained).toBe(false)
  answers[0]!({ answers: [1] })
  await Promise.all([writing, draining])
})
