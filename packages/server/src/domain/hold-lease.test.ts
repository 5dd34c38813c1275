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
  const until = await takeHold(source, { move: 'm', other: 'o', at: 0 }, undefined)
  const [alone, backed] = [renewHold(source, 'm', until, true), renewHold(source, 'm', until, false)]
  now += LEASE - 1
  await vi.advanceTimersByTimeAsync(5000)
  expect([alone.lost(), backed.lost(), ends]).toEqual([false, false, 2 * LEASE - 1])
  now += LEASE
  await vi.advanceTimersByTimeAsync(5000)
  expect([alone.lost(), backed.lost()]).toEqual([true, false])
  alone.stop()
  backed.stop()
})

it('a hold that ran out while its renewal was on the way is lost, whatever the renewal came to', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  let now = LEASE - 1
  const source = {
    time: async () => now,
    update: async () => {
      now += 2
      return 1
    },
  } as unknown as Engine
  const renewal = renewHold(source, 'm', LEASE, true)
  await vi.advanceTimersByTimeAsync(5000)
  expect(renewal.lost()).toBe(true)
  await renewal.stop()
})

it('a renewal that is on its way is waited for, so that it changes nothing afterwards', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  let answer = (_: number) => {}
  const update = vi.fn(() => new Promise<number>((resolve) => (answer = resolve)))
  const renewal = renewHold({ time: async () => 0, update } as unknown as Engine, 'm', LEASE, true)
  await vi.advanceTimersByTimeAsync(20_000)
  let stopped = false
  const stopping = renewal.stop().then(() => (stopped = true))
  await vi.advanceTimersByTimeAsync(0)
  expect([update.mock.calls.length, stopped]).toEqual([1, false])
  answer(0)
  await stopping
  expect(renewal.lost()).toBe(true)
})
