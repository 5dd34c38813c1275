// The audit log: what happened, who did it, to whom, from where, with which outcome. Append-only and hash-chained: each
// process writes a chain of its own, every entry holds a keyed hash over itself and the one before, and a signed head
// says how long the chain is. Entries are written in their order; `settled` says when all so far are durable. Following
// the chains is audit-chain.ts's.
import { type Store, UniqueViolation, type Write, write } from '../store/store.js'
import type { Clock } from '../util/clock.js'
import { uuidv7 } from '../util/ids.js'
import { type ChainProblem, chainHash, headHash, verifyChains } from './audit-chain.js'
import type { Log } from './context.js'
import type { EventFacts, EventName, EventOrigin, Events } from './events.js'
import type { Secrets } from './secrets.js'
import { type AuditRow, audit, auditHeads } from './tables.js'

export interface AuditLog {
  /** Resolves when everything recorded so far is durable, or was given up on and logged. */
  settled(): Promise<void>
  /** Follows every chain from its first entry to its head. */
  verify(): Promise<{ entries: number; chains: number; problems: ChainProblem[] }>
}

export interface AuditOptions {
  store: Store
  clock: Clock
  secrets: Secrets
  events: Events
  log: Log
}

/** Entries in one write at most, and how many may wait while the store is away. */
const BATCH = 100
const MOST_WAITING = 10_000

/** A log that hears every event. */
export function createAuditLog({ store, clock, secrets, events, log }: AuditOptions): AuditLog {
  const key = secrets.key('audit')
  const chain = uuidv7(clock.now())
  const state = {
    sequence: 0,
    hash: Buffer.alloc(32),
    waiting: [] as AuditRow[],
    writing: undefined as Promise<void> | undefined,
  }
  events.hear((name, facts, origin) => {
    const row = entryRow(name, facts, origin, chain, clock.now())
    if (state.waiting.length >= MOST_WAITING) {
      log.error({ event: name }, 'an audit entry was lost: the store has been away too long')
      return
    }
    state.waiting.push(row)
    state.writing ??= drain().finally(() => {
      state.writing = undefined
    })
  })

  async function drain(): Promise<void> {
    // Whatever else this turn of the loop records travels in the same write.
    await Promise.resolve()
    while (state.waiting.length > 0) {
      const batch = link(state.waiting.slice(0, BATCH))
      try {
        await append(store, key, chain, batch, clock.now())
      } catch (error) {
        log.error({ err: error, waiting: state.waiting.length }, 'audit entries could not be written yet')
        return
      }
      state.waiting.splice(0, batch.length)
      state.sequence += batch.length
      state.hash = Buffer.from(batch.at(-1)!.hash)
    }
  }

  function link(rows: AuditRow[]): AuditRow[] {
    let previous: Uint8Array = state.hash
    return rows.map((row, index) => {
      const linked = { ...row, sequence: state.sequence + index + 1 }
      const hash = chainHash(key, previous, linked)
      previous = hash
      return { ...linked, hash }
    })
  }

  return {
    settled: async () => {
      await state.writing
    },
    verify: () => verifyChains(store, key),
  }
}

/** The entries and the chain's new head, all or nothing. */
async function append(
  store: Store,
  key: Uint8Array,
  chain: string,
  rows: AuditRow[],
  now: number,
): Promise<void> {
  const last = rows.at(-1)!
  const head = { sequence: last.sequence, hash: headHash(key, chain, last.sequence, last.hash), at: now }
  const first = rows[0]!.sequence === 1
  const headWrite: Write = first
    ? write.insert(auditHeads, { chain, ...head })
    : write.update(auditHeads, { chain, sequence: rows[0]!.sequence - 1 }, head, 1)
  try {
    await store.atomically([...rows.map((row) => write.insert(audit, row)), headWrite])
  } catch (error) {
    // An answer that was lost after its commit: the rows are there.
    if (!(error instanceof UniqueViolation)) throw error
  }
}

function entryRow<N extends EventName>(
  name: N,
  facts: EventFacts[N],
  origin: EventOrigin | undefined,
  chain: string,
  at: number,
): AuditRow {
  const { userId, sessionId, ...details } = facts as { userId?: string; sessionId?: string }
  const { kind, id } = actorOf(origin, userId)
  return {
    id: uuidv7(at),
    at,
    event: name,
    outcome: name.endsWith('.failed') || name === 'session.reuse_detected' ? 'failure' : 'success',
    actor: kind,
    actor_id: id ?? null,
    user_id: userId ?? null,
    session_id: sessionId ?? null,
    ip: origin?.ip ?? null,
    user_agent: origin?.userAgent?.slice(0, 512) ?? null,
    request_id: origin?.requestId ?? null,
    details,
    chain,
    sequence: 0,
    hash: Buffer.alloc(32),
  }
}

function actorOf(
  origin: EventOrigin | undefined,
  userId: string | undefined,
): { kind: string; id?: string | undefined } {
  if (origin === undefined) return { kind: 'system' }
  if (origin.administrator) return origin.administrator
  if (origin.access) return { kind: 'user', id: origin.access.userId }
  return { kind: 'stranger', id: userId }
}
