import { expect, it } from 'vitest'
import { openMemory } from '../store/engines/memory.js'
import { StoreUnavailable } from '../store/store.js'
import { stoppedClock } from '../util/clock.js'
import { type Counted, createGuesses } from './guesses.js'
import { counters } from './tables.js'

function start() {
  const clock = stoppedClock()
  const store = openMemory({ clock })
  return { clock, store, guesses: createGuesses(store, clock) }
}

const account = (row: string): Counted => ({ row, max: 10, window: 900_000, own: true })

/** A look that is over when somebody says so. */
function look() {
  let begun = () => {}
  let end = (_ok: boolean) => {}
  let fail = (_error: Error) => {}
  const began = new Promise<void>((resolve) => {
    begun = resolve
  })
  const verdict = new Promise<{ ok: boolean }>((resolve, reject) => {
    end = (ok) => resolve({ ok })
    fail = reject
  })
  const begin = () => {
    begun()
    return verdict
  }
  return { began, begin, end, fail }
}

const turns = async (count = 5) => {
  for (let at = 0; at < count; at++) await new Promise(setImmediate)
}

it('tells a verdict after all that came before, though the one just before it left without any', async () => {
  const { guesses } = start()
  const told: string[] = []
  const [first, second, third] = [look(), look(), look()]
  const guess = (name: string, { begin }: typeof first) =>
    guesses.guess([account('one')], begin).then(
      () => told.push(name),
      () => told.push(`${name}, not looked at`),
    )
  const all = [guess('first', first), guess('second', second), guess('third', third)]
  await Promise.all([first.began, second.began, third.began])
  third.end(true)
  await turns()
  second.fail(new Error('no thread is free'))
  await turns()
  expect(told).toEqual(['second, not looked at'])
  first.end(false)
  await Promise.all(all)
  expect(told).toEqual(['second, not looked at', 'first', 'third'])
})

it('counts a failure once where one of its rows cannot be written and the others can', async () => {
  const { store, guesses } = start()
  const { increment } = store
  store.increment = (table, row, column, by) =>
    (row as { key: string }).key === 'shut'
      ? Promise.reject(new StoreUnavailable('its row is locked'))
      : increment(table, row, column, by)
  const wrong = async () => ({ ok: false })
  const guess = () => guesses.guess([account('open'), account('shut')], wrong)
  for (let at = 0; at < 10; at++) await expect(guess()).rejects.toThrow(StoreUnavailable)
  expect((await store.get(counters, { key: 'open' }))?.count).toBe(10)
  await expect(guess()).rejects.toMatchObject({ code: 'too_many_requests' })
})

it('gives a right guess a number among the wrong ones of other processes, and no verdict past the limit', async () => {
  const { clock, store, guesses } = start()
  for (let at = 0; at < 9; at++) await guesses.guess([account('one')], async () => ({ ok: false }))
  const looks = [look(), look(), look(), look()]
  const told = looks.map(({ begin }) =>
    createGuesses(store, clock)
      .guess([account('one')], begin)
      .then(({ ok }) => (ok ? 'right' : 'wrong'))
      .catch(({ code }) => code),
  )
  await Promise.all(looks.map(({ began }) => began))
  // All of them read nine; the right one is the last to be told.
  for (const [at, { end }] of looks.entries()) end(at === 3)
  expect(await Promise.all(told)).toEqual([
    'wrong',
    'too_many_requests',
    'too_many_requests',
    'too_many_requests',
  ])
})
