// A fetch that carries the token: to listed origins only, with at most one refresh and one retry for each call.
import { type AccessToken, left } from './access-token.js'
import { refresh, tokenFor } from './refresh.js'
import type { Session } from './session.js'
import type { ReplayableInit, Sallyport, Target } from './types.js'
import { matches, peek } from './wire.js'

export interface Rules {
  readonly origins: readonly string[]
  readonly retryOn403: 'auto' | 'never' | 'always'
  /** Settles when it is known who is signed in. */
  readonly started: Promise<unknown>
  /** Up to which generation a 403 has been tried with a new token, in vain. */
  forbidden: number
}

export function carry(session: Session, rules: Rules, base: () => typeof fetch): Sallyport['fetch'] {
  return async (input, init = {}) => {
    const send = sender(base(), input, init)
    if (!rules.origins.includes(originOf(input)) || headersOf(input, init).has('authorization')) return send()
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
    if (isStream(init.body) || !(await mayHelp(session, rules, first, used))) return first
    const newer = await another(session, used)
    if (newer === undefined) return first
    await first.body?.cancel()
    const second = await send(newer)
    if (second.status === 403) rules.forbidden = Math.max(rules.forbidden, newer.generation)
    return second
  }
}

/** What is read once: streams, and whatever else Node sends piece by piece. */
const isStream = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && (Symbol.asyncIterator in body || 'getReader' in body)

/** Of where fetch will send it: on a page it reads addresses by `<base href>`, which need not be the page's own. */
function originOf(input: Target): string {
  const url = input instanceof Request ? input.url : String(input)
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).origin
  } catch {
    // No URL: fetch says so itself.
    return ''
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
async function mayHelp(
  session: Session,
  rules: Rules,
  response: Response,
  used: AccessToken,
): Promise<boolean> {
  const { status } = response
  if (status !== 401 && status !== 403) return false
  const body = await peek(response).catch(() => undefined)
  const { endpoints } = session.wire
  if (matches(endpoints.stepUp, status, body)) return false
  if (status === 401 || matches(endpoints.refused, status, body)) return true
  if (rules.retryOn403 === 'auto') return used.generation > rules.forbidden
  return rules.retryOn403 === 'always'
}

/** A token that is not this one: another call or tab may have one already. */
async function another(session: Session, used: AccessToken): Promise<AccessToken | undefined> {
  const { held } = session
  if (held && held.value !== used.value && left(held, session.clocks) > 0) return held
  const outcome = await refresh(session)
  return outcome.ok ? outcome.token : undefined
}
