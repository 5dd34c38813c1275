import { expect, it } from 'vitest'
import type { Stored } from '../../values.js'
import { createJoining } from './joining.js'

/** Asks of which each gets its connection when the test says so; the row that it finds is what it was asked with. */
function opened() {
  const asked: { connect(): void }[] = []
  const ask = createJoining(async (_question, values) => {
    await new Promise<void>((connect) => asked.push({ connect }))
    return [[...values()]]
  })
  const question = { text: 'of the row of a key' }
  const keyed = { kinds: ['bytes', 'integer'] as const, key: [0] }
  return { asked, get: (...values: Stored[]) => ask(question, keyed, values) }
}
const turn = () => new Promise((done) => setImmediate(done))

it('a question that waits for a connection is asked once for all, with the time of whoever came last', async () => {
  const { asked, get } = opened()
  const answers = [1, 2, 3].map((time) => get('row', time))
  await turn()
  expect(asked).toHaveLength(1)
  asked[0]!.connect()
  expect(await Promise.all(answers)).toEqual(Array(3).fill([['row', 3]]))
})

it('nobody joins a question that is on its way: it may not see what was written since', async () => {
  const { asked, get } = opened()
  const before = get('row', 1)
  await turn()
  asked[0]!.connect()
  await turn()
  const after = get('row', 2)
  await turn()
  expect(asked).toHaveLength(2)
  asked[1]!.connect()
  expect(await Promise.all([before, after])).toEqual([[['row', 1]], [['row', 2]]])
})

it('keys that are alike as texts and are not the same are asked for each by itself, and nobody shares bytes', async () => {
  const { asked, get } = opened()
  const keys = [Buffer.from('c3', 'hex'), Buffer.from('ff', 'hex'), 'ff', 1, '1']
  const answers = keys.flatMap((key) => [get(key, 0), get(key, 0)])
  await turn()
  expect(asked).toHaveLength(keys.length)
  for (const { connect } of asked) connect()
  const rows = await Promise.all(answers)
  expect(rows.map(([row]) => row![0])).toEqual(keys.flatMap((key) => [key, key]))
  expect(rows[0]![0]![0]).not.toBe(rows[1]![0]![0])
})

it('where it fails, all who waited hear of it, and the next is asked anew', async () => {
  let times = 0
  const ask = createJoining(async () => {
    times++
    await turn()
    throw new Error('no connection')
  })
  const question = { text: 'of the row of a key' }
  const get = () => ask(question, { kinds: ['text'], key: [0] }, ['row'])
  const errors = () => Promise.all([get(), get()].map((one) => one.catch(({ message }) => message)))
  expect(await errors()).toEqual(['no connection', 'no connection'])
  expect(await errors()).toEqual(['no connection', 'no connection'])
  expect(times).toBe(2)
})
