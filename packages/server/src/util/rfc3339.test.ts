import { expect, it } from 'vitest'
import { parseRfc3339 } from './rfc3339.js'

it('times are read with fraction and offset, to the millisecond', () => {
  expect(parseRfc3339('2030-01-01T00:00:00Z')).toBe(Date.UTC(2030, 0, 1))
  expect(parseRfc3339('2030-01-01t00:00:00.1239z')).toBe(Date.UTC(2030, 0, 1) + 123)
  expect(parseRfc3339('2030-01-01T02:30:00+02:30')).toBe(Date.UTC(2030, 0, 1))
  expect(parseRfc3339('2029-12-31T19:00:00-05:00')).toBe(Date.UTC(2030, 0, 1))
  expect(parseRfc3339('2028-02-29T00:00:00Z')).toBe(Date.UTC(2028, 1, 29))
  expect(parseRfc3339('0050-01-01T00:00:00Z')).toBe(Date.parse('0050-01-01T00:00:00Z'))
})

it.each([
  '',
  '2030-01-01',
  '2030-01-01T00:00:00',
  '2030-02-29T00:00:00Z',
  '2030-13-01T00:00:00Z',
  '2030-01-00T00:00:00Z',
  '2030-01-01T24:00:00Z',
  '2030-01-01T00:60:00Z',
  '2030-01-01T00:00:00+24:00',
  '2030-01-01T00:00:00.Z',
  ' 2030-01-01T00:00:00Z',
  '1893456000',
])('%j is no time', (text) => {
  expect(parseRfc3339(text)).toBeUndefined()
})
