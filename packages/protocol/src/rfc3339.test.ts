import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toRfc3339 } from './rfc3339.js'

it('writes every moment as Date does', () => {
  const moment = fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 })
  const near = fc.integer({ min: -100_000_000, max: 4_000_000_000_000 })
  fc.assert(
    fc.property(fc.oneof(moment, near), (milliseconds) => {
      expect(toRfc3339(milliseconds)).toBe(new Date(milliseconds).toISOString())
    }),
    { numRuns: 5000 },
  )
  for (const edge of [-1, 0, 999, 86_399_999, 86_400_000, 951_782_400_000])
    expect(toRfc3339(edge)).toBe(new Date(edge).toISOString())
})

it('refuses what is no time', () => {
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 9e15, undefined as never])
    expect(() => toRfc3339(wrong)).toThrow(RangeError)
})
