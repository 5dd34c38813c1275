// Windows of a limit in this process: for what protects the processor, and for what the store could not be told. Fixed: they
// open at the first try and close after their length.
import { fail } from '@sallyport/protocol'
import type { Clock } from '../util/clock.js'

/** The refusal of a limit, for so many milliseconds; a second at least. */
export function tooMany(waitMilliseconds: number) {
  return fail('too_many_requests', { retryAfter: Math.max(1, Math.ceil(waitMilliseconds / 1000)) })
}

/** Keys beyond this many push out the oldest: memory stays flat under a flood of addresses. */
const MOST_KEYS = 100_000

interface Window {
  readonly count: number
  /** Milliseconds since 1970. */
  readonly ends: number
}

export interface LocalWindows {
  /** Counts a try; answers how long to wait, in milliseconds, and 0 to go on. */
  take(key: string, max: number, length: number): number
  /** The same without counting. */
  check(key: string, max: number): number
  /** The window of a key, where one is open. */
  standing(key: string): Window | undefined
  forget(key: string): void
}

export function createLocalWindows(clock: Clock): LocalWindows {
  const windows = new Map<string, { count: number; ends: number }>()
  // One iterator for as long as it goes on: a new one would walk over every hole that eviction has left.
  let oldest = windows.keys()
  const nextOldest = (): string => {
    const next = oldest.next()
    if (!next.done) return next.value
    oldest = windows.keys()
    return oldest.next().value!
  }
  const standing = (key: string) => {
    const known = windows.get(key)
    return known && known.ends > clock.now() ? known : undefined
  }
  const check = (key: string, max: number): number => {
    const known = standing(key)
    return known && known.count >= max ? known.ends - clock.now() : 0
  }
  const take = (key: string, max: number, length: number): number => {
    const now = clock.now()
    const known = windows.get(key)
    if (known && known.ends > now) {
      known.count += 1
      return known.count > max ? known.ends - now : 0
    }
    if (known) windows.delete(key)
    else if (windows.size >= MOST_KEYS) windows.delete(nextOldest())
    windows.set(key, { count: 1, ends: now + length })
    return 0
  }
  return { take, check, standing, forget: (key) => void windows.delete(key) }
}
