// What one tab knows of the session, and who is told when that changes. The only writers are the functions here.
import { type AccessToken, type Clocks, left, passOn, received } from './access-token.js'
import type { SallyportError } from './errors.js'
import { empty, type SessionStore, type Stored } from './store.js'
import type { Tabs, Word } from './tabs.js'
import type { SessionEvent, Snapshot, Status } from './types.js'
import type { Wire } from './wire.js'

export interface Session {
  readonly wire: Wire
  readonly store: SessionStore
  readonly leadMs: number
  readonly clocks: Clocks
  tabs: Tabs
  snapshot: Snapshot
  /** What was last read from the store, or written to it. */
  known: Stored
  held: AccessToken | undefined
  readonly listeners: Set<(snapshot: Snapshot, event: SessionEvent) => void>
  /** Woken when another tab has passed its token on. */
  readonly waiting: Set<() => void>
  /** The refresh that is under way; everybody waits for the same. */
  flight: Promise<Outcome> | undefined
  /** Set after a refresh that failed: until when no other is tried. Of this generation, and by the steady clock. */
  pause: { generation: number; failures: number; until: number; error: SallyportError } | undefined
  disposed: boolean
}

/** Of a refresh: a token, or why there is none. */
export type Outcome = { ok: true; token: AccessToken } | { ok: false; error: SallyportError }

const unknown: Snapshot = Object.freeze({ status: 'loading', user: null, session: null })

export function createSession(parts: Pick<Session, 'wire' | 'store' | 'leadMs' | 'clocks'>): Session {
  return {
    ...parts,
    tabs: { tell: () => {}, inTurn: (work) => work(), close: () => {} },
    snapshot: unknown,
    known: empty,
    held: undefined,
    listeners: new Set(),
    waiting: new Set(),
    flight: undefined,
    pause: undefined,
    disposed: false,
  }
}

/** The token of this tab where it belongs to the session and is good for so many more milliseconds. */
export function goodToken(session: Session, minValidMs = 0): AccessToken | undefined {
  const { held, known, leadMs } = session
  if (held === undefined || held.session !== known.session?.id) return undefined
  // A token that lives shorter than the lead would otherwise be renewed at every use.
  const wanted = Math.max(minValidMs, Math.min(leadMs, held.lifeMs / 3))
  return left(held, session.clocks) > wanted ? held : undefined
}

/** Shows who is signed in by what is known now, and tells the listeners. */
export function show(session: Session, status: Status, event: SessionEvent): void {
  if (session.disposed) return
  const { user = null, id } = session.known.session ?? {}
  const next = { status, user, session: id === undefined ? null : { id } }
  if (JSON.stringify(next) !== JSON.stringify(session.snapshot)) session.snapshot = deepFreeze(next)
  for (const listener of session.listeners)
    try {
      listener(session.snapshot, event)
    } catch (error) {
      // Theirs to see, and no reason for the session to stop half-way.
      queueMicrotask(() => {
        throw error
      })
    }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member)
    Object.freeze(value)
  }
  return value
}

/** What a new token means to a page that was in this state. */
export const renewal = (before: Status): SessionEvent =>
  before === 'loading' ? 'restored' : before === 'stale' ? 'recovered' : 'refreshed'

/** Takes over what the store says, where that is newer than what this tab knows. */
export function takeOver(session: Session, stored: Stored): void {
  if (stored.generation <= session.known.generation) return
  const before = session.known.session
  session.known = stored
  if (stored.session === null) {
    session.held = undefined
    if (before !== null) show(session, 'signed-out', 'ended-elsewhere')
  } else if (stored.session.id !== before?.id) {
    session.held = undefined
    show(session, 'signed-in', 'signed-in')
  }
}

/** What another tab says. */
export async function hear(session: Session, word: Word): Promise<void> {
  if (session.disposed) return
  const mine = goodToken(session)
  if (word.say === 'ask') {
    if (mine?.session === word.session) session.tabs.tell({ say: 'changed', token: passOn(mine) })
    return
  }
  takeOver(session, await session.store.read())
  if (word.token === undefined || session.disposed) return
  const offered = received(word.token, session.clocks)
  if (offered.session !== session.known.session?.id) return
  if (session.held !== undefined && session.held.generation >= offered.generation) return
  session.held = offered
  session.pause = undefined
  show(session, 'signed-in', renewal(session.snapshot.status))
  for (const wake of session.waiting) wake()
}

/**
 * Puts a change into the store where nobody was faster, and makes it this tab's and the others'. Answers whether it did.
 *
 * @param token of the session in `next`
 */
export async function commit(
  session: Session,
  generation: number,
  next: Stored,
  token?: AccessToken,
): Promise<boolean> {
  if (!(await session.store.compareAndSet(generation, next))) return false
  session.known = next
  session.held = token
  session.pause = undefined
  session.tabs.tell({ say: 'changed', ...(token && { token: passOn(token) }) })
  return true
}

/** A value nobody guesses, of 32 letters and digits; `crypto.randomUUID` is missing on pages without TLS. */
export const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
