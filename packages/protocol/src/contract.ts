// A wire contract: how operations are said on the wire. Data only: what is here must survive
// `JSON.parse(JSON.stringify(contract))`. Canonical names (those of operations/) stand on one side, the wire's on the
// other. A contract can name, place, shape and shorten; it cannot weaken: hashing, algorithm pinning, the separation
// of token kinds, uniform log-in failures and reuse detection are not parameters.
import type { ErrorCode } from './errors.js'
import type { Transport } from './operations/shapes.js'

/**
 * JSON whose strings may refer to what the core gives:
 * - `"$name"`, `"$user.email"`: the value itself; absent where the core has none, and then the member is left out
 * - `"$created_at|rfc3339"`: the value through a codec
 * - `"Hello ${user.name}"`: text with values inside
 * - `{ "$each": "$items", "as": … }`: a list; inside `as`, `$` names members of the item
 * - `"$"`: the item itself, for lists of plain values
 * - `"$input.email"`, `"${input.email}"`: what the operation was given
 * - `"$$"` at the start of a text is a plain dollar sign
 * `"$user"` in a reply is the user as the contract's `user` shows it; `"$user.email"` looks into the core's.
 */
export type Template = string | number | boolean | null | Template[] | { [member: string]: Template }

/** How a value is written: core milliseconds as RFC 3339, as seconds, as milliseconds. */
export type OutCodec = 'rfc3339' | 'seconds' | 'milliseconds'

/** How a value is read before validation. `integer` and `boolean` exist for forms and queries, which only carry text. */
export type InCodec = 'integer' | 'boolean' | 'base64'

export type TokenKind = 'access' | 'refresh' | 'verifier'

/** Where a token may be read, in order. The first that is present counts; all must belong to one user. */
export interface TokenSource {
  readonly from: 'bearer' | 'cookie' | 'body'
  readonly kind: TokenKind
  /** Cookie name (as listed in `cookies`) or wire member. */
  readonly name?: string
}

/** One input of an operation on the wire. */
export interface WireField {
  /** Wire members, the first present wins. */
  readonly names: readonly string[]
  /** Default: the body; the query where the method has none. */
  readonly from?: 'body' | 'query' | 'path'
  readonly codec?: InCodec
}

export interface Reply {
  readonly status: number
  readonly body?: Template
  /** Default: application/json. Anything that is not JSON is written as plain text. */
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  /** `set`: the cookies of the session's transport; `clear`: those of the contract that hold a session's tokens. */
  readonly cookies?: 'set' | 'clear'
}

/** What an error says: status, and whatever the error template asks for. */
export interface Say {
  readonly status?: number
  /** Replaces the catalogue's sentence; may hold `${input.…}`. */
  readonly message?: string
  /** Replaces the contract's error template for this code. */
  readonly body?: Template
  /** Contract's own words, `$say.<name>` in the error template. */
  readonly words?: Readonly<Record<string, string>>
  /** May hold `${…}` of what the error template may name. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: 'clear'
}

export interface Route {
  readonly operation: string
  /** `METHOD /path`, parameters as `:name`. */
  readonly on: string
  readonly also?: readonly string[]
  /**
   * Several routes on one path: a body member that is present, absent, or has a value. They are asked in order; one
   * without `when` takes what is left, and without such a one the member is refused as `invalid_request`.
   */
  readonly when?: { readonly member: string; readonly is: 'present' | 'absent' | { readonly value: string } }
  /** Body encodings; default `['json']`. `any` parses JSON whatever the content type says. */
  readonly accept?: readonly ('json' | 'merge-patch' | 'form' | 'any')[]
  readonly tokens?: readonly TokenSource[]
  /** Canonical input → wire; an input that is not listed is a body member of its own name. Absent inputs: `null`. */
  readonly input?: Readonly<Record<string, WireField | string | null>>
  /** Inputs that the contract fixes; what the client sends for them is not looked at. */
  readonly fixed?: Readonly<Record<string, string | number | boolean>>
  readonly reply: Reply
  /** What is answered in place of `reply` where the output has the member `when`: an operation's other shapes of success. */
  readonly instead?: readonly { readonly when: string; readonly reply: Reply }[]
  readonly errors?: Readonly<Partial<Record<ErrorCode, Say>>>
  /** Served in development only. */
  readonly developmentOnly?: true
}

export interface CookieRule {
  /**
   * `device` is read as the input `device_token` where the body has none, and outlives the session. `page` is for the
   * hosted pages and the gate, and no route reads it.
   */
  readonly holds: 'access' | 'refresh' | 'device' | 'page'
  readonly path: string
  readonly sameSite: 'Strict' | 'Lax' | 'None'
  /** A name prefix of RFC 6265bis; left out on plain-http localhost, where browsers would refuse the cookie. */
  readonly prefix?: '__Host-' | '__Secure-'
}

export interface Contract {
  readonly name: string
  readonly title: string
  /** How tokens travel by default, which other ways a client may choose, and the body member it chooses by. */
  readonly transport: {
    readonly default: Transport
    readonly allow: readonly Transport[]
    readonly member?: string
  }
  readonly cookies: Readonly<Record<string, CookieRule>>
  /** Whether a cookie-authenticated change without Origin and Sec-Fetch-Site is refused. */
  readonly origin: 'strict' | 'lenient'
  /** Seconds; what is absent comes from the settings `access_token.*` and `refresh_token.*`. */
  readonly lifetimes?: {
    readonly access?: number
    readonly idle?: number
    readonly absolute?: number
    readonly grace?: number
  }
  /** The longest access token that is accepted, seconds. */
  readonly longestAccess: number
  /** `typ` of access tokens. */
  readonly type: string
  readonly password?: { readonly min: number; readonly max: number }
  /** Which identifiers sign-up and log-in take; absent: the setting `signup.identifiers`. */
  readonly identifiers?: readonly ('email' | 'username' | 'phone')[]
  readonly user: Template
  /**
   * What a failure looks like: `$code`, `$title`, `$message`, `$status`, `$reason` (the status in words), `$type` (its
   * page), `$request_id`, `$path`, `$retry_after` (seconds), `$max_age` (seconds) and `$purpose` of the proof that is
   * asked for, `$proof` (both as RFC 9470 writes them in a challenge), `$say.…`, and `$fields`, a list of `$pointer`,
   * `$name`, `$from` (body, query or path), `$code` and `$detail`.
   */
  readonly error: { readonly body: Template; readonly contentType: string }
  /** Headers of an error, by status. */
  readonly errorHeaders?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly errors?: Readonly<Partial<Record<ErrorCode, Say>>>
  readonly routes: readonly Route[]
}
