// The feed of changes: what a service that verifies offline has to hear of. Each follower gets what still matters, then
// what happens. Nothing here touches the store: changes.ts tells it what was learned, and when the table was read.
import type { Clock } from '../util/clock.js'
import type { Change } from './changes.js'

export type FeedEvent = {
  kind: 'session_revoked' | 'user_changed' | 'key_removed' | 'current'
  /** The time at which this process learned of it, milliseconds: everything learned before has been sent. */
  id?: string
  sid?: string
  sub?: string
  before?: number
  except?: string
  kid?: string
}

export interface Feed {
  /** Begins with what was learned since then (milliseconds), by default with all that matters; `by` a verifier's key. */
  follow(since?: number, by?: string): AsyncIterableIterator<FeedEvent>
  /** Tells of a change; where that is the removal of a verifier's key, whoever follows with it is let go. */
  announce(change: Change): void
  /** The table has just been read. */
  beat(): void
  /** How many follow: all, or with the key of one verifier. */
  followers(by?: string): number
}

/** Milliseconds between two events that say only that there is nothing else. */
const BEAT = 5000
/** So many events may wait for a follower who does not read; then it is let go, and comes back for them. */
const MOST_WAITING = 10_000

interface Follower {
  readonly by: string | undefined
  push(event: FeedEvent): void
  end(): void
  beatAt: number
}

/**
 * @param recent what was learned since a time, one by one
 * @param isCurrent whether the table has been read a moment ago
 */
export function createFeed(
  clock: Clock,
  recent: (since: number) => Iterator<Change>,
  isCurrent: () => boolean,
): Feed {
  const followers = new Set<Follower>()
  const current = (): FeedEvent => ({ kind: 'current', id: String(clock.now()) })
  return {
    follow: (since = 0, by?: string) => {
      const first = isCurrent() ? [current()] : []
      const { follower, events } = createFollower(by, recent(since), first, () => followers.delete(follower))
      if (first.length > 0) follower.beatAt = clock.now()
      followers.add(follower)
      return events
    },
    announce: (change) => {
      if (change.kind === 'verifier_removed')
        for (const follower of followers) if (follower.by === change.verifier) follower.end()
      // While the table is not read nobody can say that everything before has been sent.
      const event = eventOf(change, isCurrent() ? String(clock.now()) : undefined)
      if (event) for (const follower of followers) follower.push(event)
    },
    beat: () => {
      for (const follower of followers)
        if (clock.now() - follower.beatAt >= BEAT) {
          follower.beatAt = clock.now()
          follower.push(current())
        }
    },
    followers: (by) =>
      by === undefined ? followers.size : [...followers].filter((follower) => follower.by === by).length,
  }
}

function eventOf(change: Change, id?: string): FeedEvent | undefined {
  const named = id === undefined ? {} : { id }
  if (change.kind === 'session_revoked') return { kind: 'session_revoked', ...named, sid: change.sid }
  if (change.kind === 'key_removed') return { kind: 'key_removed', ...named, kid: change.kid }
  if (change.kind !== 'user_changed') return undefined
  const { user, before, except } = change
  return { kind: 'user_changed', ...named, sub: user, before, ...(except !== undefined && { except }) }
}

function nextOf(snapshot: Iterator<Change>): FeedEvent | undefined {
  for (let next = snapshot.next(); !next.done; next = snapshot.next()) {
    const event = eventOf(next.value)
    if (event) return event
  }
  return undefined
}

/** The snapshot is read as it is sent, and has no ids: whoever is cut off in its midst begins anew. */
function createFollower(
  by: string | undefined,
  snapshot: Iterator<Change>,
  waiting: FeedEvent[],
  left: () => void,
): { follower: Follower; events: AsyncIterableIterator<FeedEvent> } {
  let ended = false
  let wake: (() => void) | undefined
  const stir = () => wake?.()
  const end = () => {
    ended = true
    left()
    stir()
  }
  const events: AsyncIterableIterator<FeedEvent> = {
    [Symbol.asyncIterator]: () => events,
    next: async () => {
      for (;;) {
        const event = ended ? undefined : (nextOf(snapshot) ?? waiting.shift())
        if (event) return { done: false, value: event }
        if (ended) return { done: true, value: undefined }
        await new Promise<void>((woken) => {
          wake = woken
        })
      }
    },
    return: async () => {
      end()
      return { done: true, value: undefined }
    },
  }
  const push = (event: FeedEvent) => {
    waiting.push(event)
    if (waiting.length > MOST_WAITING) end()
    else stir()
  }
  return { follower: { by, push, end, beatAt: 0 }, events }
}
