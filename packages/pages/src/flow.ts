// What a message was sent for from this browser: the ticket by which it is known again, whom to name, and when another
// message may be asked for. Kept in a cookie, sealed.
import type { PageAnswer, PageRequest } from '@sallyport/protocol'
import type { Tools } from './lent.js'
import { go, type Visit } from './visit.js'

export interface Flow {
  readonly kind: 'verify' | 'change' | 'reset' | 'login' | 'phone' | 'set'
  /** The address or number that was typed; where none is known, empty. */
  readonly account: string
  readonly ticket?: string
  /** Milliseconds since 1970. */
  readonly endsAt: number
  readonly resendAt: number
  /** A sealed return address. */
  readonly rt?: string
}

/** Milliseconds. */
const KEPT = 24 * 3_600_000

export const noFlow = { name: 'flow' } as const

export function readFlow(request: Pick<PageRequest, 'cookie'>, tools: Tools): Flow | undefined {
  const sealed = request.cookie('flow')
  const text = sealed === undefined ? undefined : tools.open('flow', sealed, '')
  return text === undefined ? undefined : (JSON.parse(text) as Flow)
}

/** What operations that send a message answer. Milliseconds. */
interface Asked {
  readonly expires_in: number
  readonly resend_after?: number
  readonly ticket?: string
}

/** As long as a code is good, where an answer does not say it. Milliseconds. */
export const CODE_LIFETIME = 10 * 60_000

/** On to the page that goes on with a message. */
export function begin(
  visit: Visit,
  path: string,
  kind: Flow['kind'],
  account: string,
  asked: Asked,
): PageAnswer {
  return go(path, { cookies: [flowCookie(visit, kind, account, asked)] })
}

/** The cookie by which this browser is known when it comes back with what a message brought. */
export function flowCookie(
  { tools, returnTo }: Pick<Visit, 'tools' | 'returnTo'>,
  kind: Flow['kind'],
  account: string,
  { expires_in, resend_after = 0, ticket }: Asked,
) {
  const rt = returnTo.sealed
  const now = tools.now()
  const next: Flow = {
    kind,
    account,
    endsAt: now + expires_in,
    resendAt: now + resend_after,
    ...(ticket !== undefined && { ticket }),
    ...(rt !== undefined && { rt }),
  }
  const value = tools.seal('flow', JSON.stringify(next), KEPT, '')
  return { name: 'flow', value, seconds: KEPT / 1000 } as const
}

/** The flow of this browser where it is of that kind. */
export const flowOf = ({ flow }: Visit, ...kinds: Flow['kind'][]): Flow | undefined =>
  flow && kinds.includes(flow.kind) ? flow : undefined
