// The gate's own cookie, for gateways on other hosts of one domain: 43 characters, `base64url(session id 16 | proof 16)`.
// The proof follows from the page cookie by a key of ours. So whoever gets to see it, which every upstream of the domain
// does, can pass the gate with it and nothing else: no page cookie follows from it. Hosts of
// another domain have one each, whose proof goes over the host too: what one application sees opens no other's door.
import { equalBytes, hmac, sha256 } from '../util/hash.js'
import { isUuidv7, uuidFromBytes, uuidToBytes } from '../util/ids.js'
import type { Context } from './context.js'
import { parsePageToken } from './page-cookie.js'
import { withUser } from './session-user.js'
import { type SessionRow, sessions, type UserRow } from './tables.js'

const canonical = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
const PROOF = 16

type Key = Parameters<typeof hmac>[0]
const proofOf = (key: Key, sid: string, pageHash: Uint8Array, host = '') =>
  hmac(key, uuidToBytes(sid), pageHash, host).subarray(0, PROOF)

/** What stands in the gate's cookie beside this page cookie; undefined where that cannot be one of ours. */
export function gateTokenOf({ secrets }: Pick<Context, 'secrets'>, pageToken: string): string | undefined {
  const page = parsePageToken(pageToken)
  if (!page) return undefined
  const proof = proofOf(secrets.key('gate'), page.sid, sha256(page.secret))
  return Buffer.concat([uuidToBytes(page.sid), proof]).toString('base64url')
}

/** The same for one host alone; undefined for a session that has no cookie of pages. */
export function hostTokenOf(
  { secrets }: Pick<Context, 'secrets'>,
  { id, page_hash }: Pick<SessionRow, 'id' | 'page_hash'>,
  host: string,
): string | undefined {
  if (!page_hash) return undefined
  const proof = proofOf(secrets.key('gate host'), id, page_hash, host)
  return Buffer.concat([uuidToBytes(id), proof]).toString('base64url')
}

/**
 * The session that a gate cookie speaks for at a host and its user, alive or not; undefined where it speaks for none.
 * `bound`: it does at this host alone.
 */
export async function sessionOfGate(
  { store, secrets }: Pick<Context, 'store' | 'secrets'>,
  token: string,
  host: string,
): Promise<{ session: SessionRow; user: UserRow; bound: boolean } | undefined> {
  if (!canonical.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  const sid = uuidFromBytes(bytes.subarray(0, 16))
  const session = isUuidv7(sid) ? await store.get(sessions, { id: sid }) : undefined
  if (!session?.page_hash) return undefined
  const { page_hash } = session
  const proof = bytes.subarray(16)
  const isProof = (purpose: string, of = '') =>
    secrets.keys(purpose).some((key) => equalBytes(proofOf(key, sid, page_hash, of), proof))
  const bound = isProof('gate host', host)
  if (!bound && !isProof('gate')) return undefined
  const found = await withUser({ store }, session)
  return found && { ...found, bound }
}
