// The bus: how the servers of one database tell each other at once that the table of changes has news. It carries no
// news itself: who hears looks into the table, which is the truth, and a look every second (domain/upkeep.ts) finds what
// no bus announced. So a bus may lose announcements as long as it says that it may have; it holds no secret, and nothing
// waits for it. conformance.ts says what every engine does; engines/ has one for each way.

export interface Bus {
  readonly name: string
  /** Tells the other nodes that there is news. Returns at once, never throws; many calls become few announcements. */
  announce(): void
  /**
   * Calls `hearer` when another node announced, and whenever announcements may have been missed: at first, and after
   * each cut. The bus listens from the first call on. A node does not hear itself.
   */
  hear(hearer: () => void): void
  /** Whether announcements go to and fro just now. */
  isConnected(): boolean
  /** Passes on what was announced, where it can, and lets go; once, however often it is called. */
  close(): Promise<void>
}

/** What a bus says of itself; the composition root's log. */
export interface BusLog {
  info(facts: Record<string, unknown>, message: string): void
  warn(facts: Record<string, unknown>, message: string): void
}
