// Every way a call can fail, as one closed union: the server's codes that can reach a client of this size, and our own.
// A code that a newer server invents arrives as `unexpected_answer`, with the status it came with.

/** What the server says. A test compares these with the server's catalogue. */
export const spoken = [
  'invalid_request',
  'invalid_json',
  'unsupported_media_type',
  'payload_too_large',
  'not_found',
  'method_not_allowed',
  'invalid_credentials',
  'token_missing',
  'access_token_invalid',
  'access_token_expired',
  'refresh_token_invalid',
  'refresh_token_expired',
  'refresh_token_reused',
  'session_ended',
  'code_invalid',
  'step_up_required',
  'account_disabled',
  'email_not_verified',
  'forbidden',
  'origin_not_allowed',
  'email_taken',
  'username_taken',
  'phone_taken',
  'link_required',
  'conflict',
  'password_too_short',
  'password_too_long',
  'password_too_common',
  'too_many_requests',
  'overloaded',
  'store_unavailable',
  'provider_unavailable',
  'internal',
] as const

type Spoken = (typeof spoken)[number]

/** What can be wrong before, or instead of, an answer of the server. */
type Own =
  /** No answer came: no network, a name that does not resolve, a server that is down. */
  | 'unreachable'
  /** No answer came in time. */
  | 'timed_out'
  /** Something answered that was not the server, or a server of another kind: a portal, a proxy's own page. */
  | 'unexpected_answer'
  /** The place where the session is kept could not be read or written. */
  | 'store_failed'
  /** Nobody is signed in. */
  | 'signed_out'
  /** `dispose()` was called. */
  | 'disposed'

export type ErrorCode = Spoken | Own

const anyTime = [
  'unreachable',
  'timed_out',
  'unexpected_answer',
  'store_failed',
  'disposed',
  'invalid_request',
  'origin_not_allowed',
  'too_many_requests',
  'overloaded',
  'store_unavailable',
  'internal',
] as const

/** What each method can answer; any other code becomes `unexpected_answer`, so that the types are true. */
export const codes = {
  session: [
    ...anyTime,
    'signed_out',
    'session_ended',
    'refresh_token_expired',
    'refresh_token_reused',
    'refresh_token_invalid',
    'token_missing',
  ],
  signIn: [...anyTime, 'invalid_credentials', 'account_disabled', 'email_not_verified'],
  signUp: [
    ...anyTime,
    'forbidden',
    'email_taken',
    'username_taken',
    'phone_taken',
    'password_too_short',
    'password_too_long',
    'password_too_common',
  ],
  signOut: anyTime,
} as const satisfies Record<string, readonly ErrorCode[]>

export type SessionErrorCode = (typeof codes.session)[number]
export type SignInErrorCode = (typeof codes.signIn)[number]
export type SignUpErrorCode = (typeof codes.signUp)[number]
export type SignOutErrorCode = (typeof codes.signOut)[number]

/** One member of the input that is wrong. */
export interface FieldProblem {
  /** JSON pointer into what was sent, such as `/password`. */
  readonly pointer: string
  readonly code: string
  readonly detail: string
}

interface Details {
  readonly status?: number
  readonly retryAfterMs?: number
  readonly fields?: readonly FieldProblem[]
  readonly requestId?: string
}

const passing: readonly ErrorCode[] = [
  'unreachable',
  'timed_out',
  'unexpected_answer',
  'store_failed',
  'too_many_requests',
  'overloaded',
  'store_unavailable',
  'provider_unavailable',
  'internal',
]

/** Why something did not work. Branch on `code`; `message` is for people who read logs. Never holds a token. */
export class SallyportError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'SallyportError'
  readonly code: C
  /** HTTP status, 0 where no answer came. */
  readonly status: number
  /** Whether the same call may work later. */
  readonly retryable: boolean
  /** How long the server asks to be left alone, in milliseconds. */
  readonly retryAfterMs?: number
  readonly fields?: readonly FieldProblem[]
  readonly requestId?: string

  constructor(code: C, message: string, details: Details = {}) {
    super(message)
    this.code = code
    this.status = details.status ?? 0
    this.retryable = passing.includes(code)
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs
    if (details.fields !== undefined) this.fields = details.fields
    if (details.requestId !== undefined) this.requestId = details.requestId
  }
}

export const isSpoken = (code: unknown): code is Spoken => spoken.includes(code as Spoken)

/** The same error, or `unexpected_answer` where its code is none of these. */
export function narrow<C extends ErrorCode>(error: SallyportError, among: readonly C[]): SallyportError<C> {
  if ((among as readonly ErrorCode[]).includes(error.code)) return error as SallyportError<C>
  const { status, requestId } = error
  const details = { status, ...(requestId !== undefined && { requestId }) }
  return new SallyportError<ErrorCode>('unexpected_answer', error.message, details) as SallyportError<C>
}
