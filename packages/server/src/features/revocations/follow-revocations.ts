import { fail, type InputOf, type OutputOf, type followRevocations as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'

/** Feeds that one process keeps open: each is a connection. */
const MOST_FEEDS = 1000

/** Everything that still matters, or what was learned since shortly before the last event, and then what happens. */
export async function followRevocations(
  { changes }: Context,
  _caller: Caller,
  { last_event_id }: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  if (changes.followers() >= MOST_FEEDS) throw fail('overloaded', { retryAfter: 5 })
  // An id that is none of ours asks for everything.
  return changes.follow(/^\d{1,15}$/.test(last_event_id ?? '') ? Number(last_event_id) : undefined)
}
