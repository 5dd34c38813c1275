// Counters for plots: counted here without waiting, written once a second in bulk, by minute and by hour. A number may
// be lost with the process; nothing but a plot depends on it.

export interface Stats {
  /** Counts one more of something now. Never waits. */
  count(name: string): void
  /** Writes what was counted since the last time. */
  flush(): Promise<void>
}
