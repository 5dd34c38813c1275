// Every account as a row that the importer takes: what is kept of a user, and who they are at other providers. Hashes go
// along only where that is asked for; whoever asks seals them. Sessions, codes and the like stay here.
import { cursorOf, type Where } from '../../store/store.js'
import type { Context } from '../context.js'
import { type IdentityRow, identities } from '../identities.js'
import { type UserRow, users } from '../tables.js'

const PAGE = 500

/** The oldest id first, a page at a time. Deleted accounts are gone. */
export async function* exportUsers(
  { store }: Pick<Context, 'store'>,
  passwords: boolean,
): AsyncGenerator<readonly Record<string, unknown>[]> {
  for (let after: string | undefined; ; ) {
    const rows = await store.list(users, { limit: PAGE, ...(after !== undefined && { after }) })
    const standing = rows.filter(({ status }) => status !== 'deleted')
    const linked = await identitiesOf({ store }, standing)
    yield standing.map((row) => exported(row, linked.get(row.id) ?? [], passwords))
    if (rows.length < PAGE) return
    after = cursorOf(users, rows.at(-1)!)
  }
}

async function identitiesOf({ store }: Pick<Context, 'store'>, rows: readonly UserRow[]) {
  const linked = new Map<string, IdentityRow[]>()
  // A user has few; a group of a hundred stays below what a list answers at once.
  for (let at = 0; at < rows.length; at += 100) {
    const where: Where<IdentityRow> = { user_id: { in: rows.slice(at, at + 100).map(({ id }) => id) } }
    for (let after: string | undefined; ; ) {
      const found = await store.list(identities, {
        where,
        limit: 1000,
        ...(after !== undefined && { after }),
      })
      for (const one of found) linked.set(one.user_id, [...(linked.get(one.user_id) ?? []), one])
      if (found.length < 1000) break
      after = cursorOf(identities, found.at(-1)!)
    }
  }
  return linked
}

const texts = [
  'id',
  'external_id',
  'number',
  'provider',
  'email',
  'phone_number',
  'preferred_username',
  'name',
  'given_name',
  'family_name',
  'picture',
  'locale',
  'zoneinfo',
] as const
const times = ['created_at', 'last_login_at', 'password_changed_at'] as const

function exported(row: UserRow, linked: readonly IdentityRow[], passwords: boolean) {
  const shown: Record<string, unknown> = {}
  for (const member of texts) if (row[member] !== null) shown[member] = row[member]
  if (row.email !== null) shown.email_verified = row.email_verified
  if (row.phone_number !== null) shown.phone_number_verified = row.phone_number_verified
  shown.roles = row.roles
  shown.status = row.status
  for (const member of ['metadata', 'app_metadata'] as const)
    if (Object.keys(row[member] as object).length > 0) shown[member] = row[member]
  for (const member of times) if (row[member] !== null) shown[member] = time(row[member])
  if (linked.length > 0) shown.identities = linked.map(identity)
  if (passwords && row.password_hash !== null) shown.password_hash = row.password_hash
  return shown
}

const identity = ({ provider, subject, email, created_at, last_used_at }: IdentityRow) => ({
  provider,
  subject,
  ...(email !== null && { email }),
  created_at: time(created_at),
  last_used_at: time(last_used_at),
})

const time = (at: number) => new Date(at).toISOString()
