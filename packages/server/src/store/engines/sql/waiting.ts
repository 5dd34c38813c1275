// A queue whose members do not wait for ever. Time is counted in steps of a running process: one that was paused (by a busy
// machine, by a debugger) has heard nothing meanwhile, and gives up nobody before it has had time to listen.
const steps = 8

/** What a step counts in which somebody of the queue was served: a queue that moves is waited in five times as long. */
const moving = 0.2

export interface Waiting<T> {
  push(member: T): void
  /** The oldest, taken out. */
  shift(): T | undefined
  /** All that `wanted` says yes to, oldest first, taken out. */
  take(wanted: (member: T) => boolean): T[]
  /** The oldest that `wanted` says yes to, taken out. */
  first(wanted: (member: T) => boolean): T | undefined
  readonly size: number
}

interface Member<T> {
  readonly member: T
  age: number
}

/**
 * `late` is called with each member that has waited for `patience` milliseconds, or for five times as long where others were
 * served meanwhile; it is no longer in the queue then.
 */
export function createWaiting<T>(patience: number, late: (member: T) => void): Waiting<T> {
  let queue: Member<T>[] = []
  let timer: NodeJS.Timeout | undefined
  let moved = false
  const grow = () => {
    for (const one of queue) one.age += moved ? moving : 1
    moved = false
    const [old, young] = parted(queue, ({ age }) => age > steps)
    queue = young
    if (young.length === 0) {
      clearInterval(timer)
      timer = undefined
    }
    for (const { member } of old) late(member)
  }
  return {
    push: (member) => {
      queue.push({ member, age: 0 })
      timer ??= setInterval(grow, patience / steps)
    },
    shift: () => {
      moved = true
      return queue.shift()?.member
    },
    take: (wanted) => {
      const [taken, left] = parted(queue, ({ member }) => wanted(member))
      queue = left
      moved ||= taken.length > 0
      return taken.map(({ member }) => member)
    },
    first: (wanted) => {
      const at = queue.findIndex(({ member }) => wanted(member))
      moved ||= at >= 0
      return at < 0 ? undefined : queue.splice(at, 1)[0]!.member
    },
    get size() {
      return queue.length
    },
  }
}

/** Those that `belongs` says yes to, and the others, in their order. */
function parted<M>(all: readonly M[], belongs: (one: M) => boolean): [M[], M[]] {
  const [yes, no]: [M[], M[]] = [[], []]
  for (const one of all) (belongs(one) ? yes : no).push(one)
  return [yes, no]
}

/** Calls back after so many milliseconds of a running process. Answers what calls it off. */
export function afterPatience(patience: number, act: () => void): () => void {
  const waiting = createWaiting<() => void>(patience, (late) => late())
  waiting.push(act)
  return () => void waiting.shift()
}
