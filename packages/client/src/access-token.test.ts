import { expect, it } from 'vitest'
import { type AccessToken, left, moment, passOn, received } from './access-token.js'

const at = { wall: 1000, steady: 50 }
const clocks = { wall: () => at.wall, steady: () => at.steady }
const token = (lifeMs: number): AccessToken => ({
  value: 'v',
  session: 's',
  generation: 1,
  lifeMs,
  since: moment(clocks),
})

it.each([
  // [the wall clock moves by, the steady one by, of 300 are left]
  [100, 100, 200],
  [-600_000, 100, 200],
  [600_000, 100, -599_700],
  [200, 0, 100],
])('counts by whichever clock has passed more: %d and %d', (wall, steady, expected) => {
  const one = token(300)
  Object.assign(at, { wall: at.wall + wall, steady: at.steady + steady })
  expect(left(one, clocks)).toBe(expected)
})

it('is as old in another tab, whose steady clock began at another time', () => {
  const one = token(300)
  Object.assign(at, { wall: at.wall + 100, steady: 7 })
  expect(left(received(passOn(one), clocks), clocks)).toBe(200)
})
