// A fetch that carries the token: to listed origins only, with at most one refresh and one retry for each call.
import { type AccessToken, left } from './access-token.js'
import { refresh, tokenFor } from './refresh.js'
import { answeredWell, type Place, type Refusals, refusalOf, refusedAgain, triedInVain } from './refusals.js'
import type { Session } from './session.js'
import type { ReplayableInit, Sallyport, Target } from './types.js'

export interface Rules {
  readonly origins: readonly string[]
  readonly retryOn403: 'auto' | 'never' | 'always'
  /** Settles when it is known who is signed in. */
  readonly started: Promise<unknown>
  /** Up to which generation a 403 has been tried with a new token, in vain. */
  forbidden: number
  /** The same of a token that is refused as such, by service. */
  readonly refusals: Refusals
}

export function carry(session: Session, rules: Rules, base: () => typeof fetch): Sallyport['fetch'] {
  return async (input, init = {}) => {
    const send = sender(base(), input, init)
    const place = placeOf(input, init)
    if (!rules.origins.includes(place.origin) || headersOf(input, init).has('authorization')) return send()
    await rules.started
    const outcome = await tokenFor(session, 0, false)
    init.signal?.throwIfAborted()
    if (!outcome.ok) {
      // A stranger may ask too, and hears from the service what a stranger gets.
      if (outcome.error.code === 'signed_out') return send()
      throw outcome.error
    }
    const used = outcome.token
    const first = await send(used)
    if (first.ok) answeredWell(rules.refusals, place)
    if (isStream(init.body)) return first
    const refusal = await refusalOf(session, first)
    if (refusal === undefined || !mayHelp(rules, refusal, used)) return first
    const newer = newerThan(session, used) ?? (await renewed(session, rules, place, refusal))
    if (newer === undefined) return first
    await first.body?.cancel()
    const second = await send(newer)
    await learn(session, rules, place, second, newer)
    return second
  }
}

/** What is read once: streams, and whatever else Node sends piece by piece. */
const isStream = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && (Symbol.asyncIterator in body || 'getReader' in body)

/** Of where fetch will send it: on a page it reads addresses by `<base href>`, which need not be the page's own. */
function placeOf(input: Target, init: ReplayableInit): Place {
  const request = input instanceof Request ? input : undefined
  try {
    const { origin, pathname } = new URL(
      request?.url ?? String(input),
      globalThis.document?.baseURI ?? globalThis.location?.href,
    )
    return { origin, request: `${init.method ?? request?.method ?? 'GET'} ${origin}${pathname}` }
  } catch {
    // No URL: fetch says so itself.
    return { origin: '', request: '' }
  }
}

const headersOf = (input: Target, init: ReplayableInit): Headers =>
  new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined))

/** Sends the request as often as it is called, with a token or as it came. */
function sender(base: typeof fetch, input: Target, { body, ...init }: ReplayableInit) {
  return (token?: AccessToken): Promise<Response> => {
    const headers = headersOf(input, init)
    if (token) headers.set('authorization', `Bearer ${token.value}`)
    const content = typeof body === 'function' ? body() : body
    return base(input instanceof Request ? input.clone() : input, {
      ...init,
      ...(token && { headers }),
      ...(content !== undefined && { body: content }),
    })
  }
}

/** Whether another token may get another answer. */
function mayHelp(rules: Rules, refusal: string, used: AccessToken): boolean {
  if (refusal !== '403') return true
  if (rules.retryOn403 === 'auto') return used.generation > rules.forbidden
  return rules.retryOn403 === 'always'
}

/** A token that is not this one: another call or tab may have one already. */
function newerThan({ held, clocks }: Session, used: AccessToken): AccessToken | undefined {
  return held && held.value !== used.value && left(held, clocks) > 0 ? held : undefined
}

/** By a refresh, where none has been in vain. How often a plain 403 is worth one, the rule for it says alone. */
async function renewed(
  session: Session,
  rules: Rules,
  place: Place,
  refusal: string,
): Promise<AccessToken | undefined> {
  if (refusal !== '403' && triedInVain(session, rules.refusals, place, refusal)) return undefined
  const outcome = await refresh(session)
  return outcome.ok ? outcome.token : undefined
}

/** What the answer to a new token says of the service. */
async function learn(session: Session, rules: Rules, place: Place, response: Response, token: AccessToken) {
  if (response.ok) answeredWell(rules.refusals, place)
  if (response.status === 403) rules.forbidden = Math.max(rules.forbidden, token.generation)
  const refusal = await refusalOf(session, response)
  if (refusal !== undefined) refusedAgain(rules.refusals, place, refusal, token)
}
