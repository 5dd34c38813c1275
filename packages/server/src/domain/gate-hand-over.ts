// Applications on hosts of another domain, which never see a cookie of ours: their gateway routes `/.sallyport/` to us, and
// a session is handed over to the host by a code. What is carried by the browser on the way is sealed; the code is good
// for a minute, once, and in the browser that began alone, so that nobody can sign somebody else's browser in
// (RFC 6749 section 10.12).
//
//   gate  → /.sallyport/start?rt=     on the application's host: leaves a cookie, whose hash goes along
//         → /sign-in?rt=              here, as ever
//         → /gate/enter?rt=           here: a code for the session that is there
//         → /.sallyport/callback?code=&rt=   on the application's host: a cookie of the gate for this host alone
import { sha256 } from '../util/hash.js'
import { randomBytes } from '../util/ids.js'
import { isAlive } from './access.js'
import { gateCodes } from './codes-table.js'
import type { Context } from './context.js'
import { hostTokenOf } from './gate-cookie.js'
import { sessionOfPage } from './page-cookie.js'
import { openNote, sealNote } from './sealed-note.js'
import { withUser } from './session-user.js'
import { sessions } from './tables.js'

/** Milliseconds. */
const CODE_LIFETIME = 60_000
const secretForm = /^[A-Za-z0-9_-]{43}$/

/** Where a browser is to be signed in, and which browser that is. */
export interface HandOver {
  /** What follows from the cookie of the browser that began. */
  readonly binding: string
  /** What the browser asked for. */
  readonly address: string
}

/** What the cookie of a browser that begins holds. */
export const newBeginning = (): string => randomBytes(32).toString('base64url')
export const isBeginning = (cookie: string): boolean => secretForm.test(cookie)
/** Tells a browser without letting anybody be it. */
export const bindingOf = (cookie: string): string => sha256(cookie).toString('base64url')

/** As a text of one line, and back. */
export const writeHandOver = ({ binding, address }: HandOver): string => `${binding} ${address}`
export function readHandOver(text: string): HandOver | undefined {
  const [binding = '', address] = text.split(' ')
  return address === undefined ? undefined : { binding, address }
}

/**
 * A code for the session of a page cookie, and what it is good for; undefined where no session is there. Throws
 * `too_many_requests`: each is a row for a minute.
 */
export async function codeFor(
  context: Context,
  pageToken: string,
  handOver: HandOver,
): Promise<{ code: string; rt: string } | undefined> {
  const { store, clock } = context
  const found = await sessionOfPage(context, pageToken)
  if (!found || !isAlive(found.session, found.user, clock.now())) return undefined
  context.throttle.takeLocally('gate_session', found.session.id)
  const code = randomBytes(32).toString('base64url')
  const ids = { user_id: found.user.id, session_id: found.session.id }
  await store.insert(gateCodes, { hash: sha256(code), ...ids, expires_at: clock.now() + CODE_LIFETIME })
  return { code, rt: sealNote(context, 'gate callback', writeHandOver(handOver), CODE_LIFETIME, code) }
}

/** What the code gives: the cookie of the gate for one host, for so many milliseconds, and where to go. */
export interface Entered {
  readonly token: string
  readonly lifetime: number
  readonly address: string
}

/**
 * Trades a code for the cookie of a host. Whoever shows it with what came along, it is gone then. Undefined where it is no
 * code of ours, is over, was used, is another host’s, or belongs to a browser that began with another cookie.
 */
export async function trade(
  context: Context,
  { code, rt, beginning, origin, host }: Record<'code' | 'rt' | 'beginning' | 'origin' | 'host', string>,
): Promise<Entered | undefined> {
  const { store, clock } = context
  // Sealed beside its code: what was not made here, or is over, is no work for the store.
  const handOver = readHandOver(openNote(context, 'gate callback', rt, code) ?? '')
  const row = handOver && (await store.take(gateCodes, { hash: sha256(code) }))
  if (!row || handOver.binding !== bindingOf(beginning)) return undefined
  if (new URL(handOver.address).origin !== origin) return undefined
  const found = await withUser(context, await store.get(sessions, { id: row.session_id }))
  const now = clock.now()
  if (!found || !isAlive(found.session, found.user, now)) return undefined
  const token = hostTokenOf(context, found.session, host)
  return token === undefined
    ? undefined
    : { token, lifetime: found.session.ends_at - now, address: handOver.address }
}
