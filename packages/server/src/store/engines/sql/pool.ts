// A pool: connections that are used by one call at a time and kept for the next, and calls that wait for one in the order
// in which they came. A call gets what is free first, be it new or given back; where the server lets in no more, calls
// share what there is. Knows no database.
import { createWaiting, type Waiting } from './waiting.js'

export interface Pool<C> {
  /** A connection for one call. Throws what `open` threw where there is none, and `tooLate()` after the patience. */
  take(): Promise<C>
  /** Back from a call; one that may be broken is closed. */
  give(connection: C, broken: boolean): void
  /** A connection that broke while it lay idle. */
  lose(connection: C): void
  /** Closes what is idle, and everything else as it comes back. */
  end(): Promise<void>
}

interface Options<C> {
  readonly size: number
  /** How long a call waits, in milliseconds. */
  readonly patience: number
  /** How long a connection is kept without use, in milliseconds. */
  readonly idle: number
  open(): Promise<C>
  close(connection: C): Promise<void>
  tooLate(): Error
}

interface Waiter<C> {
  resolve(connection: C): void
  reject(error: unknown): void
}

interface State<C> {
  readonly waiting: Waiting<Waiter<C>>
  idle: { readonly connection: C; readonly timer: NodeJS.Timeout }[]
  /** Connections that stand, idle or in use. */
  standing: number
  opening: number
  /** Why the last one was not opened, while that is so. */
  refused: unknown
  /** When another may be tried, by `performance.now()`. */
  notBefore: number
  ended: boolean
  readonly closing: Set<Promise<void>>
}

/** How long a server that refused a connection is not asked for another, where there are some, in milliseconds. */
const pause = 500

export function createPool<C>(options: Options<C>): Pool<C> {
  const state: State<C> = {
    waiting: createWaiting(options.patience, ({ reject }) => reject(state.refused ?? options.tooLate())),
    idle: [],
    standing: 0,
    opening: 0,
    refused: undefined,
    notBefore: 0,
    ended: false,
    closing: new Set(),
  }
  return {
    take: () => {
      const free = state.idle.pop()
      if (free !== undefined) {
        clearTimeout(free.timer)
        return Promise.resolve(free.connection)
      }
      return new Promise((resolve, reject) => {
        state.waiting.push({ resolve, reject })
        grow(options, state)
      })
    },
    give: (connection, broken) => {
      if (broken) close(options, state, connection)
      else keep(options, state, connection)
    },
    lose: (connection) => {
      if (takeIdle(state, connection)) close(options, state, connection)
    },
    end: async () => {
      state.ended = true
      for (const { connection } of [...state.idle])
        if (takeIdle(state, connection)) close(options, state, connection)
      while (state.closing.size > 0) await Promise.all(state.closing)
    },
  }
}

/** Opens as many as calls wait for, within the size. */
function grow<C>(options: Options<C>, state: State<C>): void {
  const may = () => state.standing + state.opening < options.size && state.waiting.size > state.opening
  const lets = () => state.standing === 0 || performance.now() >= state.notBefore
  while (may() && lets()) {
    state.opening++
    void options.open().then(
      (connection) => {
        state.opening--
        state.standing++
        state.refused = undefined
        keep(options, state, connection)
      },
      (error) => {
        state.opening--
        refuse(state, error)
      },
    )
  }
}

/** Where some connections stand, the calls go on waiting for those. */
function refuse<C>(state: State<C>, error: unknown): void {
  state.refused = error
  state.notBefore = performance.now() + pause
  if (state.standing > 0) return
  const waiting = state.opening > 0 ? [state.waiting.shift()] : state.waiting.take(() => true)
  for (const waiter of waiting) waiter?.reject(error)
}

function keep<C>(options: Options<C>, state: State<C>, connection: C): void {
  const waiter = state.waiting.shift()
  if (waiter !== undefined) waiter.resolve(connection)
  else if (state.ended) close(options, state, connection)
  else {
    const shut = () => takeIdle(state, connection) && close(options, state, connection)
    state.idle.push({ connection, timer: setTimeout(shut, options.idle).unref() })
  }
}

function takeIdle<C>(state: State<C>, connection: C): boolean {
  const at = state.idle.findIndex((one) => one.connection === connection)
  if (at < 0) return false
  clearTimeout(state.idle[at]!.timer)
  state.idle.splice(at, 1)
  return true
}

function close<C>(options: Options<C>, state: State<C>, connection: C): void {
  state.standing--
  const closing = options.close(connection).finally(() => state.closing.delete(closing))
  state.closing.add(closing)
  grow(options, state)
}
