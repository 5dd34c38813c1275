// A service's verifier: a request comes in, and whose it is comes out, or how to say no. Around the token's own check
// (../examine.ts) stand the issuer's keys, what has ended, and what the route asks for. Whatever cannot be known refuses.
import { engine } from '#engine'
import type { Accepted, Reason, Verdict } from '../verdict.js'
import { type AuthContext, authContext } from './auth.js'
import { type AnyRequest, findToken } from './credentials.js'
import { callSafely } from './failures.js'
import { type Feed, followFeed } from './feed.js'
import { assertGuard, type Guard, guardProblem } from './guards.js'
import { createIntrospection, type Introspection } from './introspection.js'
import { createKeys, type Keys } from './jwks.js'
import { type Refusal, refusal, type Said } from './refusal.js'
import { type Known, knownSettings, type Settings } from './settings.js'

export interface Granted {
  readonly ok: true
  readonly auth: AuthContext
}

export type Answer = Granted | Refusal

export interface Verifier {
  /**
   * Whose request it is, if they may make it; never throws because of a request. `guard` adds to the settings' `require`;
   * one that is misspelled rejects with TypeError.
   */
  (request: AnyRequest, guard?: Guard): Promise<Answer>
  /** The same for a token that came another way, such as by a WebSocket's first message. */
  token(token: string, guard?: Guard): Promise<Answer>
  /** Why the guard does not let pass whoever was verified already; undefined where it does. */
  check(auth: AuthContext, guard: Guard): Refusal | undefined
  /** Resolves when there are keys, and the feed is current where there is one; false where that cannot be had just now. */
  ready(): Promise<boolean>
  /** Milliseconds since the feed was current: Infinity where it never was, 0 without a feed. */
  staleness(): number
  /** Ends the feed, which otherwise keeps the process alive. */
  close(): void
}

/** The parts of one verifier. */
interface Parts {
  readonly known: Known
  readonly keys: Keys
  readonly tokens: { verify(token: string): Verdict | Promise<Verdict>; dropKey(kid: string): void }
  readonly introspect: Introspection | undefined
  /** The feed, which begins when it is first asked for. */
  feed(): Feed | undefined
  close(): void
  /** Whether tokens are being accepted though nobody can say; logged once. */
  isOpen: boolean
}

/**
 * Judges the access tokens of one issuer. Asks the issuer for nothing before the first request.
 * @throws TypeError or RangeError where the settings make no sense
 */
export function createVerifier(settings: Settings): Verifier {
  const known = knownSettings(settings)
  const parts = assemble(known)
  const judge = async (token: string, guard: Guard | undefined): Promise<Answer> => {
    // Nothing is waited for that is there already: a known token is answered in the same turn.
    const soon = accept(parts, token)
    const found = soon instanceof Promise ? await soon : soon
    if ('code' in found) return refuse(known, found)
    const auth = authContext(found.claims, token)
    const problem = guardsProblem(known, auth, guard)
    return problem ? refuse(known, problem) : { ok: true, auth }
  }
  const verify = (request: AnyRequest, guard?: Guard): Promise<Answer> => {
    const mistake = mistakeIn(guard)
    if (mistake) return mistake
    const found = findToken(request, known)
    return 'token' in found ? judge(found.token, guard) : Promise.resolve(refuse(known, found))
  }
  return Object.assign(verify, {
    token: (token: string, guard?: Guard) => mistakeIn(guard) ?? judge(token, guard),
    check: (auth: AuthContext, guard: Guard) => {
      assertGuard('guard', guard)
      const problem = guardProblem(guard, auth, known.now(), known.log)
      return problem && refuse(known, problem)
    },
    ready: async () => (await parts.keys.have()) && ((await parts.feed()?.current()) ?? true),
    staleness: () => parts.feed()?.staleness() ?? 0,
    close: parts.close,
  })
}

function assemble(known: Known): Parts {
  const { issuer, audience, types, required, expiryLeeway, maxLifetime, cache, now, revocation } = known
  const keys = createKeys(known)
  let feed: Feed | undefined
  const options = { issuer, audience, types, required, expiryLeeway, maxLifetime, cache, now }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const tokens = engine.createTokenVerifier({
    ...(given as typeof options & { issuer: string; audience: string }),
    keys: keys.current,
    isRevoked: (claims) => feed?.ended.has(claims) === true,
  } as Parameters<typeof engine.createTokenVerifier>[0])
  const dropKey = (kid: string) => {
    keys.drop(kid)
    tokens.dropKey(kid)
  }
  return {
    known,
    keys,
    tokens,
    introspect: revocation === 'introspection' ? createIntrospection(known) : undefined,
    feed: () => {
      if (revocation === 'feed') feed ??= followFeed(known, dropKey)
      return feed
    },
    close: () => feed?.close(),
    isOpen: false,
  }
}

type Soon<T> = T | Promise<T>

/** A token that is good and has not ended, or what is said instead. */
function accept(parts: Parts, token: string): Soon<Accepted | Said> {
  const { keys, tokens } = parts
  const feed = parts.feed()
  const have = keys.have()
  const verdict = have === true ? tokens.verify(token) : undefined
  if (verdict === undefined || verdict instanceof Promise || !verdict.ok)
    return judgeToken(parts, token, have, verdict).then((found) =>
      'code' in found ? found : goesOn(parts, token, found, feed),
    )
  return goesOn(parts, token, verdict, feed)
}

/** What a token is worth by itself, after another look at the keys where it names one that is not known. */
async function judgeToken(
  { keys, tokens }: Parts,
  token: string,
  have: Soon<boolean>,
  found: Soon<Verdict> | undefined,
): Promise<Accepted | Said> {
  if (!(await have)) return unavailable('keys_unavailable')
  let verdict = await (found ?? tokens.verify(token))
  if (!verdict.ok && verdict.reason === 'unknown_key') {
    const looked = await keys.lookAgain()
    if (looked === 'unknown') return unavailable('keys_unavailable')
    if (looked === 'looked') verdict = await tokens.verify(token)
  }
  return verdict.ok ? verdict : saidOf(verdict.reason)
}

/** A good token, unless its session has ended or nobody can say. */
function goesOn(
  parts: Parts,
  token: string,
  verdict: Accepted,
  feed: Feed | undefined,
): Soon<Accepted | Said> {
  if (parts.introspect) return parts.introspect(token).then((said) => asAsked(parts, verdict, said))
  const current = feed?.current() ?? true
  if (current === true) {
    parts.isOpen = false
    return verdict
  }
  if (current === false) return stale(parts) ?? verdict
  return current.then((isCurrent) => {
    // What was heard while we waited counts.
    if (feed?.ended.has(verdict.claims)) return saidOf('revoked')
    return isCurrent ? verdict : (stale(parts) ?? verdict)
  })
}

function asAsked(parts: Parts, verdict: Accepted, said: Awaited<ReturnType<Introspection>>): Accepted | Said {
  if (said === 'ended') return saidOf('revoked')
  if (said === 'unknown') return stale(parts) ?? verdict
  parts.isOpen = false
  return verdict
}

/** Nobody can say whether the session goes on: what the operator chose. */
function stale(parts: Parts): Said | undefined {
  const { known } = parts
  if (known.whenStale !== 'open') return unavailable('revocation_unavailable')
  if (!parts.isOpen)
    known.log('nobody can say which sessions have ended, and tokens are accepted all the same')
  parts.isOpen = true
  return undefined
}

function unavailable(reason: 'keys_unavailable' | 'revocation_unavailable'): Said {
  return {
    code: 'verifier_unavailable',
    reason,
    detail: 'The issuer cannot be reached. Try again in a moment.',
  }
}

function saidOf(reason: Reason): Said {
  const challenge = { error: 'invalid_token' }
  if (reason === 'expired')
    return { code: 'access_token_expired', reason, detail: 'Refresh it and try again.', challenge }
  if (reason === 'revoked') return { code: 'session_ended', reason, detail: 'Sign in again.', challenge }
  return { code: 'access_token_invalid', reason, detail: 'This token is not accepted here.', challenge }
}

/** A guard that is none is its programmer's mistake, told at its first request, whoever that is from. */
function mistakeIn(guard: Guard | undefined): Promise<never> | undefined {
  try {
    if (guard !== undefined) assertGuard('guard', guard)
    return undefined
  } catch (error) {
    return Promise.reject(error)
  }
}

function guardsProblem(
  { require, now, log }: Known,
  auth: AuthContext,
  guard: Guard | undefined,
): Said | undefined {
  const at = now()
  return (require && guardProblem(require, auth, at, log)) ?? (guard && guardProblem(guard, auth, at, log))
}

function refuse({ issuer, onReject, log }: Known, said: Said): Refusal {
  if (onReject)
    callSafely(
      () => onReject(said.reason),
      (words) => log(`onReject failed: ${words}`),
    )
  return refusal(issuer, said)
}
