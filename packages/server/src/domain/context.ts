// What an operation is handed: one plain object with everything it may touch, and the caller. Features and domain know
// nothing else of the world: no HTTP, no engine, no process. The parts are declared where they live; this file only
// names them.
import type { Contract, Transport } from '@sallyport/protocol'
import type { Delivery } from '../delivery/delivery.js'
import type { Store } from '../store/store.js'
import type { AnyTable } from '../store/table.js'
import type { Clock } from '../util/clock.js'
import type { Settings } from '../util/setting.js'
import type { AuditLog } from './audit.js'
import type { Changes } from './changes.js'
import type { Events } from './events.js'
import type { Keyring } from './keys/keyring.js'
import type { Leaver, Legacy } from './legacy/legacy.js'
import type { Live } from './live.js'
import type { Notices } from './notices.js'
import type { Outbox } from './outbox.js'
import type { Hasher } from './passwords/hasher.js'
import type { Sealed } from './sealed.js'
import type { Secrets } from './secrets.js'
import type { Stats } from './stats.js'
import type { Throttle } from './throttle.js'
import type { Verifiers } from './verifiers.js'

export type { Gate, GateCredential, GateRules } from './gate.js'
export type { Admitted } from './visits.js'

/** A log that hides what must not be seen is the composition root's; domain only says what happened. */
export interface Log {
  info(facts: Record<string, unknown>, message: string): void
  warn(facts: Record<string, unknown>, message: string): void
  error(facts: Record<string, unknown>, message: string): void
}

/** The source of a setting's value, and the value as it may be shown. */
export interface SettingOrigin {
  readonly source: 'default' | 'file' | 'environment' | 'flag'
  readonly where: string
  readonly shown: string
}

export interface Context {
  readonly store: Store
  readonly clock: Clock
  readonly settings: Settings
  readonly log: Log
  readonly secrets: Secrets
  /** Every table whose rows belong to a user. */
  readonly owned: readonly AnyTable[]
  /** Everything that is sealed under the master secret. */
  readonly sealed: readonly Sealed[]
  readonly keys: Keyring
  readonly changes: Changes
  readonly verifiers: Verifiers
  readonly live: Live
  readonly legacy: Legacy
  /** Every contract that is served. */
  readonly contracts: readonly Contract[]
  readonly hasher: Hasher
  readonly throttle: Throttle
  readonly events: Events
  readonly audit: AuditLog
  readonly outbox: Outbox
  readonly delivery: Delivery
  readonly notices: Notices
  readonly stats: Stats
  /** The issuer's URL: configured, never learned from a request. */
  readonly issuer: string
  /** Resolves where the store can be read and written; throws as the store does. */
  ready(): Promise<void>
  /** Whether the server is shutting down: readiness says no, everything else goes on. */
  draining(): boolean
  /** Where each setting came from. */
  readonly origins: ReadonlyMap<string, SettingOrigin>
  /** Present with `testing.clock` only. */
  advanceClock?(milliseconds: number): number
}

/** What a live access token says of its bearer. */
export interface Access {
  readonly userId: string
  readonly sessionId: string
  /** Milliseconds. */
  readonly authTime: number
  /** Milliseconds. */
  readonly expiresAt: number
  readonly claims: Readonly<Record<string, unknown>>
}

/** An administrator, a machine with an API key, or whoever has the machine. */
export interface Administrator {
  readonly kind: 'user' | 'api_key' | 'operator'
  /** The user's or key's id; what the operator calls itself. */
  readonly id: string
  /** May do everything, administrators' own roles included. */
  readonly full: boolean
  /** What one that may not do everything may do. */
  readonly scopes?: readonly string[]
}

/** The trace that a request belongs to (W3C Trace Context), to be passed on wherever we ask others. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** The span of whoever called us: 16 hexadecimal digits. */
  readonly parentId: string
  /** A byte; its lowest bit says that the trace is recorded. */
  readonly flags: number
}

/** A request that has been answered. */
export interface Observed {
  /** Undefined where no route took it. */
  readonly operation: string | undefined
  readonly method: string
  /** 499 where the client went away before its request was whole. */
  readonly status: number
  readonly milliseconds: number
  readonly requestId: string
  readonly trace: Trace | undefined
}

/** Who is asking, and how. */
export interface Caller {
  readonly contract: Contract
  readonly requestId: string
  /** The address limits go by; IPv6 whole (the throttle shortens it). */
  readonly ip: string
  readonly userAgent?: string | undefined
  readonly trace?: Trace | undefined
  /** Verified, alive; present where the operation's rule asks for it. */
  readonly access?: Access
  /** A refresh token as presented, not judged yet. */
  readonly refreshToken?: string
  /** The access token's facts though it is expired or ended: only for operations that leave. */
  readonly leaving?: { readonly userId: string; readonly sessionId: string }
  /** Whoever leaves with a token of an earlier backend: their other such tokens count no longer either. */
  readonly leavingLegacy?: Leaver
  /** Who leaves must do so by a token of a session that has not ended. */
  readonly strict?: true | undefined
  /** Present where the operation's rule is `admin` or `operator`: allowed to do what was asked. */
  readonly administrator?: Administrator
  /** The id of the verifier key, where the operation's rule asks for one. */
  readonly verifier?: string
  /** How the client asked its tokens to travel (ways in), or how the session's do. */
  readonly transport?: Transport | undefined
}

/** What is known of a request before anybody has looked at its credentials. */
export type RequestFacts = Pick<
  Caller,
  'contract' | 'requestId' | 'ip' | 'userAgent' | 'trace' | 'transport' | 'strict'
>

/** The same, each of them said, absent or not: the compiler notices where one is forgotten. */
export type AllFacts = { readonly [Fact in keyof Required<RequestFacts>]: RequestFacts[Fact] }

/** A credential as it was found on the wire. */
export interface Credential {
  readonly kind: 'access' | 'refresh' | 'verifier' | 'page'
  readonly from: 'bearer' | 'cookie' | 'body'
  readonly value: string
}

/** The doing of an operation. */
export type Handler<I, O> = (context: Context, caller: Caller, input: I) => Promise<O>
