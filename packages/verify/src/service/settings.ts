// What a service says of itself and of the server it trusts. Judged once, when the verifier is made: a mistake of the
// programmer is an exception then, and nothing a request can cause.
import { type Algorithm, algorithms, isAlgorithm } from '../algorithm.js'
import type { CacheLimits } from '../cache.js'
import { callSafely } from './failures.js'
import { assertGuard, type Guard } from './guards.js'
import type { RejectReason } from './refusal.js'
import {
  assertRule,
  isAmount,
  isFunction,
  isObject,
  isSwitch,
  isText,
  isTexts,
  members,
  type Rule,
  rule,
} from './rules.js'

/** A JSON Web Key (RFC 7517). */
export interface JsonWebKeyLike {
  readonly [member: string]: unknown
}

export interface Settings {
  /** The issuer's URL, exactly as its tokens have it in `iss`. */
  readonly issuer: string
  /** One of these must be in `aud`. */
  readonly audience: string | readonly string[]
  /** Where the issuer is reached, if not at its own URL: `http://auth:4400` inside a private network. */
  readonly server?: string
  /** What every request must bring, if not said where it is asked. */
  readonly require?: Guard
  /** The algorithms that count. Default: ES256, EdDSA, RS256; HS256 and HS512 take `keys`. */
  readonly algorithms?: readonly Algorithm[]
  /** The keys, instead of asking the issuer for them. */
  readonly keys?: readonly JsonWebKeyLike[]
  /** Accepted `typ` headers; null stands for none. Default `at+jwt` alone. */
  readonly types?: readonly (string | null)[]
  /** Claims that must be there. Default: those of RFC 9068 section 2.2. */
  readonly required?: readonly string[]
  /** Milliseconds a token is accepted past `exp`: 15,000 by default, 60,000 at most. */
  readonly expiryLeeway?: number
  /** Milliseconds that `exp` may lie after `iat`: 15 minutes by default. */
  readonly maxLifetime?: number
  /**
   * Takes what the gate says of a visitor in `Sallyport-Assertion` instead of access tokens: for an application behind a
   * gateway, whose host is the `audience`.
   */
  readonly assertion?: boolean
  /** A cookie that is looked at where there is no Authorization header; changes and WebSockets by it need an origin that is listed. */
  readonly cookie?: { readonly name: string; readonly origins?: readonly string[] }
  /**
   * How the end of a session is noticed before its token runs out. `none`: not at all, which takes as long as a token
   * lives. `feed`: the issuer says so at once. `introspection`: the issuer is asked about every token. Default `none`.
   */
  readonly revocation?: 'none' | 'feed' | 'introspection'
  /** `vk_…`, for `feed` and `introspection`. */
  readonly verifierKey?: string
  /** Where nobody can say whether a session goes on: `closed` answers 503, `open` goes on and logs it. Default `closed`. */
  readonly whenStale?: 'open' | 'closed'
  /** Milliseconds without a word from the feed until it is too stale: 20,000 by default. */
  readonly staleAfter?: number
  /** How many verified tokens are remembered. */
  readonly cache?: CacheLimits
  /** Hears of every refusal, for figures; never of a token. */
  readonly onReject?: (reason: RejectReason) => void
  /** Hears what an operator should know; `console.warn` by default. Never of a token. */
  readonly log?: (message: string) => void
  readonly fetch?: typeof fetch
  /** Milliseconds since 1970; the system's clock by default. */
  readonly now?: () => number
}

/** Settings with their defaults. */
export interface Known extends Omit<Settings, 'fetch' | 'now' | 'log' | 'algorithms' | 'server'> {
  /** Without a slash at the end. */
  readonly server: string
  readonly algorithms: ReadonlySet<string>
  readonly staleAfter: number
  readonly fetch: typeof fetch
  readonly now: () => number
  readonly log: (message: string) => void
}

const milliseconds = rule(isAmount, 'a number of milliseconds')
const hook = rule(isFunction, 'a function')
const isFilled = (value: unknown) => Array.isArray(value) && value.length > 0

const rules: Record<keyof Settings, Rule> = {
  issuer: rule(isUrl, 'the URL of the server, as its tokens have it in iss'),
  audience: rule(
    (value) => isText(value) || (isFilled(value) && isTexts(value)),
    'the name of this service, as tokens have it in aud, or a list of such',
  ),
  server: rule(isUrl, 'the URL at which the issuer is reached'),
  // By its own words, below.
  require: () => undefined,
  algorithms: rule(
    (value) => isFilled(value) && (value as unknown[]).every(isAlgorithm),
    `a list of ${algorithms.join(', ')}`,
  ),
  keys: rule(
    (value) => isFilled(value) && (value as unknown[]).every(isObject),
    'a list of JWKs, such as the member `keys` of a key set',
  ),
  types: rule(isTypes, 'a list of typ headers, such as ["at+jwt"]'),
  required: rule(isTexts, 'a list of the names of claims'),
  expiryLeeway: milliseconds,
  maxLifetime: milliseconds,
  assertion: rule(isSwitch, 'true or false'),
  cookie: members(
    {
      name: rule(isText, 'the name of the cookie'),
      origins: rule(isTexts, 'a list of origins, such as ["https://app.example.com"]'),
    },
    { needed: ['name'], mayBeUndefined: true },
  ),
  revocation: rule(isOneOf('none', 'feed', 'introspection'), 'none, feed or introspection'),
  verifierKey: rule(isText, '`sallyport key verifier create` makes one'),
  whenStale: rule(isOneOf('open', 'closed'), 'open or closed'),
  staleAfter: milliseconds,
  cache: members(
    { entries: rule(isAmount, 'a number of tokens'), bytes: rule(isAmount, 'a number of bytes') },
    { mayBeUndefined: true },
  ),
  onReject: hook,
  log: hook,
  fetch: hook,
  now: hook,
}
const ofSettings = members(rules, { needed: ['issuer', 'audience'], mayBeUndefined: true })

/** The settings with their defaults. Throws TypeError naming what is wrong with them. */
export function knownSettings(settings: Settings): Known {
  assertRule(isObject(settings) ? '' : 'settings', settings, ofSettings)
  if (settings.require !== undefined) assertGuard('require', settings.require)
  const { issuer, server, algorithms: pinned = ['ES256', 'EdDSA', 'RS256'], revocation = 'none' } = settings
  const { log = (message: string) => console.warn(`sallyport: ${message}`) } = settings
  if (server === undefined && !settings.keys && !isPrivateToUs(issuer))
    throw new TypeError(
      'issuer: keys that come by plain http can be anybody’s; https, or name `server` as well',
    )
  if (!settings.keys && pinned.every((one) => one.startsWith('HS')))
    throw new TypeError(
      `algorithms: no key set has secrets, which ${pinned.join(' and ')} take; give \`keys\` as well`,
    )
  if (revocation !== 'none' && !/^vk_[\w-]{32,}$/.test(settings.verifierKey ?? ''))
    throw new TypeError('verifierKey: `sallyport key verifier create` makes one')
  assertAssertion(settings)
  return {
    ...settings,
    ...(settings.assertion && ofAssertions(settings)),
    server: (server ?? issuer).replace(/\/$/, ''),
    algorithms: new Set(pinned),
    staleAfter: settings.staleAfter ?? 20_000,
    fetch: settings.fetch ?? ((input, init) => fetch(input, init)),
    now: settings.now ?? Date.now,
    // One that throws would end what it is told of: the feed, or the process.
    log: (message) =>
      void callSafely(
        () => log(message),
        () => {},
      ),
  }
}

/** What the gate signs: its own kind, for a minute. */
const ofAssertions = ({ types, required, maxLifetime }: Settings) => ({
  types: types ?? ['sallyport-assertion+jwt'],
  required: required ?? ['iss', 'aud', 'sub', 'iat', 'exp'],
  maxLifetime: maxLifetime ?? 60_000,
})

function assertAssertion({ assertion, cookie, revocation }: Settings): void {
  if (!assertion) return
  if (cookie) throw new TypeError('assertion: the gate says it in a header, never in a cookie')
  if (revocation === 'introspection')
    throw new TypeError('assertion: the issuer is asked about access tokens alone; choose feed or none')
}

/** A list: in a text, `includes` would look for a part of it. */
function isTypes(value: unknown): boolean {
  return isFilled(value) && (value as unknown[]).every((one) => one === null || isText(one))
}

function isOneOf(...words: string[]): (value: unknown) => boolean {
  return (value) => words.includes(value as string)
}

function isUrl(text: unknown): boolean {
  return typeof text === 'string' && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** Whether nobody can stand between us and it. */
function isPrivateToUs(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/.test(hostname)
}
