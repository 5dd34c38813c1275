// The catalogue of errors: code, status, and the sentence a stranger reads. Codes are the interface; clients branch on
// them alone. A wire contract may give a code other words and another status, never another meaning. This file knows
// no operation and no contract.

interface Entry {
  readonly status: number
  readonly title: string
  /** What a developer who sees it should do; printed in docs/errors.md. */
  readonly remedy: string
}

const entry = (status: number, title: string, remedy: string): Entry => ({ status, title, remedy })

export const errors = {
  invalid_request: entry(
    400,
    'The request is not valid.',
    'Look at `errors`: each names a member by JSON pointer and says what it must be.',
  ),
  invalid_json: entry(
    400,
    'The body is not valid JSON.',
    'Send UTF-8 JSON without duplicate members, at most 20 levels deep.',
  ),
  unsupported_media_type: entry(
    415,
    'This content type is not understood here.',
    'Send the content type that the route names, usually `application/json`.',
  ),
  payload_too_large: entry(413, 'The request is too large.', 'Bodies are at most 64 KiB.'),
  not_found: entry(
    404,
    'There is nothing here.',
    'Check the path and the id; things of other users look like things that do not exist.',
  ),
  method_not_allowed: entry(
    405,
    'This method is not allowed here.',
    'Use one of the methods in the `Allow` header.',
  ),
  invalid_credentials: entry(
    401,
    'These credentials are not right.',
    'Unknown, wrong and password-less accounts all answer this. Let the user try again or reset the password.',
  ),
  token_missing: entry(
    401,
    'A token is needed.',
    'Send `Authorization: Bearer <access token>` or the cookie of the session.',
  ),
  access_token_invalid: entry(
    401,
    'The access token is not valid.',
    'Sign in again; if it keeps happening, check that the token is sent whole and to the server that issued it.',
  ),
  access_token_expired: entry(401, 'The access token has expired.', 'Refresh once, then repeat the request.'),
  refresh_token_invalid: entry(
    401,
    'The refresh token is not valid.',
    'Sign in again. The token was cut, altered, or belongs to another server or contract.',
  ),
  refresh_token_expired: entry(401, 'The refresh token has expired.', 'Sign in again.'),
  refresh_token_reused: entry(
    401,
    'The refresh token was already used.',
    'Sign in again. Where it was not a doubled request, the whole session has been ended because somebody else may hold a copy.',
  ),
  session_ended: entry(401, 'The session has ended.', 'Sign in again.'),
  code_invalid: entry(401, 'The code is not right or no longer good.', 'Ask for a new code.'),
  step_up_required: entry(
    401,
    'Please confirm that it is you.',
    'Call `POST /v1/me/confirm`, with the `purpose` of the answer or without, then repeat the request with the new access token.',
  ),
  account_disabled: entry(403, 'The account is disabled.', 'An administrator can enable it again.'),
  email_not_verified: entry(
    403,
    'The email address is not verified.',
    'Follow the mail that was sent, or ask for another one.',
  ),
  forbidden: entry(403, 'This is not allowed.', 'The account lacks the role that this needs.'),
  origin_not_allowed: entry(
    403,
    'Requests from this origin are not allowed.',
    'List the origin in the setting `origins`, or send the token in the Authorization header.',
  ),
  email_taken: entry(409, 'The email address is taken.', 'Log in instead, or use another address.'),
  username_taken: entry(409, 'The username is taken.', 'Choose another one.'),
  phone_taken: entry(409, 'The phone number is taken.', 'Log in instead, or use another number.'),
  link_required: entry(
    409,
    'There is an account with this address already.',
    'Let the user log in to it as usual, and link the provider there: `POST /v1/me/identities/google`.',
  ),
  conflict: entry(
    409,
    'Something else has just happened.',
    'The `detail` says what stands in the way, and when to try again.',
  ),
  password_too_short: entry(
    422,
    'The password is too short.',
    'The `detail` says how many characters are needed.',
  ),
  password_too_long: entry(422, 'The password is too long.', 'At most 1,024 bytes in UTF-8.'),
  password_too_common: entry(
    422,
    'The password is too easy to guess.',
    'It is on the list of common passwords, or is made of the account’s own address or name.',
  ),
  too_many_requests: entry(429, 'Too many requests.', 'Wait as many seconds as `Retry-After` says.'),
  overloaded: entry(503, 'The server is busy.', 'Repeat after `Retry-After` seconds.'),
  store_unavailable: entry(
    503,
    'The store is unavailable.',
    'Nothing was changed. Repeat after `Retry-After` seconds; the log says why.',
  ),
  provider_unavailable: entry(
    503,
    'The provider cannot be reached.',
    'Repeat after `Retry-After` seconds, or let the user sign in another way; the log says why.',
  ),
  internal: entry(500, 'Something went wrong.', 'The log has the reason under the request id in `instance`.'),
} as const satisfies Record<string, Entry>

export type ErrorCode = keyof typeof errors

/**
 * What some codes can be told apart by, where a contract has words for it; the native one has none. `kind`: a token of
 * the other kind; `user`: its user is gone or disabled; `replaced`: by a newer log-in, where a user has one session;
 * `missing` and `type`: the worst of what is wrong with the members.
 */
export const shades = {
  access_token_invalid: ['kind'],
  refresh_token_invalid: ['kind'],
  session_ended: ['user', 'replaced'],
  invalid_request: ['missing', 'type'],
} as const satisfies Partial<Record<ErrorCode, readonly string[]>>

type Shades = typeof shades
export type ErrorShade = { [C in keyof Shades]: `${C}:${Shades[C][number]}` }[keyof Shades]

/** What is wrong with one member of the input. `path` is canonical; http turns it into a JSON pointer on the wire. */
export interface FieldProblem {
  path: readonly (string | number)[]
  code: string
  detail: string
}

export interface FailureDetails {
  /** Replaces the catalogue's sentence as `detail`. */
  detail?: string
  fields?: readonly FieldProblem[]
  /** Seconds. */
  retryAfter?: number
  /** How recent a proof `step_up_required` asks for, in seconds, and what for. */
  proof?: { readonly maxAge: number; readonly purpose?: string }
  /** Tells the code apart further, see `shades`. */
  shade?: 'kind' | 'user' | 'replaced'
  /** What was sent speaks for more than one account. */
  several?: true
  /** Methods of a 405. */
  allow?: readonly string[]
  cause?: unknown
}

/** A failure with a code of the catalogue: the only error an operation throws on purpose. */
export class Failure extends Error {
  readonly code: ErrorCode
  readonly details: FailureDetails
  constructor(code: ErrorCode, details: FailureDetails = {}) {
    super(
      details.detail ?? errors[code].title,
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.name = 'Failure'
    this.code = code
    this.details = details
  }
}

/** Makes a failure to throw: `throw fail('session_ended')`. An unknown code does not compile. */
export function fail(code: ErrorCode, details?: FailureDetails): Failure {
  return new Failure(code, details)
}
