// The write that spends a refresh token, once at a time for one token. Of many requests that bring the same token one can
// win; the others would each wait for its row, on a connection of their own, to be told that they lost.
import type { Store } from '../../store/store.js'

const underWay = new WeakMap<Store, Map<string, Promise<boolean>>>()

/**
 * Whether `write` spent the token, by its hash. Where this process is writing for the same token already, the answer is
 * false once that is over: the token is spent then, or its session gone. Throws what that write throws: what became of
 * it nobody knows.
 */
export function spend(store: Store, hash: Buffer, write: () => Promise<boolean>): Promise<boolean> {
  const writes = writesOf(store)
  const key = hash.toString('latin1')
  const before = writes.get(key)
  if (before !== undefined) return before.then(() => false)
  const mine = write()
  const leave = () => {
    writes.delete(key)
  }
  writes.set(key, mine)
  mine.then(leave, leave)
  return mine
}

function writesOf(store: Store): Map<string, Promise<boolean>> {
  const known = underWay.get(store)
  if (known !== undefined) return known
  const writes = new Map<string, Promise<boolean>>()
  underWay.set(store, writes)
  return writes
}
