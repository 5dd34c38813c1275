// Where a session is kept between two uses. What matters is one verb: a change counts only where nobody was faster.

export interface StoredSession {
  readonly id: string
  readonly user: Readonly<Record<string, unknown>>
  /** Sent with the refresh that spends this generation, so that an answer that got lost can be had again. */
  readonly attemptId: string
  /** Token mode alone; in cookie mode no secret is here. */
  readonly refreshToken?: string
}

export interface Stored {
  /** Grows with every change, with a sign-out too, and never goes back. */
  readonly generation: number
  readonly session: StoredSession | null
}

export interface SessionStore {
  read(): Promise<Stored>
  /** Puts `next` where the generation is still this one, in one step; answers whether it did. */
  compareAndSet(generation: number, next: Stored): Promise<boolean>
  /** What all who share this store call it; absent where nobody else sees it. Tabs talk to each other under this name. */
  readonly shared?: string
}

export const empty: Stored = { generation: 0, session: null }

/** A store that this process alone sees, and that ends with it. */
export function memory(): SessionStore {
  let kept = empty
  return {
    read: async () => kept,
    compareAndSet: async (generation, next) => {
      if (kept.generation !== generation) return false
      kept = next
      return true
    },
  }
}
