// What a service has refused even with a new token. Without this memory a service that refuses everybody, by a wrong setting
// for one, costs a refresh a call, until the issuer gives this address no more of them and the other services suffer too.
import { type AccessToken, left } from './access-token.js'
import type { Session } from './session.js'
import { matches, peek } from './wire.js'

/** Where a request goes, and what makes another the same request. */
export interface Place {
  readonly origin: string
  readonly request: string
}

/** By origin and kind of refusal, so there are a handful. */
export type Refusals = Map<string, { readonly request: string; readonly token: AccessToken }>

/** No service is left alone for longer, in milliseconds: there are tokens that live for days. */
const longest = 300_000

/** The kind of a refusal that another token may help against: a code of the issuer's, or the status; else undefined. */
export async function refusalOf({ wire }: Session, response: Response): Promise<string | undefined> {
  const { status } = response
  if (status !== 401 && status !== 403) return undefined
  const body = await peek(response).catch(() => undefined)
  const { stepUp, refused } = wire.endpoints
  if (matches(stepUp, status, body)) return undefined
  return matches(refused, status, body) ? String(body?.[refused.member]) : String(status)
}

/**
 * Whether a new token has been tried there in vain, which holds until that token's life is over. By the life and not by the
 * generation: two services that refuse everybody would each take the other's refresh for a token still to be tried.
 */
export function triedInVain(session: Session, refusals: Refusals, { origin }: Place, kind: string): boolean {
  const token = refusals.get(`${origin} ${kind}`)?.token
  if (token === undefined || token.session !== session.known.session?.id) return false
  return left(token, session.clocks) > Math.max(0, token.lifeMs - longest)
}

/** Remembers that this was refused with a new token. */
export function refusedAgain(
  refusals: Refusals,
  { origin, request }: Place,
  kind: string,
  token: AccessToken,
) {
  refusals.set(`${origin} ${kind}`, { request, token })
}

/** What was refused is answered well, so the service is in order again. Another request of its proves nothing. */
export function answeredWell(refusals: Refusals, { request }: Place): void {
  for (const [key, refused] of refusals) if (refused.request === request) refusals.delete(key)
}
