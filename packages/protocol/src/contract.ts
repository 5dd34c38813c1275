// A wire contract: how operations are said on the wire. Data only: what is here must survive
// `JSON.parse(JSON.stringify(contract))`. Canonical names (those of operations/) stand on one side, the wire's on the
// other. A contract can name, place, shape and shorten; it cannot weaken: hashing, algorithm pinning, the separation
// of token kinds, uniform log-in failures and reuse detection are not parameters.
import type { ErrorCode, ErrorShade } from './errors.js'
import type { Scope } from './operation.js'
import type { Transport } from './operations/shapes.js'

/**
 * JSON whose strings may refer to what the core gives:
 * - `"$name"`, `"$user.email"`: the value itself; absent where the core has none, and then the member is left out
 * - `"$created_at|rfc3339"`: the value through a codec
 * - `"Hello ${user.name}"`: text with values inside
 * - `{ "$each": "$items", "as": … }`: a list; inside `as`, `$` names members of the item; with `"by": "$name"` an
 *   object, its members called by that and each a list of what `as` gives
 * - `{ "$each": "$roles", "in": "roles", "as": … }`: the contract's entries for the roles that are held, in the
 *   contract's order; `"$one"` in place of `"$each"`: the first of them; `{ "$each": "#roles", "as": … }`: every entry
 * - `{ "$first": [ … ] }`: the first that there is; `{ "$all": [ … ] }`: whether all are true; `{ "$is": [a, b] }`:
 *   whether they are equal
 * - `"$"`: the item itself, for lists of plain values
 * - `"$input.email"`, `"${input.email}"`: what the operation was given
 * - `"$$"` at the start of a text is a plain dollar sign
 * `"$user"` in a reply is the user as the contract's `user` shows it; `"$user.email"` looks into the core's.
 */
export type Template = string | number | boolean | null | Template[] | { [member: string]: Template }

/** How a value is written: core milliseconds as RFC 3339, as seconds, as milliseconds; a text in capitals. */
export type OutCodec = 'rfc3339' | 'seconds' | 'milliseconds' | 'upper'

/**
 * How a value is read before validation. `integer` and `boolean` exist for forms and queries, which only carry text.
 * `base64` reads RFC 4648 section 4, UTF-8 within it or Latin-1. `roles` reads a list, `role` one value, as the member
 * `by` of the contract's entries; `empty` reads the empty text and null as nothing sent, `emptied` reads the empty text
 * as null, which takes a member away.
 */
export type InCodec = 'integer' | 'boolean' | 'base64' | 'roles' | 'role' | 'empty' | 'emptied'

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
  /** For `roles` and `role`. */
  readonly by?: string
  /** Must be sent here although the operation can do without. */
  readonly required?: true
  /**
   * Characters, counted after decoding, or items of a list as it was sent; where the operation itself asks for other
   * lengths, those hold too.
   */
  readonly min?: number
  readonly max?: number
  /** A regular expression that the decoded text must fit, looked at where its length is right. */
  readonly pattern?: string
  /** Must be the same as this other member, which is not read otherwise. */
  readonly repeats?: string
  /** The sentence for a problem, by its code (`required`, `type`, `too_short`, `base64`, …); `*` for any other. */
  readonly say?: Readonly<Record<string, string>>
}

export interface Reply {
  readonly status: number
  readonly body?: Template
  /** Default: application/json. Anything that is not JSON is written as plain text. */
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  /** `set`: the cookies of the session's transport; `clear`: those of the contract that hold a session's tokens. */
  /** Besides: `csrf` gives the cookie of `csrf` a new value. */
  readonly cookies?: 'set' | 'clear' | 'csrf'
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
  /** Clears every cookie that holds a session's tokens, or those that are listed. */
  readonly cookies?: 'clear' | readonly string[]
}

/** Words for errors: by code, or by code and shade (`access_token_invalid:kind`), which falls back to the code's own. */
export type Says = Readonly<Partial<Record<ErrorCode | ErrorShade, Say>>>

export interface Route {
  readonly operation: string
  /** `METHOD /path`, parameters as `:name`. */
  readonly on: string
  readonly also?: readonly string[]
  /**
   * Several routes on one path: a body member that is present, absent, or has a value. They are asked in order; one
   * without `when` takes what is left, and without such a one the member is refused as `invalid_request`.
   */
  readonly when?: {
    readonly member: string
    readonly is: 'present' | 'absent' | { readonly value: string | boolean }
  }
  /** Body encodings; default `['json']`. `any` parses JSON whatever the content type says. */
  readonly accept?: readonly ('json' | 'merge-patch' | 'form' | 'multipart' | 'any')[]
  readonly tokens?: readonly TokenSource[]
  /** Without a good token nothing is done, and the answer is the same. For `leaving` operations. */
  readonly optional?: true
  /** For `leaving` operations: the token must be as good as for any other, not expired and its session not ended. */
  readonly strict?: true
  /**
   * Canonical input → wire; an input that is not listed is a body member of its own name, unless the contract reads
   * `listed` ones alone. Absent inputs: `null`.
   */
  readonly input?: Readonly<Record<string, WireField | string | null>>
  /** Inputs that the contract fixes; what the client sends for them is not looked at. */
  readonly fixed?: Readonly<Record<string, string | number | boolean>>
  readonly reply: Reply
  /** What is answered in place of `reply` where the output has the member `when`: an operation's other shapes of success. */
  readonly instead?: readonly { readonly when: string; readonly reply: Reply }[]
  readonly errors?: Says
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

/** A role on a contract's wire; further members are what templates show of it. Without `role` everybody has it. */
export interface RoleEntry {
  readonly role?: string
  /** What the role may do as an administrator of this contract, beside what it may do anyway. */
  readonly scopes?: readonly Scope[]
  readonly [member: string]: string | number | boolean | readonly string[] | undefined
}

/** What stands in one kind of token besides `iat`, `exp`, `jti`, `sid` and what we tell our tokens apart by. */
export interface TokenShape {
  /** A template over the user: `$email`, `$number`, `$roles`, `$jti`, … */
  readonly claims: Readonly<Record<string, Template>>
}

/** How one kind of message of a contract leads back. A message tells the shorter of the two times. */
export interface MailRule {
  /** Path of the page on the contract's front end (the setting `contract_pages`), to which the token is appended. */
  readonly page: string
  /** Minutes the link is good for; the code with it, unless it says its own, which is no longer. */
  readonly link?: number
  readonly code?: number
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
  /** Characters. `common: 'allowed'` asks no list of common passwords. */
  readonly password?: { readonly min: number; readonly max: number; readonly common?: 'allowed' }
  /**
   * `exact`: 1 to 255 characters, compared in NFC with their letter case, none reserved. Otherwise one script, compared
   * without letter case.
   */
  readonly usernames?: 'exact'
  /**
   * `any`: a picture may be any text without control characters that no browser runs, the empty one for none, when users
   * change their profile. Otherwise an https link.
   */
  readonly pictures?: 'any'
  /**
   * What users are called by where ids are read from a path: our UUID, the user's `number`, or the `object_id` of 24
   * hexadecimal digits. Templates name what they show: `$id`, `$number`, `$object_id`.
   */
  readonly ids?: 'uuid' | 'integer' | 'objectid'
  /** Absent: RFC 9068 access tokens under the server's keys, opaque refresh tokens. Otherwise both are JWT. */
  readonly tokens?: {
    readonly algorithm: 'HS256' | 'HS512' | 'RS256' | 'ES256'
    /** Whether access and refresh tokens share a secret; they never stand in for each other in either case. */
    readonly keys: 'one' | 'per-kind'
    readonly access: TokenShape
    readonly refresh: TokenShape
  }
  readonly sessions?: {
    /** `one`: a log-in or sign-up ends the user's other sessions on this contract. Default `many`. */
    readonly perUser?: 'one' | 'many'
    /**
     * What an access token must be besides signed and in time. `stateless`: nothing. `session` (default): of a session
     * that has not ended. `live`: and its user active, with the address and roles that the token was made with.
     */
    readonly check?: 'stateless' | 'session' | 'live'
    /** `session`: whoever is signed in may do what otherwise asks for a recent proof. */
    readonly proof?: 'session'
  }
  /**
   * `email`: an account with an address cannot be used before it is proven; `none`: it can. Absent: the setting
   * `signup.require_verified`.
   */
  readonly confirm?: 'email' | 'none'
  readonly mail?: {
    readonly verify_email?: MailRule
    readonly reset_password?: MailRule
    /** Minutes that a code for a phone number is good for. */
    readonly verify_phone?: { readonly code: number }
    /** Codes to type: six digits (default), or eight letters and digits. */
    readonly codes?: 'digits' | 'letters'
  }
  readonly roles?: readonly RoleEntry[]
  /**
   * Which other origins' pages may read answers. `listed` (default): those of the setting `origins`; `any`, without
   * credentials; `none`. In development those of `development` besides.
   */
  readonly cors?: {
    readonly origins: 'listed' | 'any' | 'none'
    readonly development?: readonly string[]
    /** Request headers besides Authorization and Content-Type. */
    readonly headers?: readonly string[]
  }
  /** A token that a page reads from a cookie and sends back in a header; asked for only where `strict`. */
  readonly csrf?: { readonly cookie: string; readonly header: string; readonly strict: boolean }
  /**
   * `listed`: only the inputs that a route lists are read; whatever else stands in a body is ignored, also what an
   * operation refuses.
   */
  readonly members?: 'listed'
  /**
   * `refused`: where members of a body are read, a request without body and content type is one of another content type.
   * Otherwise it is one without members.
   */
  readonly bodiless?: 'refused'
  /** Which identifiers sign-up and log-in take; absent: the setting `signup.identifiers`. */
  readonly identifiers?: readonly ('email' | 'username' | 'phone')[]
  readonly user: Template
  /**
   * What a failure looks like: `$code`, `$title`, `$message`, `$status`, `$reason` (the status in words), `$type` (its
   * page), `$request_id`, `$path`, `$retry_after` (seconds), `$max_age` (seconds) and `$purpose` of the proof that is
   * asked for, `$proof` (both as RFC 9470 writes them in a challenge), `$say.…`, `$now` (milliseconds), `$details` (the sentences
   * of the fields, joined by ". "), and `$fields`, a list of `$pointer`, `$name`, `$from` (body, query or path), `$code`
   * and `$detail`.
   */
  readonly error: { readonly body: Template; readonly contentType: string }
  /** Headers of an error, by status. */
  readonly errorHeaders?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly errors?: Says
  /** Other codes and sentences for what is wrong with a member, by our code; `*` for any other. */
  readonly problems?: Readonly<Record<string, { readonly code?: string; readonly detail?: string }>>
  /** What the pages of an earlier front end are now: a browser that navigates to the path is led to the other one. */
  readonly pages?: Readonly<Record<string, string>>
  readonly routes: readonly Route[]
}
