// The user row and what is read from it: look-up by whatever people sign in with, the view that operations answer, and
// the one guarded update that ends everything a user has open.
import { type Contract, fail, type User } from '@sallyport/protocol'
import {
  type Set as Changed,
  type Store,
  UniqueViolation,
  type Where,
  type Write,
  write,
} from '../store/store.js'
import type { Json } from '../store/table.js'
import { uuidv7 } from '../util/ids.js'
import type { Settings } from '../util/setting.js'
import type { Change } from './changes.js'
import type { Context } from './context.js'
import {
  type Email,
  isNameAlone,
  type Naming,
  parseEmail,
  parseUsername,
  type Username,
} from './identifiers.js'
import { parsePhone } from './phones.js'
import { type UserRow, users } from './tables.js'
import { ensureNumbers, objectId } from './user-ids.js'

/**
 * The user that an identifier names: an address where it holds an @, else a phone number where it can be one, else a
 * username; `key` is what limits go by. `kinds` are the identifiers that count here, `contract` says how names are read.
 */
export async function findByIdentifier(
  context: Pick<Context, 'store' | 'settings'>,
  identifier: string,
  kinds: readonly string[],
  contract: Naming = {},
): Promise<{ user?: UserRow; key: string }> {
  const ways = await readIdentifier(context.settings, identifier, kinds, contract)
  // Digits may be a number and a name: both are looked for whatever is found, so that it takes the same time.
  const found = await Promise.all(ways.map(({ where }) => userBy(context.store, where)))
  const user = found.find((one) => one !== undefined)
  if (user) return { user, key: `user ${user.id}` }
  return { key: ways[0] ? `identifier ${ways[0].normalized}` : `unreadable ${identifier.slice(0, 320)}` }
}

interface Way {
  readonly normalized: string
  readonly where: Where<UserRow>
}

/** What an identifier may mean here, the first meaning first. */
async function readIdentifier(
  settings: Settings,
  identifier: string,
  kinds: readonly string[],
  contract: Naming,
): Promise<Way[]> {
  if (!isNameAlone(contract) && identifier.normalize('NFKC').includes('@')) {
    const normalized = kinds.includes('email') ? parseEmail(identifier)?.normalized : undefined
    return normalized === undefined ? [] : [{ normalized, where: { email_normalized: normalized } }]
  }
  const phone = kinds.includes('phone') ? await parsePhone(settings, identifier) : undefined
  const name = kinds.includes('username') ? parseUsername(identifier, contract)?.normalized : undefined
  const ways: Way[] = []
  if (phone !== undefined) ways.push({ normalized: phone, where: { phone_number: phone } })
  if (name !== undefined) ways.push({ normalized: name, where: { username_normalized: name } })
  return ways
}

/** The user of a unique identifier. */
export async function userBy(store: Store, where: Where<UserRow>): Promise<UserRow | undefined> {
  const [user] = await store.list(users, { where, limit: 1 })
  return user
}

/** The user of a live token. A user that is gone ends the session. */
export async function requireUser(context: Context, id: string): Promise<UserRow> {
  const user = await context.store.get(users, { id })
  if (user?.status !== 'active') throw fail('session_ended', { shade: 'user' })
  return user
}

/** What operations answer of a user: no hash, no bookkeeping; what is null is absent. */
export function userView(row: UserRow): User {
  const view: Record<string, unknown> = {
    id: row.id,
    email_verified: row.email_verified,
    phone_number_verified: row.phone_number_verified,
    roles: row.roles,
    status: row.status,
    created_at: row.created_at,
    updated_at: row.updated_at,
    has_password: row.password_hash !== null,
    object_id: objectId(row),
  }
  for (const member of optional) if (row[member] !== null) view[member] = row[member]
  if (!isEmpty(row.metadata)) view.metadata = row.metadata
  if (!isEmpty(row.app_metadata)) view.app_metadata = row.app_metadata
  return view as unknown as User
}

/** The same for whoever a contract shows them to: each has what the contract calls them by. */
export async function showUsers(
  context: Pick<Context, 'store'>,
  contract: Pick<Contract, 'ids'>,
  rows: readonly UserRow[],
): Promise<User[]> {
  return (await ensureNumbers(context, contract, rows)).map(userView)
}

/** The same for one. */
export async function showUser(
  context: Pick<Context, 'store'>,
  contract: Pick<Contract, 'ids'>,
  row: UserRow,
): Promise<User> {
  return (await showUsers(context, contract, [row]))[0]!
}

const optional = [
  'email',
  'phone_number',
  'preferred_username',
  'name',
  'given_name',
  'family_name',
  'picture',
  'locale',
  'zoneinfo',
  'last_login_at',
  'number',
  'provider',
] as const

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** The write that stops what stands beside it where the user has moved since the row was read. It changes nothing. */
export function unmoved({ id, status, epoch, updated_at }: UserRow): Write {
  return write.update(users, { id, status, epoch, updated_at }, { status }, 1)
}

/** When a user's row changes next: never the time that it carries already. */
export const nextUpdate = ({ clock }: Pick<Context, 'clock'>, { updated_at }: UserRow): number =>
  Math.max(clock.now(), updated_at + 1)

/**
 * The columns of a new password, or of none. Its time is a new one even within a millisecond, because devices and codes
 * that were good under the one before go by it.
 */
export function passwordColumns(
  { clock }: Pick<Context, 'clock'>,
  before: Pick<UserRow, 'password_changed_at'>,
  hash: string | null,
): Pick<UserRow, 'password_hash' | 'password_changed_at'> {
  const changed = Math.max(clock.now(), (before.password_changed_at ?? 0) + 1)
  return { password_hash: hash, password_changed_at: changed }
}

/** How far the clocks of servers on one store may be apart, in milliseconds. */
const CLOCKS_APART = 60_000

/**
 * The writes that end every session of a user, but `except`: the epoch moves, and the change reaches offline
 * verifiers. They go into one `atomically`; where it answers false the user moved meanwhile. Apply `change` after it;
 * `after` is what the user's row says then.
 */
export function endEverything(
  context: Context,
  user: UserRow,
  also: Changed<UserRow> = {},
  except?: string,
): { writes: Write[]; change: Change; after: Pick<UserRow, 'epoch' | 'epoch_at' | 'updated_at'> } {
  const now = context.clock.now()
  // A session's id tells when it was made by the clock of the server that made it, which may be ahead of this one. What
  // is made from here on is given an id past this moment, by whichever clock.
  const before = Math.max(now + CLOCKS_APART, user.epoch_at + 1)
  const change: Change = {
    kind: 'user_changed',
    user: user.id,
    before,
    ...(except !== undefined && { except }),
  }
  const where = { id: user.id, epoch: user.epoch, status: user.status }
  const after = { epoch: user.epoch + 1, epoch_at: before, updated_at: Math.max(now, user.updated_at) }
  const set = { ...also, ...after, epoch: { add: 1 } }
  return { writes: [write.update(users, where, set, 1), context.changes.record(change)], change, after }
}

/** As the column has it, in characters. */
const LONGEST_SEARCH = users.columns.search.size

/** What administrators search in: every identifier and name of a user, folded, a line each. */
export function searchText(user: Pick<UserRow, 'id' | (typeof searched)[number]>): string {
  const lines = [user.id, ...searched.map((member) => user[member]).filter((value) => value !== null)]
  const text = lines.map((value) => fold(value)).join('\n')
  // Folding can make one character many; what is beyond the column is not found.
  return text.length > LONGEST_SEARCH ? [...text].slice(0, LONGEST_SEARCH).join('') : text
}

const searched = ['email', 'preferred_username', 'name', 'given_name', 'family_name', 'phone_number'] as const

/** The form in which names are compared when somebody searches: width and letter case do not matter. */
export const fold = (text: string): string => text.normalize('NFKC').toLowerCase()

/** What a write that failed for the sake of a unique identifier is answered with; any other error as it is. */
export function asTaken(error: unknown): unknown {
  if (!(error instanceof UniqueViolation) || error.table !== users.name) return error
  if (error.columns.includes('email_normalized')) return fail('email_taken')
  return fail(error.columns.includes('phone_number') ? 'phone_taken' : 'username_taken')
}

export interface Newcomer {
  email?: Email | undefined
  username?: Username | undefined
  /** E.164. */
  phone?: string | undefined
  password_hash?: string
  name?: string
  given_name?: string
  family_name?: string
  picture?: string
  locale?: string
  zoneinfo?: string
  metadata?: Record<string, unknown>
  app_metadata?: Record<string, unknown>
  roles?: string[]
  email_verified?: boolean
  provider?: string
  /** Milliseconds; for users who came from an earlier backend. */
  taken_over_at?: number
}

/** The row of a new account. What is not said is what everybody starts with. */
export function newUserRow(now: number, newcomer: Newcomer): UserRow {
  const row = {
    id: uuidv7(now),
    email: newcomer.email?.address ?? null,
    email_normalized: newcomer.email?.normalized ?? null,
    email_verified: newcomer.email_verified ?? false,
    phone_number: newcomer.phone ?? null,
    phone_number_verified: false,
    preferred_username: newcomer.username?.name ?? null,
    username_normalized: newcomer.username?.normalized ?? null,
    name: newcomer.name ?? null,
    given_name: newcomer.given_name ?? null,
    family_name: newcomer.family_name ?? null,
    picture: newcomer.picture ?? null,
    locale: newcomer.locale ?? null,
    zoneinfo: newcomer.zoneinfo ?? null,
    roles: newcomer.roles ?? [],
    status: 'active',
    password_hash: newcomer.password_hash ?? null,
    password_changed_at: newcomer.password_hash === undefined ? null : now,
    epoch: 0,
    epoch_at: 0,
    metadata: (newcomer.metadata ?? {}) as Json,
    app_metadata: (newcomer.app_metadata ?? {}) as Json,
    created_at: now,
    updated_at: now,
    last_login_at: null,
    deleted_at: null,
    restore_hash: null,
    taken_over_at: newcomer.taken_over_at ?? null,
    number: null,
    external_id: null,
    provider: newcomer.provider ?? null,
    origin: null,
  }
  return { ...row, search: searchText(row) }
}

const bookkeeping = ['taken_over_at', 'email_normalized', 'username_normalized', 'search', 'updated_at']

/** The names of what differs, as the audit log tells it. */
export function changedMembers(before: UserRow, after: UserRow): string {
  const names = Object.keys(before) as (keyof UserRow)[]
  const differs = (name: keyof UserRow) => JSON.stringify(before[name]) !== JSON.stringify(after[name])
  return names.filter((name) => !bookkeeping.includes(name) && differs(name)).join(' ')
}
