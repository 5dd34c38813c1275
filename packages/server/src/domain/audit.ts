// The audit log: what happened, who did it, to whom, from where, with which outcome. Append-only and hash-chained: each
// process writes a chain of its own, every entry holds a keyed hash over itself and the one before, and a signed head
// says how long the chain is. Entries are written in their order; `settled` says when all so far are durable.
export interface Entry {
  readonly event: string
  readonly outcome: 'success' | 'failure'
  readonly actor: 'user' | 'api_key' | 'operator' | 'stranger' | 'system'
  readonly actorId?: string | undefined
  readonly userId?: string | undefined
  readonly sessionId?: string | undefined
  readonly ip?: string | undefined
  readonly userAgent?: string | undefined
  readonly requestId?: string | undefined
  readonly details?: Readonly<Record<string, string | number | boolean>>
}

export interface Problem {
  readonly chain: string
  readonly sequence: number
  readonly problem: 'missing' | 'changed' | 'cut off'
}

export interface AuditLog {
  /** Takes an entry; it is written in the order of the calls. Never throws and never waits. */
  record(entry: Entry): void
  /** Resolves when everything recorded so far is durable, or was given up on and logged. */
  settled(): Promise<void>
  /** Follows every chain from its first entry to its head. */
  verify(): Promise<{ entries: number; chains: number; problems: Problem[] }>
}
