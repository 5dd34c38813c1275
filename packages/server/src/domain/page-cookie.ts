// The cookie of the hosted pages and the gate: 43 characters, `base64url(session id 16 | secret 16)`. The session's row
// holds the secret's SHA-256. It is never good for an API, so no copy of it ever becomes a token; and it never changes
// while its session lives, so that pages that are loaded at once need no order.
import type { Contract, Transport } from '@sallyport/protocol'
import { equalBytes, sha256 } from '../util/hash.js'
import { isUuidv7, randomBytes, uuidFromBytes, uuidToBytes } from '../util/ids.js'
import type { Context } from './context.js'
import { withUser } from './session-user.js'
import { type SessionRow, sessions, type UserRow } from './tables.js'

const SECRET = 16
const canonical = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

/** A visit is written down no more often than this. Milliseconds. */
const SLIDES_EVERY = 60_000

/** The page cookie of a new session, and what its row keeps; nothing where the session's tokens travel in bodies. */
export function newPageToken(
  contract: Contract,
  transport: Transport,
  sessionId: string,
): { token: string; hash: Buffer } | undefined {
  const holdsPages = Object.values(contract.cookies).some(({ holds }) => holds === 'page')
  if (!holdsPages || transport === 'body') return undefined
  const secret = randomBytes(SECRET)
  return {
    token: Buffer.concat([uuidToBytes(sessionId), secret]).toString('base64url'),
    hash: sha256(secret),
  }
}

/** Whose session a page cookie names, right or wrong; undefined where it cannot be one of ours. */
export function parsePageToken(token: string): { sid: string; secret: Buffer } | undefined {
  if (!canonical.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  const sid = uuidFromBytes(bytes.subarray(0, 16))
  return isUuidv7(sid) ? { sid, secret: bytes.subarray(16) } : undefined
}

/** The session that a page cookie opens and its user, alive or not; undefined where it opens none. */
export async function sessionOfPage(
  { store }: Pick<Context, 'store'>,
  token: string,
): Promise<{ session: SessionRow; user: UserRow } | undefined> {
  const parsed = parsePageToken(token)
  if (!parsed) return undefined
  const session = await store.get(sessions, { id: parsed.sid })
  if (!session?.page_hash || !equalBytes(session.page_hash, sha256(parsed.secret))) return undefined
  return withUser({ store }, session)
}

/** A visit extends the idle lifetime, at most once a minute; guarded, so that it never revives what has ended. */
export async function slide(context: Context, session: SessionRow, idle: number): Promise<void> {
  const now = context.clock.now()
  if (now - session.last_seen_at < SLIDES_EVERY) return
  const where = { id: session.id, epoch: session.epoch, last_seen_at: session.last_seen_at }
  const idle_ends_at = Math.min(now + idle, session.ends_at)
  await context.store.update(sessions, where, { last_seen_at: now, idle_ends_at })
}
