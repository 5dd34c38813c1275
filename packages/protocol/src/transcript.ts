// A transcript: how a client and a server talk over a wire contract, as a black box sees it. It lies beside its contract
// as `contracts/<name>.transcript.ts`, is written from the description of the wire and never recorded, and is data: it
// survives `JSON.parse(JSON.stringify(transcript))`. transcripts/play.ts plays it against any backend that speaks that
// wire, ours or another; transcripts/plant.ts shows that it notices wrong answers.
//
// References: `${name}` stands in every text of a step for a value of the scene. A text that is nothing else is the
// value itself, a number stays one. `${unique}` is new in every scene, so that scenes can be played again and again.
// Codecs: `${password|base64}`, `|base64url`, `|url`, `|upper`, `|lower`, `|digits` (seven, for the end of a phone
// number); `${token|tampered}` has a changed signature,
// `${token|unsigned}` none and the algorithm `none`.
//
// What is not mentioned is not allowed: an answer without `body` or `text` must be empty, one without `cookies` must set
// none. Members of a body are a subset, though, unless `$exactly` is asked for.

/**
 * JSON that an answer is held against. Objects are subsets, lists are whole. Texts that begin with `$` are words:
 * - `$any` anything, `$absent` no such member, `$text` text that is not empty, `$integer`, `$number`, `$boolean`,
 *   `$time` (RFC 3339), `$uuid`, `$jwt`, `$object`, `$list`; `$$` at the start is a plain dollar sign
 *
 * Objects with one member of these are rules:
 * - `{ $exactly: { … } }` no further members, here and in the objects inside; `{ $including: { … } }` opens it again
 * - `{ $integer: { from, to } }` a whole number in a range, ends included; `$number` likewise
 * - `{ $left: 300 }` so many seconds, or one or two less: what is left of a lifetime when the answer is written
 * - `{ $match: 'regular expression' }` text that it fits, `{ $contains: 'text' }` text that holds it
 * - `{ $not: '${old_token}' }` another value of the same type, and no empty text; `{ $oneOf: [ … ] }` any of these
 * - `{ $each: …, atLeast?, atMost? }` a list, all of whose items fit; `{ $some: … }` a list with such an item
 * - `{ $jwt: { header?, claims?, lifetime? } }` a JWT, decoded and not verified: header and claims as matchers, and
 *   `exp - iat` in seconds
 */
export type Matcher =
  | string
  | number
  | boolean
  | null
  | readonly Matcher[]
  | { readonly [member: string]: Matcher }

/** JSON whose texts may hold references. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [member: string]: Value }

/** Attributes as they stand on the wire. One that is not listed must be absent; Expires beside Max-Age does not count. */
export interface CookieAttributes {
  /** Seconds; 0 ends the cookie. */
  readonly 'Max-Age'?: Matcher
  readonly Path?: string
  readonly Domain?: string
  readonly SameSite?: 'Strict' | 'Lax' | 'None'
  readonly HttpOnly?: true
  /** `https`: where the backend is reached over https, and only there. */
  readonly Secure?: true | 'https'
}

export interface ExpectedCookie {
  /** `''` for a cookie that is cleared. */
  readonly value: Matcher
  readonly attributes: CookieAttributes
  /** A name prefix that stands on the wire over https alone. Everywhere else the cookie is called by its plain name. */
  readonly prefix?: '__Host-' | '__Secure-'
}

export interface Expectation {
  readonly status: number | readonly number[]
  /** The JSON of the body. Without `body` and `text` the body must be empty; `$any` for one that is not looked at. */
  readonly body?: Matcher
  /** The body as text, in place of `body`. */
  readonly text?: Matcher
  /** Lower-case names; a header that comes several times is joined by `, `. */
  readonly headers?: Readonly<Record<string, Matcher>>
  /** Exactly these are set or cleared; absent: none; `$any`: not looked at. */
  readonly cookies?: Readonly<Record<string, ExpectedCookie>> | '$any'
  /** Texts that stand nowhere in the answer, such as a password. */
  readonly lacks?: readonly string[]
}

/** Where a later step takes a value from. Text: a JSON pointer into the body (RFC 6901). */
export type Source =
  | string
  | { readonly header: string; readonly match?: string }
  | { readonly cookie: string }
  /** The first group of a regular expression in the body. */
  | { readonly match: string }

export interface Request {
  /** `METHOD /path?query`. */
  readonly send: string
  /** Which browser or device: each keeps its own cookies. Absent: one and the same. */
  readonly client?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Short for `Authorization: Bearer …`. */
  readonly bearer?: string
  /** Cookies in place of those that the client has kept; `{}` for none. */
  readonly cookies?: Readonly<Record<string, string>>
  readonly json?: Value
  /** `application/x-www-form-urlencoded`. */
  readonly form?: Readonly<Record<string, string>>
  /** `multipart/form-data`, fields only. */
  readonly multipart?: Readonly<Record<string, string>>
  /** A body as it is; the header `content-type` says what it is. */
  readonly raw?: string
}

interface Remark {
  /** A sentence for the reader, printed above the exchange. */
  readonly says?: string
}

export interface Exchange extends Request, Remark {
  readonly expect: Expectation
  readonly save?: Readonly<Record<string, Source>>
}

/** The same request several times at once. Every answer must fit one of the outcomes, and each outcome as often as it says. */
export interface Together extends Remark {
  readonly together: Request
  readonly times: number
  readonly expect: readonly Outcome[]
}
export interface Outcome extends Expectation {
  readonly count: number | { readonly from: number; readonly to: number }
  /** From the first answer that fits. */
  readonly save?: Readonly<Record<string, Source>>
}

/** Moves the server's clock. Seconds. */
export interface Advance extends Remark {
  readonly advance: number
}

/** Reads the newest mail or SMS to somebody; each value is the first group of a regular expression in its text. */
export interface ReadMail extends Remark {
  readonly mail: { readonly to: string; readonly save: Readonly<Record<string, string>> }
}

/** What an operator does to a user, who is named by address or username. */
export interface Administer extends Remark {
  readonly admin:
    | { readonly act: 'disable' | 'enable' | 'delete' | 'confirm'; readonly user: string }
    | { readonly act: 'grant' | 'revoke'; readonly user: string; readonly role: string }
}

export type Step = Exchange | Together | Advance | ReadMail | Administer

export interface Scene {
  /** A sentence that can be false. */
  readonly title: string
  /** Names for values, in order; a later one may refer to an earlier one. */
  readonly values?: Readonly<Record<string, Value>>
  /** Where the backend that the wire was taken from is known to answer otherwise, and why ours does not. */
  readonly departs?: string
  readonly steps: readonly Step[]
}

export interface Transcript {
  /** The contract's name. */
  readonly contract: string
  /** Settings, as flags, that a server of ours needs for it besides its wire and a clock that can be moved. */
  readonly settings?: Readonly<Record<string, string>>
  readonly scenes: readonly Scene[]
}
