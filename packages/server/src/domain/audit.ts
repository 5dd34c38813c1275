// The audit log: what happened, who did it, to whom, from where, with which outcome. Append-only and hash-chained: each
// process writes a chain of its own, every entry holds a keyed hash over itself and the one before, and a signed head
// says how long the chain is. Entries are written in their order; `settled` says when all so far are durable, and what
// the store would not take is tried again by the upkeep. The hashes are audit-chain.ts's, following them
// audit-verify.ts's, what an entry says audit-entry.ts's. Nothing anywhere changes or removes an entry.
import type { Operation } from '@sallyport/protocol'
import { InvalidQuery, InvalidValue, type Store } from '../store/store.js'
import type { Clock } from '../util/clock.js'
import { risingIds, uuidv7 } from '../util/ids.js'
import { append, type Chain, link, newChain } from './audit-chain.js'
import { type Entry, entryOf } from './audit-entry.js'
import { type ChainProblem, verifyChains } from './audit-verify.js'
import type { Log } from './context.js'
import type { EventOrigin, Events } from './events.js'
import { createRefusals } from './refusals.js'
import type { Secrets } from './secrets.js'
import type { AuditRow } from './tables.js'

export interface AuditLog {
  /** Resolves when everything recorded so far is durable, or could not be written this time and was logged. */
  settled(): Promise<void>
  /** Follows every chain from its first entry to its head. */
  verify(): Promise<{ entries: number; chains: number; problems: ChainProblem[] }>
  /** Records that what administrators do was refused to somebody who showed a credential; at most so often. */
  refused(operation: Operation, error: unknown, origin: EventOrigin): void
}

export interface AuditOptions {
  store: Store
  clock: Clock
  secrets: Secrets
  events: Events
  log: Log
}

/** How long entries are gathered for one write where nobody waits for them. Milliseconds. */
const GATHERING = 20
/** Entries in one write at most, and how many may wait while the store is away. */
const BATCH = 100
const MOST_WAITING = 10_000

interface State {
  chain: Chain
  waiting: Entry[]
  /** What is being written. It stays as it is until it is known to be there, since its answer may have been lost. */
  batch: AuditRow[] | undefined
  /** How many entries have been recorded, and how many of them are written or given up. */
  recorded: number
  done: number
  /** How many could not be kept since the log last said so. */
  lost: number
  writing: boolean
  timer: NodeJS.Timeout | undefined
  waiters: { upTo: number; resolve: () => void }[]
}

/** A log that hears every event. */
export function createAuditLog(options: AuditOptions): AuditLog {
  const { store, clock, secrets, events, log } = options
  const state: State = {
    chain: newChain(uuidv7(clock.now())),
    waiting: [],
    batch: undefined,
    recorded: 0,
    done: 0,
    lost: 0,
    writing: false,
    timer: undefined,
    waiters: [],
  }
  const nextId = risingIds()
  events.hear((name, facts, origin) => {
    // A log-in is one entry, which names its session: every second row of a busy log would say nothing of its own.
    if (name === 'session.created' && 'login' in facts) return
    if (state.waiting.length >= MOST_WAITING) {
      state.lost += 1
      log.error({ event: name }, 'an audit entry was lost: the store has been away too long')
      return
    }
    state.waiting.push(entryOf(name, facts, origin, clock.now(), nextId(clock.now())))
    state.recorded += 1
    if (!state.writing) state.timer ??= setTimeout(() => void drain(options, state), GATHERING).unref()
  })
  return {
    settled: () => {
      if (state.done === state.recorded) return Promise.resolve()
      return new Promise((resolve) => {
        state.waiters.push({ upTo: state.recorded, resolve })
        if (!state.writing) void drain(options, state)
      })
    },
    verify: () => verifyChains(store, secrets),
    refused: createRefusals(events, clock),
  }
}

/** Writes what waits, until nothing does or the store will not. Never throws, and lets go of everybody who waits. */
async function drain(options: AuditOptions, state: State): Promise<void> {
  clearTimeout(state.timer)
  state.timer = undefined
  if (state.writing) return
  state.writing = true
  // Whatever else this turn of the loop records travels in the same write.
  await Promise.resolve()
  try {
    while (state.waiting.length > 0) await writeOne(options, state)
  } catch (error) {
    options.log.error({ err: error, waiting: state.waiting.length }, 'audit entries could not be written yet')
    release(state, state.recorded)
  } finally {
    state.writing = false
  }
}

async function writeOne(options: AuditOptions, state: State): Promise<void> {
  const { store, clock, secrets, events, log } = options
  const key = secrets.key('audit')
  state.batch ??= link(key, state.chain, state.waiting.slice(0, BATCH))
  const { batch } = state
  try {
    if (!(await append(store, key, batch, clock.now()))) {
      if (state.chain.sequence === 0) throw new Error('the list of audit chains keeps changing')
      log.error(
        { chain: state.chain.id },
        'the head of an audit chain is not what was written: a new one begins',
      )
      state.chain = newChain(uuidv7(clock.now()))
      state.batch = undefined
      return
    }
    const last = batch.at(-1)!
    state.chain = { id: last.chain, sequence: last.sequence, hash: last.hash }
  } catch (error) {
    // No store will ever take these; what comes behind them must not wait for them.
    if (!(error instanceof InvalidValue || error instanceof InvalidQuery)) throw error
    log.error({ err: error, events: batch.map(({ event }) => event) }, 'audit entries were given up')
    state.lost += batch.length
  }
  state.batch = undefined
  state.waiting.splice(0, batch.length)
  state.done += batch.length
  release(state, state.done)
  const { lost } = state
  state.lost = 0
  if (lost > 0) events.emit('audit.lost', { count: lost })
}

function release(state: State, upTo: number): void {
  const ready = state.waiters.filter((waiter) => waiter.upTo <= upTo)
  state.waiters = state.waiters.filter((waiter) => waiter.upTo > upTo)
  for (const { resolve } of ready) resolve()
}
