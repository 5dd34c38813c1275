// The end of an account. It is marked deleted and everything it has open ends at once; for seven days its identifiers stay
// reserved and a mailed link brings it back; then it goes with all that it owns, table by table. What an account owns is
// said by the tables (`owner`), so nothing is forgotten here when a feature gets one more.
import { fail } from '@sallyport/protocol'
import { type Store, type Where, type Write, write } from '../store/store.js'
import type { AnyTable, Table } from '../store/table.js'
import { equalBytes, sha256 } from '../util/hash.js'
import { isUuidv7, randomBytes, uuidFromBytes, uuidToBytes } from '../util/ids.js'
import { endUser, writeStanding } from './administrators.js'
import type { Caller, Context } from './context.js'
import { linkTo } from './links.js'
import { circumstances, post } from './messages.js'
import { sweepSessions } from './sessions.js'
import { type UserRow, users } from './tables.js'
import type { UserChange } from './user-changes.js'
import { searchText } from './users.js'

/** How long a deleted account's identifiers stay reserved and it can come back. Milliseconds. */
const RESERVED = 7 * 86_400_000
const BATCH = 500
const SECRET = 32
const canonical = /^[A-Za-z0-9_-]{64}$/

/**
 * Marks an account deleted, ends every session, and mails the owner how to undo it, in one write; false where the user
 * has moved since it was read. Only who has proved the address is told, since the link brings the account back; and
 * a disabled account does not come back by a link. Throws `forbidden` for the last administrator.
 */
export async function deleteAccount(context: Context, caller: Caller, user: UserRow): Promise<boolean> {
  const now = context.clock.now()
  const secret = user.status === 'active' && user.email_verified ? randomBytes(SECRET) : undefined
  const given = givenUp(user)
  const search = searchText({ ...user, ...given })
  const restore_hash = secret ? sha256(secret) : null
  const also = { ...given, search, status: 'deleted', deleted_at: now, restore_hash }
  const told = secret ? [farewell(context, caller, user, secret)] : []
  if (!(await endUser(context, user, also, told))) return false
  if (secret) context.outbox.hurry()
  context.events.emit('user.deleted', { userId: user.id }, caller)
  await sweepSessions(context, user.id, user.epoch + 1)
  return true
}

/** What nobody has proven is nobody's to keep from its owner for another week. */
function givenUp(user: UserRow): UserChange {
  return {
    ...(!user.email_verified && { email: null, email_normalized: null }),
    ...(!user.phone_number_verified && { phone_number: null }),
  }
}

function farewell(context: Context, caller: Caller, user: UserRow, secret: Buffer): Write {
  const link = linkTo(context, 'restore', Buffer.concat([uuidToBytes(user.id), secret]).toString('base64url'))
  const facts = { ...circumstances(context, caller), link }
  const goodUntil = context.clock.now() + RESERVED
  return post(context, { topic: 'account_deleted', to: user.email!, user, facts, goodUntil })
}

/**
 * Brings an account back by the token of its link, once; no session of before comes back with it. Throws `code_invalid`
 * for any token that is not good, whatever the reason.
 */
export async function restoreAccount(context: Context, caller: Caller, token: string): Promise<void> {
  const { store, clock } = context
  const { id, hash } = parse(token)
  for (;;) {
    const user = await store.get(users, { id })
    const now = clock.now()
    const standing = user?.status === 'deleted' && now < (user.deleted_at ?? 0) + RESERVED
    if (!standing || !user.restore_hash || !equalBytes(user.restore_hash, hash)) throw refuse()
    const set = {
      status: 'active',
      deleted_at: null,
      restore_hash: null,
      updated_at: Math.max(now, user.updated_at + 1),
    }
    const back = write.update(users, { id, status: 'deleted', restore_hash: hash }, set, 1)
    const change = { kind: 'user_facts' as const, user: id }
    const writes = [back, context.changes.record(change)]
    if (!(await writeStanding(store, user, { status: 'active' }, writes))) continue
    context.changes.apply(change)
    context.events.emit('user.restored', { userId: id }, caller)
    return
  }
}

function parse(token: string): { id: string; hash: Buffer } {
  if (!canonical.test(token)) throw refuse()
  const bytes = Buffer.from(token, 'base64url')
  const id = uuidFromBytes(bytes.subarray(0, 16))
  if (!isUuidv7(id)) throw refuse()
  return { id, hash: sha256(bytes.subarray(16)) }
}

const refuse = () => fail('code_invalid', { detail: 'This link is not good any more.' })

/** Removes one batch of accounts that were deleted long enough ago, with what they own. Answers how many. */
export async function sweepDeletedUsers(context: Context): Promise<number> {
  const where = { status: 'deleted', updated_at: { lte: context.clock.now() - RESERVED } }
  const order = { by: ['status', 'updated_at'], direction: 'ascending' } as const
  const gone = await context.store.list(users, { where, order, limit: BATCH })
  for (const user of gone) await removeAccount(context, user)
  return gone.length
}

/** What the account owns goes first and its row last: an end in between is made good by the next sweep. */
async function removeAccount({ store, owned }: Context, { id, updated_at }: UserRow): Promise<void> {
  // From here on no link brings it back, in whichever process it is opened.
  const closed = await store.update(users, { id, status: 'deleted', updated_at }, { restore_hash: null })
  if (closed === 0) return
  for (const table of owned) await removeOwned(store, table, id)
  await store.remove(users, { id, status: 'deleted' })
}

async function removeOwned(store: Store, table: AnyTable, id: string): Promise<void> {
  const rows = table as unknown as Table<Record<string, unknown>>
  const where = { [table.owner!]: id } as Where<Record<string, unknown>>
  while ((await store.remove(rows, where, BATCH)) === BATCH);
}
