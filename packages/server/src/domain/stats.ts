// Counters for plots: counted here without waiting, written once a second in bulk, by minute and by hour. A number may
// be lost with the process; nothing but a plot depends on it.
import type { Store } from '../store/store.js'
import type { Clock } from '../util/clock.js'
import type { Log } from './context.js'
import type { EventName, Events } from './events.js'
import { stats } from './tables.js'

export interface Stats {
  /** Counts one more of something now. Never waits. */
  count(name: string): void
  /** Writes what was counted since the last time. */
  flush(): Promise<void>
}

/** Length of a period and how long its counts are kept. Milliseconds. */
export const periods = {
  minute: { length: 60_000, kept: 3 * 86_400_000 },
  hour: { length: 3_600_000, kept: 400 * 86_400_000 },
} as const
export type Period = keyof typeof periods

export interface StatsOptions {
  store: Store
  clock: Clock
  events: Events
  log: Log
}

/** Counters that hear every event. */
export function createStats({ store, clock, events, log }: StatsOptions): Stats {
  let counted = new Map<string, { name: string; period: Period; at: number; count: number }>()
  const count = (name: string) => {
    const now = clock.now()
    for (const period of Object.keys(periods) as Period[]) {
      const at = now - (now % periods[period].length)
      const key = `${period} ${at} ${name}`
      const known = counted.get(key)
      if (known) known.count += 1
      else counted.set(key, { name, period, at, count: 1 })
    }
  }
  events.hear((name: EventName) => count(name))
  return {
    count,
    flush: async () => {
      if (counted.size === 0) return
      const batch = [...counted.values()]
      counted = new Map()
      let lost = 0
      // No more at once than the store's connections can take while they are waited for.
      for (let i = 0; i < batch.length; i += 100) {
        const written = await Promise.allSettled(
          batch.slice(i, i + 100).map(({ name, period, at, count: by }) => {
            const row = { name, period, at, count: 0, expires_at: at + periods[period].kept }
            return store.increment(stats, row, 'count', by)
          }),
        )
        lost += written.filter(({ status }) => status === 'rejected').length
      }
      if (lost > 0) log.warn({ lost }, 'counters for plots were lost')
    },
  }
}
