import { expect, test } from 'vitest'
import { createAdmission } from './admission.js'

const usualWork = 19_456 * 2
const most = (workers: number, maxWait: number, durations: number[], work = usualWork) => {
  const admission = createAdmission(workers, maxWait, work)
  for (const duration of durations) admission.note(duration)
  let pending = 0
  while (admission.admits(pending)) pending += 1
  return pending
}
const steady = (duration: number) => Array<number>(500).fill(duration)

test('as many are admitted as can be served within the longest wait', () => {
  expect(most(1, 2001, steady(10))).toBe(200)
  expect(most(4, 2001, steady(10))).toBe(800)
  expect(most(2, 2001, steady(100))).toBe(40)
})

test('before the first hash the cost stands in for the measure', () => {
  expect(most(2, 2000, [])).toBe(333)
  expect(most(2, 2000, [], usualWork * 10)).toBe(33)
})

test('a free worker is given work even where one hash takes longer than the longest wait', () => {
  expect(most(3, 100, steady(60_000))).toBe(3)
  expect(most(3, 1, steady(10))).toBe(3)
})

test('hashes that cost nothing do not stretch the line without end', () => {
  expect(most(1, 2001, steady(0))).toBe(1000)
})

test('one interrupted hash, such as by a machine asleep, is forgotten soon', () => {
  const asleep = [...steady(10), 3_600_000]
  expect(most(2, 2001, asleep)).toBeLessThan(100)
  expect(most(2, 2001, [...asleep, ...steady(10).slice(0, 100)])).toBeGreaterThan(395)
})

test('the time to come back is what the pending ones take, a second at least', () => {
  const admission = createAdmission(2, 60_000, usualWork)
  for (const duration of steady(100)) admission.note(duration)
  expect(admission.retryAfter(1)).toBe(1)
  expect(admission.retryAfter(199)).toBe(10)
  expect(admission.retryAfter(201)).toBe(11)
})
