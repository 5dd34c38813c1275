// Revocation: which sessions, users and keys stopped counting before their access tokens ran out. The table is the
// truth and survives a restart; the maps here are its recent part, so that checking a token touches no store. Entries
// are idempotent and live as long as an access token can.
import type { Bus } from '../bus/bus.js'
import { cursorOf, type Store, type Write, write } from '../store/store.js'
import type { Clock } from '../util/clock.js'
import { coalesced } from '../util/coalesce.js'
import { uuidTime, uuidv7 } from '../util/ids.js'
import { createFeed, type FeedEvent } from './feed.js'
import { type ChangeRow, changes as changesTable } from './tables.js'

export type Change =
  | { kind: 'session_revoked'; sid: string }
  | { kind: 'user_changed'; user: string; before: number; except?: string }
  /** Address, roles or status are others; the sessions go on. */
  | { kind: 'user_facts'; user: string }
  | { kind: 'key_removed'; kid: string }
  /** Another key signs, or one more is there. */
  | { kind: 'keys_changed'; kid: string }
  /** A service whose key this was may ask for nothing any more. */
  | { kind: 'verifier_removed'; verifier: string }

export interface Changes {
  /** The write that puts a change into the table, to travel with the write that causes it. */
  record(change: Change): Write
  /** Makes a change count in this process at once, and tells the other nodes; call it when its write has been committed. */
  apply(change: Change): void
  /** Whether an access token's session has been ended, alone or with all of its user's. */
  revoked(userId: string, sessionId: string): boolean
  /** Reads what other processes recorded, one reading at a time. The first call reads everything that still matters. */
  catchUp(): Promise<void>
  /** Whether the table was read a moment ago, so that what others ended is known here. */
  isFresh(): boolean
  /** Hears changes, ours and others'. What is known already is no news, keys apart. */
  hear(hearer: (change: Change) => void): void
  /**
   * What stopped counting, one event after another: all that still matters, or what was learned since a minute before
   * `since` (milliseconds). It ends when the key of the verifier `by` is removed.
   */
  follow(since?: number, by?: string): AsyncIterableIterator<FeedEvent>
  /** How many follow: all, or with the key of one verifier. */
  followers(by?: string): number
}

/** A verifier's key lives on in settings: whoever could not read the table for a while hears of its removal all the same. */
const REMOVAL_KEPT = 90 * 86_400_000
/** Ids made in several processes commit out of order, so every reader looks back this far. */
const LOOK_BACK = 60_000
const PAGE = 1000

interface UserChange {
  before: number
  except?: string | undefined
  until: number
}

/** Milliseconds since the last reading of the table within which we count as knowing what it says. */
const FRESH = 5000

interface State {
  sessions: Map<string, number>
  keys: Map<string, number>
  users: Map<string, UserChange>
  seen: Map<string, number>
  since: number
  hearers: ((change: Change) => void)[]
}

/**
 * @param lifetime the longest an access token of any open contract can live, in milliseconds
 * @param bus tells the other nodes; what it does not, they find when they look
 */
export function createChanges(
  store: Store,
  systemClock: Clock,
  lifetime: number,
  bus: Pick<Bus, 'announce'>,
): Changes {
  const clock = watched(systemClock)
  const state = emptyState()
  const kept = lifetime + LOOK_BACK
  const until = () => clock.now() + kept
  // A clock that was put back says nothing of how long ago that was.
  const isFresh = () => Math.abs(clock.now() - state.since) <= FRESH
  const feed = createFeed(clock, (since) => recent(state, since + kept), isFresh)
  state.hearers.push(feed.announce)
  const apply = (change: Change) => applyChange(state, change, until())
  return {
    record: (change) => {
      const expiresAt = change.kind === 'verifier_removed' ? clock.now() + REMOVAL_KEPT : until()
      return write.insert(changesTable, rowOf(change, clock.now(), expiresAt))
    },
    apply: (change) => {
      apply(change)
      bus.announce()
    },
    revoked: (userId, sessionId) => isRevoked(state, userId, sessionId),
    catchUp: coalesced(() => catchUp(store, clock, state, apply).then(feed.beat)),
    isFresh,
    hear: (hearer) => {
      state.hearers.push(hearer)
    },
    follow: (since, by) => feed.follow(resumedAt(since, clock), by),
    followers: feed.followers,
  }
}

function rowOf(change: Change, at: number, expiresAt: number): ChangeRow {
  const base = { id: uuidv7(at), kind: change.kind, before: null, except: null, at, expires_at: expiresAt }
  if (change.kind === 'session_revoked') return { ...base, subject: change.sid }
  if ('kid' in change) return { ...base, subject: change.kid }
  if (change.kind === 'user_facts') return { ...base, subject: change.user }
  if (change.kind === 'verifier_removed') return { ...base, subject: change.verifier }
  return { ...base, subject: change.user, before: change.before, except: change.except ?? null }
}

function changeOf(row: ChangeRow): Change {
  if (row.kind === 'session_revoked') return { kind: 'session_revoked', sid: row.subject }
  if (row.kind === 'key_removed' || row.kind === 'keys_changed') return { kind: row.kind, kid: row.subject }
  if (row.kind === 'user_facts') return { kind: 'user_facts', user: row.subject }
  if (row.kind === 'verifier_removed') return { kind: 'verifier_removed', verifier: row.subject }
  const user = { kind: 'user_changed' as const, user: row.subject, before: row.before ?? 0 }
  return row.except === null ? user : { ...user, except: row.except }
}

const emptyState = (): State => ({
  sessions: new Map(),
  keys: new Map(),
  users: new Map(),
  seen: new Map(),
  since: 0,
  hearers: [],
})

interface WatchedClock extends Clock {
  /** Times up to this were given twice, far apart: what was learned since one of them cannot be told by it. */
  ambiguous(): number
}

/** Notices that the clock was put back further than readers look back. */
function watched(clock: Clock): WatchedClock {
  let latest = 0
  let ambiguous = 0
  return {
    now: () => {
      const now = clock.now()
      if (now < latest - LOOK_BACK) {
        ambiguous = Math.max(ambiguous, latest)
        latest = now
      } else if (now > latest) latest = now
      return now
    },
    ambiguous: () => ambiguous,
  }
}

/** Where to begin for whoever has seen everything up to `since`; a time that says too little asks for everything. */
function resumedAt(since: number | undefined, clock: WatchedClock): number | undefined {
  const isUnclear = since === undefined || since > clock.now() || since <= clock.ambiguous()
  return isUnclear ? undefined : since - LOOK_BACK
}

function applyChange(state: State, change: Change, until: number): void {
  const isNews = learn(state, change, until)
  if (isNews) for (const hearer of state.hearers) hearer(change)
}

/** Takes a change in; answers whether there is anybody who has to hear of it. */
function learn(state: State, change: Change, until: number): boolean {
  if (change.kind === 'session_revoked') {
    const isNews = !state.sessions.has(change.sid)
    state.sessions.set(change.sid, until)
    return isNews
  }
  if (change.kind === 'user_changed') {
    const { user, before, except } = change
    const known = state.users.get(user)
    if (!known || known.before <= before) state.users.set(user, { before, except, until })
    return known?.before !== before || known.except !== except
  }
  if (change.kind === 'key_removed') state.keys.set(change.kid, until)
  return true
}

/** What is kept until `until` or longer. */
function* recent({ sessions, users, keys }: State, from: number): Generator<Change> {
  for (const [sid, until] of sessions) if (until >= from) yield { kind: 'session_revoked', sid }
  for (const [user, { before, except, until }] of users)
    if (until >= from) yield { kind: 'user_changed', user, before, ...(except !== undefined && { except }) }
  for (const [kid, until] of keys) if (until >= from) yield { kind: 'key_removed', kid }
}

function isRevoked(state: State, userId: string, sessionId: string): boolean {
  if (state.sessions.size > 0 && state.sessions.has(sessionId)) return true
  if (state.users.size === 0) return false
  const user = state.users.get(userId)
  return user !== undefined && user.except !== sessionId && uuidTime(sessionId) <= user.before
}

async function catchUp(
  store: Store,
  clock: Clock,
  state: State,
  apply: (change: Change) => void,
): Promise<void> {
  const now = clock.now()
  const from = state.since === 0 ? 0 : Math.min(state.since, now) - LOOK_BACK
  const order = { by: ['at'] as const, direction: 'ascending' as const }
  for (let after: string | undefined; ; ) {
    const where = { at: { gte: from } }
    const rows = await store.list(changesTable, {
      where,
      order,
      limit: PAGE,
      ...(after !== undefined && { after }),
    })
    for (const row of rows) {
      if (state.seen.has(row.id)) continue
      state.seen.set(row.id, row.expires_at)
      apply(changeOf(row))
    }
    if (rows.length < PAGE) break
    after = cursorOf(changesTable, rows[PAGE - 1]!, order)
  }
  state.since = now
  forget(state, now)
}

/** What no living token can be affected by any more. */
function forget(state: State, now: number): void {
  for (const [id, until] of state.sessions) if (until < now) state.sessions.delete(id)
  for (const [id, until] of state.keys) if (until < now) state.keys.delete(id)
  for (const [id, { until }] of state.users) if (until < now) state.users.delete(id)
  for (const [id, until] of state.seen) if (until < now) state.seen.delete(id)
}
