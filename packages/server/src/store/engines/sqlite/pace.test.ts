import { expect, it } from 'vitest'
import { MOST, nextSize } from './pace.js'

/** The sizes of batches on a database where each row takes so many milliseconds. */
function sizes(perRow: number, count: number, first = MOST): number[] {
  const made = [first]
  while (made.length < count) made.push(nextSize(made.at(-1)!, made.at(-1)! * perRow))
  return made
}

it('a batch that took long is followed by one that is as much smaller', () => {
  expect(sizes(0.1, 3)).toEqual([500, 100, 100])
})

it('batches stay large where the database is quick, and never grow past the first', () => {
  expect(sizes(0.01, 3)).toEqual([500, 500, 500])
  expect(nextSize(MOST, 0)).toBe(500)
})

it('batches grow back by and by when the database is quick again', () => {
  expect(sizes(0.001, 5, 60)).toEqual([60, 120, 240, 480, 500])
})

it('a batch is never so small that a sweep comes to a halt', () => {
  expect(nextSize(500, 60_000)).toBe(50)
})
