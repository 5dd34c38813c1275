import { expect, it } from 'vitest'
import { StoreUnavailable } from '../store/store.js'
import { createReadiness } from './readiness.js'

/** A store that answers when it is told to, and a time that is over when it is told to be. */
function open() {
  const pings: { answer(): void; fail(error: Error): void }[] = []
  const over: (() => void)[] = []
  const running = new Set<() => void>()
  const ready = createReadiness(
    () => new Promise((answer, fail) => pings.push({ answer, fail })),
    (_, act) => {
      over.push(act)
      running.add(act)
      return () => running.delete(act)
    },
  )
  return { ready, pings, over, running }
}

it('who asks while the store is asked shares its answer, good or bad, and the next asks anew', async () => {
  const { ready, pings, running } = open()
  const both = [ready(), ready()]
  expect(pings).toHaveLength(1)
  pings[0]!.answer()
  await Promise.all(both)
  const away = new StoreUnavailable('away')
  const failing = [ready(), ready()].map((asked) => expect(asked).rejects.toBe(away))
  expect(pings).toHaveLength(2)
  pings[1]!.fail(away)
  await Promise.all(failing)
  const last = ready()
  pings[2]!.answer()
  await last
  expect(running.size).toBe(0)
})

it('a store that says nothing in time is none that works, for all who asked, and is asked anew', async () => {
  const { ready, pings, over, running } = open()
  const both = [ready(), ready()].map((asked) => expect(asked).rejects.toThrow(StoreUnavailable))
  over[0]!()
  await Promise.all(both)
  const next = ready()
  // What was given up speaks for nobody any more.
  pings[0]!.fail(new Error('long ago'))
  expect(pings).toHaveLength(2)
  pings[1]!.answer()
  await next
  expect(running.size).toBe(0)
})
