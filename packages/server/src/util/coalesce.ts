// Work that is asked for more often than it need be done.

/**
 * Work of which one run goes on at a time and at most one more waits. The promise is that of a run that begins after the
 * call, so it has seen whatever was there when it was asked for; where the run before it fails, whoever waits is told of
 * that failure instead of waiting again.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const run = async () => {
    next = undefined
    const mine = work()
    running = mine
    try {
      await mine
    } finally {
      if (running === mine) running = undefined
    }
  }
  const fail = (error: unknown) => {
    next = undefined
    throw error
  }
  return () => {
    next ??= Promise.resolve(running).then(run, fail)
    return next
  }
}
