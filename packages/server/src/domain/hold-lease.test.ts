import { afterEach, expect, it, vi } from 'vitest'
import type { Engine } from '../store/store.js'
import { LEASE, renewHold, takeHold } from './hold-lease.js'

afterEach(() => vi.useRealTimers())

it('a hold that nothing backs is lost once it ran out, as where the move was stopped', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  let now = 0
  let ends = 0
  const source = {
    time: async () => now,
    insert: async (_: unknown, row: { expires_at: number }) => {
      ends = row.expires_at
    },
    update: async (_: unknown, where: { expires_at?: { gt: number } }, set: { expires_at: number }) => {
      if (where.expires_at && ends <= where.expires_at.gt) return 0
      ends = set.expires_at
      return 1
    },
  } as unknown as Engine
  await takeHold(source, { move: 'm', other: 'o', at: 0 }, undefined)
  const [alone, backed] = [renewHold(source, 'm', true), renewHold(source, 'm', false)]
  now += LEASE - 1
  await vi.advanceTimersByTimeAsync(5000)
  expect([alone.lost(), backed.lost(), ends]).toEqual([false, false, 2 * LEASE - 1])
  now += LEASE
  await vi.advanceTimersByTimeAsync(5000)
  expect([alone.lost(), backed.lost()]).toEqual([true, false])
  alone.stop()
  backed.stop()
})
