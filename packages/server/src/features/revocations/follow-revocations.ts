import { fail, type InputOf, type OutputOf, type followRevocations as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'

/** Feeds that one process keeps open, of all services and of those with one key: each is a connection. */
const MOST_FEEDS = 1000
const MOST_OF_KEY = 500

/** Everything that still matters, or what was learned since shortly before the last event, and then what happens. */
export async function followRevocations(
  { changes, verifiers }: Context,
  { verifier = '' }: Caller,
  { last_event_id }: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  // Removed since the caller was let in: whoever follows from here on hears of a removal.
  if (!verifiers.has(verifier))
    throw fail('access_token_invalid', { detail: 'This verifier key is not known.' })
  if (changes.followers(verifier) >= MOST_OF_KEY)
    throw fail('too_many_requests', {
      retryAfter: 5,
      detail: `${MOST_OF_KEY} feeds are open here with this verifier key. Close some, or give other services a key of their own: sallyport key verifier create.`,
    })
  if (changes.followers() >= MOST_FEEDS) throw fail('overloaded', { retryAfter: 5 })
  // An id that is none of ours asks for everything.
  return changes.follow(/^\d{1,15}$/.test(last_event_id ?? '') ? Number(last_event_id) : undefined, verifier)
}
