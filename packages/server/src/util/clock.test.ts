import { expect, test } from 'vitest'
import { correctedClock, stoppedClock } from './clock.js'
import { measureOffset } from './offset.js'

const start = 1_000_000

test('the first correction counts at once, forward or back', () => {
  for (const offset of [50_000, -50_000]) {
    const clock = correctedClock(stoppedClock(start))
    clock.correct({ offset, error: 1 })
    expect(clock.now()).toBe(start + offset)
  }
})

test('a later one forward counts at once, and one back slows the clock until it is made up for', () => {
  const base = stoppedClock(start)
  const clock = correctedClock(base)
  clock.correct({ offset: 0, error: 1 })
  clock.correct({ offset: 1000, error: 1 })
  expect(clock.now()).toBe(start + 1000)
  clock.correct({ offset: 0, error: 1 })
  let before = clock.now()
  expect(before).toBe(start + 1000)
  for (let passed = 100; passed <= 2000; passed += 100) {
    base.advance(100)
    expect(clock.now() - before).toBe(50)
    before = clock.now()
  }
  base.advance(100)
  expect(clock.now()).toBe(start + 2100)
})

test('a machine whose clock is put an hour forward is right again with the next correction', () => {
  const base = stoppedClock(start)
  const clock = correctedClock(base)
  clock.correct({ offset: 0, error: 1 })
  base.advance(3_600_000)
  clock.correct({ offset: -3_600_000, error: 1 })
  expect(clock.now()).toBe(start)
})

test('what a measurement cannot tell from nothing changes nothing', () => {
  const clock = correctedClock(stoppedClock(start))
  clock.correct({ offset: 30, error: 40 })
  expect(clock.now()).toBe(start)
  clock.correct({ offset: 30, error: 1 })
  expect(clock.now()).toBe(start + 30)
  clock.correct({ offset: 33, error: 1 })
  expect(clock.now()).toBe(start + 30)
})

test('the quickest answer is taken, and none that was slow', async () => {
  const answers = [-7_000, 5_000, 60_000]
  const ways = [400, 0, 400]
  const ask = async () => {
    const there = Date.now() + (answers.shift() ?? 60_000)
    await new Promise((done) => setTimeout(done, ways.shift() ?? 40))
    return there
  }
  const { offset, error } = (await measureOffset(ask))!
  expect(Math.abs(offset - 5_000)).toBeLessThanOrEqual(error + 2)
})
