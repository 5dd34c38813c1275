// What tabs of one origin have to do with each other: they take turns, and they tell what has changed. Neither is needed for
// safety, which the server and the store see to; turns only save requests.
import type { PassedOn } from './access-token.js'

/** `changed`: read the store again. With a token, whoever has the same session may use it. */
export type Word =
  | { readonly say: 'changed'; readonly token?: PassedOn }
  | { readonly say: 'ask'; readonly session: string }

export interface Tabs {
  tell(word: Word): void
  /** Runs work while no other tab does; after 4 s of waiting it runs it all the same, and after 4 s it lets others. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  close(): void
}

const patience = 4000

/** @param name what the tabs share; undefined where they share nothing, and then nobody is told anything */
export function joinTabs(name: string | undefined, hear: (word: Word) => void): Tabs {
  const channel =
    name === undefined || typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(name)
  if (channel) {
    channel.onmessage = ({ data }) => hear(data as Word)
    // In Node an open channel would keep the process alive.
    ;(channel as { unref?: () => void }).unref?.()
  }
  let open = true
  const locks = name === undefined ? undefined : globalThis.navigator?.locks
  return {
    tell: (word) => {
      if (open) channel?.postMessage(word)
    },
    inTurn: (work) => (locks ? takeTurn(locks, name!, work) : work()),
    close: () => {
      open = false
      channel?.close()
    },
  }
}

async function takeTurn<T>(locks: LockManager, name: string, work: () => Promise<T>): Promise<T> {
  let running: Promise<T> | undefined
  try {
    await locks.request(name, { signal: AbortSignal.timeout(patience) }, () => {
      running = work()
      return within(running, patience)
    })
  } catch {
    // Not granted in time, or not for this page: go on without.
  }
  return running ?? work()
}

/** Settles when the work does, or after so many milliseconds; never rejects. */
export function within(work: Promise<unknown>, milliseconds: number): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds)
    const finish = () => {
      clearTimeout(timer)
      done()
    }
    work.then(finish, finish)
  })
}
