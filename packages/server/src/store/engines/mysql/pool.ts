// A pool of connections of any kind. Unlike the driver's own, it gives up waiting: who waited too long is told so, and a
// connection that comes late goes to the next or lies idle.
import { StoreUnavailable } from '../../store.js'

export interface PoolOptions<C> {
  /** The most connections at once. */
  readonly size: number
  /** How long a caller waits for one, and how long one may lie idle, in milliseconds. */
  readonly wait: number
  readonly idle: number
  open(): Promise<C>
  close(connection: C): void
}

export interface Pool<C> {
  /** A connection that is nobody else's. Throws StoreUnavailable after the wait, or what opening throws. */
  take(): Promise<C>
  /** Gives a connection back; one that is not sound is closed. */
  give(connection: C, sound: boolean): void
  /** Lets go of a connection that broke while it lay idle. */
  forget(connection: C): void
  /** Closes what lies idle, and from now on what is given back. */
  end(): void
}

interface Waiter<C> {
  readonly resolve: (connection: C) => void
  readonly reject: (error: unknown) => void
  readonly timer: NodeJS.Timeout
}

interface State<C> {
  readonly options: PoolOptions<C>
  /** Those that lie idle, the one used last at the end, each with the timer that closes it. */
  readonly idle: Map<C, NodeJS.Timeout>
  readonly waiters: Set<Waiter<C>>
  /** How many are open or being opened, and for whom some are being opened. */
  total: number
  readonly opening: Set<Waiter<C>>
  ended: boolean
}

export function createPool<C>(options: PoolOptions<C>): Pool<C> {
  const state: State<C> = {
    options,
    idle: new Map(),
    waiters: new Set(),
    total: 0,
    opening: new Set(),
    ended: false,
  }
  return {
    take: () => take(state),
    give: (connection, sound) => {
      if (sound && !state.ended) hand(state, connection)
      else drop(state, connection)
    },
    forget: (connection) => {
      if (state.idle.has(connection)) drop(state, connection)
    },
    end: () => {
      state.ended = true
      for (const connection of [...state.idle.keys()]) drop(state, connection)
    },
  }
}

function take<C>(state: State<C>): Promise<C> {
  const newest = [...state.idle.keys()].at(-1)
  if (newest !== undefined) {
    rouse(state, newest)
    return Promise.resolve(newest)
  }
  const { wait } = state.options
  return new Promise((resolve, reject) => {
    const late = () => {
      state.waiters.delete(waiter)
      reject(new StoreUnavailable(`timeout exceeded: no connection came free within ${wait} ms`))
    }
    const waiter = { resolve, reject, timer: setTimeout(late, wait) }
    state.waiters.add(waiter)
    grow(state)
  })
}

/** Opens connections for those who wait, as many as may be. What fails concerns nobody who came after it began. */
function grow<C>(state: State<C>): void {
  const { waiters, opening, options } = state
  for (const waiter of waiters) {
    if (waiters.size <= opening.size || state.total >= options.size) return
    if (opening.has(waiter)) continue
    state.total++
    opening.add(waiter)
    options.open().then(
      (connection) => {
        opening.delete(waiter)
        if (state.ended) drop(state, connection)
        else hand(state, connection)
      },
      (error) => {
        opening.delete(waiter)
        state.total--
        if (dismiss(state, waiter)) waiter.reject(error)
        grow(state)
      },
    )
  }
}

/** Whether somebody waited still; no more then. */
function dismiss<C>({ waiters }: State<C>, waiter: Waiter<C>): boolean {
  clearTimeout(waiter.timer)
  return waiters.delete(waiter)
}

function hand<C>(state: State<C>, connection: C): void {
  const [waiter] = state.waiters
  if (waiter !== undefined) {
    dismiss(state, waiter)
    waiter.resolve(connection)
    return
  }
  const timer = setTimeout(() => drop(state, connection), state.options.idle)
  timer.unref()
  state.idle.set(connection, timer)
}

function rouse<C>(state: State<C>, connection: C): void {
  clearTimeout(state.idle.get(connection))
  state.idle.delete(connection)
}

function drop<C>(state: State<C>, connection: C): void {
  rouse(state, connection)
  state.total--
  state.options.close(connection)
  grow(state)
}
