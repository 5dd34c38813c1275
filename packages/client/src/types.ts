// What an application sees.
import type { Clocks } from './access-token.js'
import type { Endpoints } from './endpoints.js'
import type {
  ErrorCode,
  SallyportError,
  SessionErrorCode,
  SignInErrorCode,
  SignOutErrorCode,
  SignUpErrorCode,
} from './errors.js'
import type { SessionStore } from './store.js'

/** The user as the server's contract writes it. */
export type User = Readonly<Record<string, unknown>>

export interface SessionInfo {
  /** The server's id of the session; one of our own where the contract tells none. */
  readonly id: string
}

/**
 * `loading`: not known yet. `stale`: somebody is signed in as far as we know, but the server could not be asked; nothing
 * is lost, and it is tried again.
 */
export type Status = 'loading' | 'signed-out' | 'signed-in' | 'stale'

/** Frozen, and the same object until something changes. */
export interface Snapshot {
  readonly status: Status
  readonly user: User | null
  readonly session: SessionInfo | null
}

/**
 * `restored`: a page was loaded and the session goes on. `recovered`: the server answers again after `stale`.
 * `ended-elsewhere`: another tab signed out, or the server has ended the session.
 */
export type SessionEvent =
  | 'restored'
  | 'signed-in'
  | 'refreshed'
  | 'stale'
  | 'recovered'
  | 'signed-out'
  | 'ended-elsewhere'

export type Result<T, C extends ErrorCode = ErrorCode> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly error: SallyportError<C> }

export type SignInStep =
  | { readonly next: 'done'; readonly user: User }
  /** A second factor is due; `ticket` belongs to the request that brings it. */
  | { readonly next: 'second-step'; readonly ticket: string; readonly methods: readonly string[] }
  /** An address has to be proven first, by the mail that was sent. */
  | { readonly next: 'verify'; readonly ticket?: string }

export interface ClientOptions {
  /** The server's URL, such as https://auth.example.com. */
  readonly issuer: string
  /**
   * `cookie`: the refresh token is a cookie that no script can read; the default in pages and workers. `token`: it is in
   * the answer and kept in `store`; the default elsewhere.
   */
  readonly mode?: 'cookie' | 'token'
  /** Where the session is kept. Default: IndexedDB in cookie mode (no token is in it), else this process's memory. */
  readonly store?: SessionStore
  /** The only origins that ever receive an access token. Default: the issuer's. */
  readonly apiOrigins?: readonly string[]
  /**
   * Whether a 403 is answered by a refresh and one retry. `auto`: once for each access token; `always`: for each call.
   * Default: what the contract says, which is `never` for the native one.
   */
  readonly retryOn403?: 'auto' | 'never' | 'always'
  /** A token is renewed when it has less than this left, in milliseconds. Default 30,000, a third of its life at most. */
  readonly refreshLeadMs?: number
  /** How long one request to the issuer may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** What requests are made with. Default: the global one, as it is at each call. */
  readonly fetch?: typeof fetch
  /** What time it is; handed in by tests. */
  readonly clocks?: Clocks
  /** How the server is spoken to. Default: the native contract. */
  readonly endpoints?: Endpoints
}

export interface Sallyport {
  readonly snapshot: Snapshot
  /** Called after every change and every refresh, until the function that it answers is called. */
  subscribe(listener: (snapshot: Snapshot, event: SessionEvent) => void): () => void
  /** The first snapshot that is not `loading`. */
  ready(): Promise<Snapshot>
  /** A token that is good for `minValidMs` more milliseconds, refreshed where that is needed or `force` says so. */
  getAccessToken(options?: {
    minValidMs?: number
    force?: boolean
  }): Promise<Result<string, SessionErrorCode>>
  /**
   * `fetch` with the token, where the origin is listed. A refused token is renewed and the call made once more. A body that
   * is a stream cannot be sent twice: hand over a function that makes one.
   *
   * Rejects as fetch does, and with SallyportError where the session is kept but no token could be had.
   */
  fetch(input: Target, init?: ReplayableInit): Promise<Response>
  /** The same around another fetch: for ky, ofetch and generated clients. */
  wrap(base: typeof fetch): Sallyport['fetch']
  readonly signIn: {
    /** `identifier`: an email address, a username or a phone number. */
    password(input: { identifier: string; password: string }): Promise<Result<SignInStep, SignInErrorCode>>
  }
  /** Where the server lets people in at once, they are signed in afterwards. */
  signUp(input: SignUpInput): Promise<Result<SignInStep, SignUpErrorCode>>
  /**
   * Forgets the session here and in every tab, then tells the server. Where that fails the answer says so, and calling it
   * again tells the server again.
   */
  signOut(): Promise<Result<void, SignOutErrorCode>>
  /** Lets go of everything. May be called twice. */
  dispose(): void
}

export interface SignUpInput {
  readonly email?: string
  readonly username?: string
  readonly phone?: string
  readonly password: string
  readonly name?: string
}

// By way of fetch, because Node's own types have not all the names of the browser's.
/** What `fetch` is asked for. */
export type Target = Parameters<typeof fetch>[0]
type Init = NonNullable<Parameters<typeof fetch>[1]>
export type ReplayableInit = Omit<Init, 'body'> & {
  body?: Init['body'] | (() => Init['body'])
}
