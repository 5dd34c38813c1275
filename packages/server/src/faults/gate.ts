// A gate that holds customers back while there is no server, and knows when all of them stand before it.

export interface Gate {
  open(): void
  close(): void
  /** Waits until the gate is open. */
  pass(): Promise<void>
  /** Resolves when so many stand before the closed gate. */
  waiting(count: number): Promise<void>
}

/** A closed gate. */
export function createGate(): Gate {
  let held: (() => void)[] = []
  let open = false
  let full: { count: number; resolve(): void } | undefined
  const look = () => {
    if (full && held.length >= full.count) full.resolve()
  }
  return {
    open: () => {
      open = true
      const released = held
      held = []
      for (const resolve of released) resolve()
    },
    close: () => {
      open = false
    },
    pass: () =>
      open
        ? Promise.resolve()
        : new Promise((resolve) => {
            held.push(resolve)
            look()
          }),
    waiting: (count) =>
      new Promise((resolve) => {
        full = { count, resolve }
        look()
      }),
  }
}
