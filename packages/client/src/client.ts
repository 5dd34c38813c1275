// createSallyport: puts the parts together, and listens for a page that becomes visible and a network that comes back.
import { machineClocks } from './access-token.js'
import { carry, type Rules } from './carry.js'
import { type Endpoints, native } from './endpoints.js'
import { enter, type Leaving, leave } from './enter.js'
import { codes, type ErrorCode, narrow, SallyportError } from './errors.js'
import { indexedDatabase } from './indexed-database.js'
import { refresh, tokenFor } from './refresh.js'
import { createSession, goodToken, hear, type Session, show, takeOver } from './session.js'
import { memory } from './store.js'
import { joinTabs } from './tabs.js'
import type { ClientOptions, Result, Sallyport, Snapshot } from './types.js'
import { openWire } from './wire.js'

/**
 * A client of one Sallyport server. Make one for a page, and share it.
 *
 * @throws TypeError where an option is no URL, or one without an origin
 */
export function createSallyport(options: ClientOptions): Sallyport {
  const { issuer, endpoints = native } = options
  const origins = (options.apiOrigins ?? [issuer]).map(originOf)
  const session = assemble(options, endpoints)
  const { shared } = session.store
  const loaded = load(session)
  session.tabs = joinTabs(
    shared && `sallyport:${shared}`,
    (word) => void loaded.then(() => hear(session, word)).catch(() => {}),
  )
  const started = loaded.then(() => start(session))
  const rules: Rules = {
    origins,
    retryOn403: options.retryOn403 ?? endpoints.retryOn403,
    started,
    forbidden: 0,
    refusals: new Map(),
  }
  const deafen = listen(session, started)
  return {
    get snapshot() {
      return session.snapshot
    },
    ready: () => started,
    fetch: carry(session, rules, () => options.fetch ?? globalThis.fetch),
    wrap: (base) => carry(session, rules, () => base),
    ...doors(session, started),
    subscribe: (listener) => {
      session.listeners.add(listener)
      return () => void session.listeners.delete(listener)
    },
    dispose: () => {
      session.disposed = true
      session.listeners.clear()
      session.tabs.close()
      deafen()
    },
  }
}

/** Throws TypeError for a scheme without origins: all of its URLs, and those of others like it, would count as listed. */
function originOf(url: string): string {
  const { origin } = new URL(url)
  if (origin === 'null') throw new TypeError(`${url} has no origin; a token goes to http and https alone`)
  return origin
}

function assemble(options: ClientOptions, endpoints: Endpoints): Session {
  const { issuer, timeoutMs = 10_000, refreshLeadMs = 30_000, clocks = machineClocks } = options
  const inBrowser = typeof indexedDB !== 'undefined'
  const mode = options.mode ?? (inBrowser ? 'cookie' : 'token')
  const wire = openWire({ issuer, mode, endpoints, timeoutMs, fetch: options.fetch, clocks })
  const store = options.store ?? (inBrowser && mode === 'cookie' ? indexedDatabase(issuer) : memory())
  return createSession({ wire, store, leadMs: refreshLeadMs, clocks })
}

type Doors = Pick<Sallyport, 'getAccessToken' | 'signIn' | 'signUp' | 'signOut'>

function doors(session: Session, started: Promise<Snapshot>): Doors {
  const { endpoints } = session.wire
  const leaving: Leaving = {}
  return {
    getAccessToken: async ({ minValidMs = 0, force = false } = {}) => {
      await started
      return settled(async () => {
        const outcome = await tokenFor(session, minValidMs, force)
        return outcome.ok ? { ok: true, data: outcome.token.value } : outcome
      }, codes.session)
    },
    signIn: {
      password: async (input) => {
        await started
        return settled(() => enter(session, endpoints.signIn, { ...input }), codes.signIn)
      },
    },
    signUp: async (input) => {
      await started
      return settled(() => enter(session, endpoints.signUp, { ...input }), codes.signUp)
    },
    signOut: async () => {
      await started
      return settled(() => leave(session, leaving), codes.signOut)
    },
  }
}

/** With the codes of the method alone; a store that throws is an answer like others. */
async function settled<T, C extends ErrorCode>(
  work: () => Promise<Result<T>>,
  among: readonly C[],
): Promise<Result<T, C>> {
  try {
    const result = await work()
    return result.ok ? result : { ok: false, error: narrow(result.error, among) }
  } catch (error) {
    const failed = new SallyportError('store_failed', `the session could not be read or written: ${error}`)
    return { ok: false, error: narrow(failed, among) }
  }
}

/** Never rejects: a store that cannot be read is an empty one. */
async function load(session: Session): Promise<void> {
  session.known = await session.store.read().catch(() => session.known)
}

/** Finds out who is signed in. */
async function start(session: Session): Promise<Snapshot> {
  if (session.known.session === null) show(session, 'signed-out', 'signed-out')
  else await refresh(session)
  return session.snapshot
}

/** A page that comes back looks into the store, and for a new token where its own is old. No timer runs meanwhile. */
function listen(session: Session, started: Promise<unknown>): () => void {
  const wanted = () => session.known.session !== null && goodToken(session) === undefined
  const look = async () => {
    await started
    takeOver(session, await session.store.read())
    if (wanted()) await refresh(session)
  }
  const online = () => {
    session.pause = undefined
    if (session.snapshot.status === 'stale') void refresh(session)
  }
  const visible = () => {
    if (globalThis.document?.visibilityState !== 'hidden') void look().catch(() => {})
  }
  const heard = [
    [globalThis, 'online', online],
    [globalThis, 'pageshow', visible],
    [globalThis.document, 'visibilitychange', visible],
  ] as const
  for (const [target, name, listener] of heard) target?.addEventListener?.(name, listener)
  return () => {
    for (const [target, name, listener] of heard) target?.removeEventListener?.(name, listener)
  }
}
