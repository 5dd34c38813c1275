// Refusals of what administrators do: recorded like what was allowed, but no more often than the log can bear, since
// anybody on the network can cause them. What needs no decision (no credential at all, a token that has run out) is
// everyday life and is not recorded.
import { type ErrorCode, Failure, type Operation } from '@sallyport/protocol'
import type { Clock } from '../util/clock.js'
import type { EventOrigin, Events } from './events.js'
import { addressKey } from './throttle.js'

const telling: ReadonlySet<ErrorCode> = new Set([
  'forbidden',
  'access_token_invalid',
  'session_ended',
  'step_up_required',
])

/** Entries in a minute: from one address, and of all. */
const FROM_ONE = 10
const OF_ALL = 300
const MINUTE = 60_000

/** Emits `admin.refused` for a refusal that tells something. */
export function createRefusals(events: Events, clock: Clock) {
  let window = { ends: 0, all: 0, byAddress: new Map<string, number>() }
  return ({ name, caller }: Operation, error: unknown, origin: EventOrigin): void => {
    if (caller !== 'admin' || !(error instanceof Failure) || !telling.has(error.code)) return
    const now = clock.now()
    if (now >= window.ends) window = { ends: now + MINUTE, all: 0, byAddress: new Map() }
    const address = addressKey(origin.ip)
    const tries = (window.byAddress.get(address) ?? 0) + 1
    if (tries > FROM_ONE || window.all >= OF_ALL) return
    window.byAddress.set(address, tries)
    window.all += 1
    events.emit('admin.refused', { operation: name, code: error.code }, origin)
  }
}
