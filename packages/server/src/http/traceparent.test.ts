import { expect, it } from 'vitest'
import { readTraceparent } from './traceparent.js'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'

it('reads a valid header, and one of a later version as far as it is known', () => {
  expect(readTraceparent(`00-${traceId}-${parentId}-01`)).toEqual({ traceId, parentId, flags: 1 })
  expect(readTraceparent(`00-${traceId}-${parentId}-00`)).toEqual({ traceId, parentId, flags: 0 })
  expect(readTraceparent(`cc-${traceId}-${parentId}-01-what-comes`)).toEqual({ traceId, parentId, flags: 1 })
})

it.each([
  ['no header', undefined],
  ['an empty one', ''],
  ['a version that never is', `ff-${traceId}-${parentId}-01`],
  ['more than version 00 has', `00-${traceId}-${parentId}-01-more`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${parentId}-01`],
  ['a parent of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['capital letters', `00-${traceId.toUpperCase()}-${parentId}-01`],
  ['a short trace', `00-${traceId.slice(1)}-${parentId}-01`],
  ['two headers in one', `00-${traceId}-${parentId}-01, 00-${traceId}-${parentId}-01`],
  ['a line break', `00-${traceId}-${parentId}-01\n`],
])('takes %s for none', (_what, header) => {
  expect(readTraceparent(header)).toBeUndefined()
})
