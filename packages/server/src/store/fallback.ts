// What may be lost, kept in a shared engine while that works, and in this process while it does not. The shared engine is
// tried again in the background and not by requests, so that all verbs of one moment see the same rows. No engine's
// name is known here.
import { type Engine, StoreUnavailable, type Write } from './store.js'
import type { AnyTable } from './table.js'

/** How often a shared engine that does not work is tried. Milliseconds. */
const AGAIN = 1000

/**
 * One that worked when it was tried, and did not again before it had for so long, is left alone for twice as long as before,
 * up to `LONGEST`: a slow one would else cost somebody its patience every second. Milliseconds.
 */
const HELD = 5000
const LONGEST = 4000

/** What it has to answer at once to be taken for one that works: as much as a busy moment asks. */
const ASKED = 32

/** The oldest go first. */
const MOST_ROWS = 100_000

/** What bounds a flood. */
export interface Trimming {
  /** Removes some of what is over, and the oldest where there are more rows than `most`. To be called after each row that came, and as cheap however many there are. */
  trim(table: AnyTable, most: number): Promise<void>
}

export interface Parts {
  readonly shared: Engine
  /** In this process. */
  readonly local: Engine & Trimming
  /** Hears of each change: why the shared engine does not work, or undefined where it does again. */
  tell(reason: string | undefined): void
  /** How many rows this process keeps of a table; 100,000 where not given. */
  readonly most?: number
}

interface State extends Parts {
  /** There while the shared engine does not work. */
  timer: NodeJS.Timeout | undefined
  /** For how long it was left alone last. */
  alone: number
  /** Since when it works, by `performance.now()`. */
  since: number
  closed: boolean
}

type Verbs = Pick<
  Engine,
  'insert' | 'get' | 'list' | 'count' | 'update' | 'increment' | 'take' | 'remove' | 'atomically'
>

/**
 * The shared engine, with the local one in its place for `ephemeral` tables while it is unavailable. Tables of the other
 * kind have no other place: their verbs throw StoreUnavailable.
 */
export function withFallback(parts: Parts): Engine {
  const state: State = { ...parts, ...working }
  const { shared, local } = parts
  const on = <T>(table: unknown, verb: (engine: Verbs) => Promise<T>) =>
    mayBeLost(table) ? run(state, verb) : verb(shared)
  return {
    name: shared.name,
    insert: (table, row) =>
      put(
        state,
        table,
        on(table, (engine) => engine.insert(table, row)),
      ),
    get: (table, key) => on(table, (engine) => engine.get(table, key)),
    list: (table, query) => on(table, (engine) => engine.list(table, query)),
    count: (table, where, cap) => on(table, (engine) => engine.count(table, where, cap)),
    update: (table, where, set) => on(table, (engine) => engine.update(table, where, set)),
    increment: (table, row, column, by) =>
      put(
        state,
        table,
        on(table, (engine) => engine.increment(table, row, column, by)),
      ),
    take: (table, where) => on(table, (engine) => engine.take(table, where)),
    remove: (table, where, limit) => on(table, (engine) => engine.remove(table, where, limit)),
    atomically: (writes) => atomically(state, writes),
    pending: (migrations) => shared.pending(migrations),
    migrate: (migrations) => shared.migrate(migrations),
    sweep: async (limit, done) =>
      (await local.sweep(limit, done)) + (state.timer ? 0 : await shared.sweep(limit, done)),
    ping: () => shared.ping(),
    close: async () => {
      state.closed = true
      clearTimeout(state.timer)
      await Promise.all([shared.close(), local.close()])
    },
  }
}

/** Nothing is known of it: it is taken to have worked for ever. */
const working = { timer: undefined, alone: AGAIN, since: Number.NEGATIVE_INFINITY, closed: false }

const mayBeLost = (table: unknown) => (table as AnyTable).kind === 'ephemeral'

async function run<T>(state: State, verb: (engine: Verbs) => Promise<T>): Promise<T> {
  if (state.timer) return verb(state.local)
  try {
    return await verb(state.shared)
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    fall(state, error.reason)
    return verb(state.local)
  }
}

async function atomically(state: State, writes: readonly Write[]): Promise<boolean> {
  if (writes.every(({ table }) => mayBeLost(table))) return run(state, (engine) => engine.atomically(writes))
  return state.shared.atomically(writes)
}

function fall(state: State, reason: string): void {
  if (state.timer || state.closed) return
  state.tell(reason)
  const held = performance.now() - state.since >= HELD
  state.alone = held ? AGAIN : Math.min(2 * state.alone, LONGEST)
  tryAfter(state, state.alone)
}

function tryAfter(state: State, pause: number): void {
  state.timer = setTimeout(async () => {
    const tries = await Promise.allSettled(Array.from({ length: ASKED }, () => state.shared.ping()))
    if (state.closed) return
    if (tries.some(({ status }) => status === 'rejected')) return tryAfter(state, AGAIN)
    state.timer = undefined
    state.since = performance.now()
    state.tell(undefined)
  }, pause).unref()
}

/** Bounds what a flood leaves in this process, a little with each row. */
async function put<T>(
  { timer, local, most = MOST_ROWS }: State,
  table: unknown,
  verb: Promise<T>,
): Promise<T> {
  const result = await verb
  if (timer) await local.trim(table as AnyTable, most)
  return result
}
