// The access cookie is over in minutes, and only the refresh token makes another: the cookie of the pages never does. The
// refresh cookie goes to its own path alone, so a browser that comes to the sign-in page with a live session and nothing
// that an application would take is led there first. Without that it would be led in circles.
import type { IncomingMessage } from 'node:http'
import { type Data, Failure } from '@sallyport/protocol'
import { sha256 } from '../util/hash.js'
import { readCookie } from './cookies.js'
import { factsOf } from './exchange.js'
import type { Core, Exchange } from './serve.js'

/** Below the path of the native contract's refresh cookie. */
export const RENEWAL = '/v1/renew'

/**
 * Whether another site sent the browser. No application of one ever sees the access cookie; and who could have a token spent
 * and the answer thrown away, by closing the window, would end the session of whoever comes back with the one of before.
 */
export const isFromElsewhere = ({ headers }: IncomingMessage): boolean =>
  headers['sec-fetch-site'] === 'cross-site'

/** Where a browser is led that has a session and no access cookie that is good; undefined where it has one, or needs none. */
export async function renewalFor(core: Core, exchange: Exchange): Promise<string | undefined> {
  if (isFromElsewhere(exchange.request)) return undefined
  const operation = core.door.operations.get('profile.get')
  const value = tokenOf(exchange, 'access')
  if (operation === undefined || value === undefined) return RENEWAL
  try {
    await core.door.authenticate(operation, [{ kind: 'access', from: 'cookie', value }], factsOf(exchange))
    return undefined
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return RENEWAL
  }
}

/** New tokens for the browser's refresh cookie; undefined where it has none that is good. */
export async function refreshed({ door }: Core, exchange: Exchange): Promise<Data | undefined> {
  const operation = door.operations.get('refresh')
  const value = tokenOf(exchange, 'refresh')
  if (operation === undefined || value === undefined) return undefined
  const facts = factsOf(exchange)
  try {
    const caller = await door.authenticate(operation, [{ kind: 'refresh', from: 'cookie', value }], facts)
    await door.limit(operation, facts)
    // A browser whose answer was lost, or that comes twice at once, gets the same tokens again.
    const attempt_id = sha256(value).toString('base64url')
    return (await door.call(operation, caller, { attempt_id })) as Data
  } catch (error) {
    if (error instanceof Failure && lost.has(error.code)) return undefined
    throw error
  }
}

const lost: ReadonlySet<string> = new Set([
  'refresh_token_invalid',
  'refresh_token_expired',
  'refresh_token_reused',
  'session_ended',
  'token_missing',
])

function tokenOf({ request, speech }: Exchange, holds: 'access' | 'refresh'): string | undefined {
  const cookie = speech.cookies.find((one) => one.holds === holds)
  return cookie && readCookie(request.headers.cookie ?? '', cookie.name)
}
