// An account that is there, changed to what a row of a file says (`--update`). What the row does not speak of stays.
// A hash gives way only to one that is as hard to guess at; a new password or a disabled account ends every session.
import { Failure } from '@sallyport/protocol'
import { UniqueViolation, write } from '../../store/store.js'
import { assertMayGrant, isAdministrative, writeStanding } from '../administrators.js'
import { cancelCodes } from '../codes.js'
import type { Caller, Context } from '../context.js'
import { sweepSessions } from '../sessions.js'
import { type UserRow, users } from '../tables.js'
import { changedMembers, endEverything, nextUpdate, passwordColumns, searchText } from '../users.js'
import type { Draft } from './draft.js'
import { isAsStrong } from './hashes.js'
import type { ImportOptions } from './importer.js'
import { Refused } from './refused.js'

type Changes = { -readonly [K in keyof UserRow]?: UserRow[K] }

/** Whether there was anything to change. Throws Refused. */
export async function amend(
  context: Context,
  caller: Caller,
  known: UserRow,
  draft: Draft,
  { dryRun, administrators }: Pick<ImportOptions, 'dryRun' | 'administrators'>,
): Promise<boolean> {
  for (;;) {
    const user = await context.store.get(users, { id: known.id })
    if (!user || user.status === 'deleted')
      throw new Refused('the account has just been deleted', 'Import the file again')
    const set = differing(user, { ...columnsOf(draft), ...(await passwordOf(context, user, draft)) })
    if (Object.keys(set).length === 0) return false
    if (!administrators && (user.roles as string[]).some(isAdministrative))
      throw new Refused(
        'the account administers this server',
        'Say --administrators if the file may change who does, and their passwords',
      )
    if (dryRun || (await store(context, caller, user, set))) return true
  }
}

function columnsOf({ email, phone, username, columns }: Draft): Changes {
  const { created_at: _made, last_login_at: _seen, password_changed_at: _changed, ...said } = columns
  return {
    ...said,
    ...(email && { email: email.address, email_normalized: email.normalized }),
    ...(phone !== undefined && { phone_number: phone }),
    ...(username && { preferred_username: username.name, username_normalized: username.normalized }),
  }
}

async function passwordOf(context: Context, user: UserRow, { hash, password }: Draft): Promise<Changes> {
  const stored = user.password_hash
  if (hash !== undefined) {
    const keeps = stored === hash || (stored !== null && !isAsStrong(hash, stored))
    return keeps ? {} : passwordColumns(context, user, hash)
  }
  if (password === undefined) return {}
  if (stored !== null && (await context.hasher.verify(password, stored)).ok) return {}
  return passwordColumns(context, user, await context.hasher.hash(password, stored ?? undefined))
}

function differing(user: UserRow, wanted: Changes): Changes {
  const entries = Object.entries(wanted) as [keyof UserRow, unknown][]
  return Object.fromEntries(
    entries.filter(([name, value]) => JSON.stringify(user[name]) !== JSON.stringify(value)),
  )
}

/** False where the user has moved meanwhile. */
async function store(context: Context, caller: Caller, user: UserRow, set: Changes): Promise<boolean> {
  // An address that is another one now is proven only where the row says so.
  if (set.email_normalized !== undefined) set.email_verified ??= false
  if (set.phone_number !== undefined) set.phone_number_verified ??= false
  const after = { ...user, ...set }
  assertMayGrant(context, caller.administrator!, user.roles as string[], after.roles as string[])
  const columns = { ...set, search: searchText(after) }
  const ends = set.password_hash !== undefined || after.status !== user.status
  const ended = ends ? endEverything(context, user, columns) : undefined
  const updated_at = nextUpdate(context, user)
  const writes = ended?.writes ?? [write.update(users, { id: user.id }, { ...columns, updated_at }, 1)]
  const voids = ends || set.email_normalized !== undefined ? [cancelCodes(user.id)] : []
  const standing = { roles: after.roles, status: after.status }
  try {
    if (!(await writeStanding(context.store, user, standing, [...writes, ...voids]))) return false
  } catch (error) {
    throw asRefused(error)
  }
  if (ended) {
    context.changes.apply(ended.change)
    await sweepSessions(context, user.id, user.epoch + 1)
  }
  announce(context, caller, user, after)
  // There may be more of these than the audit log lets wait.
  await context.audit.settled()
  return true
}

function asRefused(error: unknown): unknown {
  const next = 'See whose it is: sallyport user list --search <name>'
  if (error instanceof UniqueViolation)
    return new Refused(`${error.columns.at(-1)!.replace('_normalized', '')} is another account’s`, next)
  if (!(error instanceof Failure) || error.code !== 'forbidden') return error
  return new Refused(error.details.detail ?? error.message, 'sallyport user grant <user> admin')
}

function announce({ events }: Context, caller: Caller, before: UserRow, after: UserRow): void {
  const userId = before.id
  events.emit('user.updated', { userId, members: changedMembers(before, after) }, caller)
  const [was, is] = [before, after].map(({ roles }) => (roles as string[]).join(' ')) as [string, string]
  if (was !== is) events.emit('user.roles_changed', { userId, before: was, after: is }, caller)
  if (before.password_hash !== after.password_hash) {
    events.emit('password.changed', { userId }, caller)
    events.emit('sessions.ended', { userId }, caller)
  }
  if (before.status !== after.status)
    events.emit(after.status === 'active' ? 'user.enabled' : 'user.disabled', { userId }, caller)
}
