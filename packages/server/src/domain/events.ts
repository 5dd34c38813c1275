// The dozen things that happen and that somebody else may want to know. Features speak to each other through these
// and nothing else; the log hears all of them. Facts hold ids and addresses of the network, never a secret.

export interface EventFacts {
  'user.created': { userId: string }
  /** Somebody signed up with an address that is this user's, and was not told so. */
  'user.signed_up_again': { userId: string }
  /** `members`: the names of what changed, never the values. */
  'user.updated': { userId: string; members: string }
  'user.deleted': { userId: string }
  'user.restored': { userId: string }
  'user.exported': { userId: string }
  /** One for each import, however many users it brought; `file` without its folders. */
  'users.imported': {
    file: string
    fingerprint: string
    made: number
    updated: number
    there: number
    refused: number
    complete: boolean
  }
  'users.exported': { file: string; users: number; passwords: boolean }
  /** The database was put back to an earlier state; `takenAt` as RFC 3339, `file` without its folders. */
  'database.restored': { file?: string; takenAt?: string; sessionsEnded: number }
  /** Sessions or codes are to live elsewhere, in these words; nothing is said of what stays where it is. */
  'database.relocated': { sessions?: string; codes?: string; sessionsEnded: number }
  'password.changed': { userId: string }
  /** `device` where the account has been used before, and never from this one. */
  'login.succeeded': { userId: string; sessionId: string; contract: string; device?: 'new' }
  'login.failed': { userId?: string; reason: 'credentials' | 'disabled' | 'unverified' }
  /** A code or link that was wrong, used up, void or of another purpose. */
  'code.failed': { userId?: string; purpose: string }
  /** A limit kept back a message that somebody asked for. */
  'message.withheld': { purpose: string; channel: 'email' | 'sms' }
  'email.verified': { userId: string }
  'email.changed': { userId: string }
  'email.restored': { userId: string }
  'phone.verified': { userId: string }
  'phone.changed': { userId: string }
  'phone.removed': { userId: string }
  /** Proven by somebody who is not known to have made the account: what was set before is gone. */
  'user.claimed': { userId: string }
  /** `login` where `login.succeeded` tells of the same. */
  'session.created': { userId: string; sessionId: string; contract: string; device?: 'new'; login?: true }
  'session.ended': { userId: string; sessionId: string }
  'session.confirmed': { userId: string; sessionId: string; purpose?: string }
  'session.reuse_detected': { userId: string; sessionId: string }
  'session.rolled_back': { userId: string; sessionId: string }
  /** A refresh token of an earlier backend became a session of ours. */
  'legacy.traded': { userId: string; sessionId: string }
  /** Tokens of an earlier backend count for this user no longer. */
  'legacy.closed': { userId: string }
  'sessions.ended': { userId: string; except?: string }
  'identity.linked': { userId: string; provider: string }
  'identity.unlinked': { userId: string; provider: string }
  'key.activated': { kid: string; alg: string }
  'key.removed': { kid: string }
  'verifier.removed': { verifier: string }
  'user.disabled': { userId: string; reason?: string }
  'user.enabled': { userId: string }
  'user.roles_changed': { userId: string; before: string; after: string }
  'apikey.created': { apiKeyId: string; scopes: string }
  'apikey.removed': { apiKeyId: string }
  'setup.link_made': Record<never, never>
  'setup.done': { userId: string }
  'setup.failed': Record<never, never>
  'secret.rewrapped': { count: number; sessionsEnded: number }
  'admin.refused': { operation: string; code: string }
  'audit.lost': { count: number }
  /** It will not be sent any more: refused for good, tried too often, past its time, or perhaps there twice already. */
  'message.failed': {
    userId?: string
    messageId: string
    topic: string
    channel: string
    reason: 'refused' | 'gave_up' | 'unclear' | 'expired'
  }
  'message.resent': { userId?: string; messageId: string }
  'message.tested': { channel: string; sent: boolean }
}
export type EventName = keyof EventFacts

/** Where it came from, where a request caused it. */
export interface EventOrigin {
  readonly requestId: string
  readonly ip: string
  readonly userAgent?: string | undefined
  readonly access?: { readonly userId: string } | undefined
  readonly administrator?: { readonly kind: 'user' | 'api_key' | 'operator'; readonly id: string } | undefined
}

type Hearer = <N extends EventName>(name: N, facts: EventFacts[N], origin?: EventOrigin) => void

export interface Events {
  emit: Hearer
  /** Hears every event from now on; what a hearer throws is its own trouble. */
  hear(hearer: Hearer): void
}

export function createEvents(): Events {
  const hearers: Hearer[] = []
  return {
    emit: (name, facts, origin) => {
      for (const hearer of hearers) hearer(name, facts, origin)
    },
    hear: (hearer) => {
      hearers.push(hearer)
    },
  }
}
