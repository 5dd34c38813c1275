import { type InputOf, mostRoles, type OutputOf, type updateUser as operation } from '@sallyport/protocol'
import { assertMayGrant, writeStanding } from '../../domain/administrators.js'
import { cancelCodes } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { invalid, requireEmail } from '../../domain/identifiers.js'
import { markOf } from '../../domain/live.js'
import { type UserRow, users } from '../../domain/tables.js'
import { keep, profileChanges, type UserChange } from '../../domain/user-changes.js'
import { asTaken, changedMembers, searchText, showUser } from '../../domain/users.js'
import { write } from '../../store/store.js'
import { findTarget } from './target.js'

type Input = InputOf<typeof operation>

/**
 * Changes what is sent, takes away what is null (RFC 7396), and leaves the rest. A role counts at once; sessions go on.
 */
export async function updateUser(
  context: Context,
  caller: Caller,
  input: Input,
): Promise<OutputOf<typeof operation>> {
  for (;;) {
    const user = await findTarget(context, caller, input.id)
    const changed = changesOf(user, input, caller)
    const after = { ...user, ...changed }
    assertMayGrant(context, caller.administrator!, user.roles as string[], after.roles as string[])
    const updated_at = Math.max(context.clock.now(), user.updated_at + 1)
    const set = { ...changed, search: searchText(after), updated_at }
    const facts = markOf(after) === markOf(user) ? undefined : { kind: 'user_facts' as const, user: user.id }
    try {
      const writes = [write.update(users, { id: user.id }, set, 1)]
      if (after.email_normalized !== user.email_normalized) writes.push(cancelCodes(user.id))
      if (facts) writes.push(context.changes.record(facts))
      if (!(await writeStanding(context.store, user, { roles: after.roles }, writes))) continue
    } catch (error) {
      throw asTaken(error)
    }
    if (facts) context.changes.apply(facts)
    announce(context, caller, user, after)
    return { user: await showUser(context, caller.contract, { ...after, updated_at }) }
  }
}

function changesOf(user: UserRow, input: Input, { contract }: Caller): UserChange {
  const address = emailChanges(user, input, contract)
  const set: UserChange = { ...address, ...profileChanges({ ...user, ...address }, input, contract) }
  if (input.app_metadata !== undefined)
    set.app_metadata = keep(user.app_metadata, input.app_metadata, 'app_metadata')
  const roles = rolesAfter(user.roles as string[], input)
  if (roles) set.roles = roles
  const { email, preferred_username, phone_number } = { ...user, ...set }
  if (email === null && preferred_username === null && phone_number === null)
    throw invalid('email', 'cannot be taken away: it is the only way to sign in')
  return set
}

/** What is held after the change; undefined where roles are not spoken of. Throws `invalid_request`. */
function rolesAfter(held: readonly string[], input: Input): string[] | undefined {
  const { roles, add_roles: added, remove_roles: removed } = input
  if (roles !== undefined) {
    if (added || removed) throw invalid('roles', 'is the whole list: send it, or what is added and removed')
    return [...new Set(roles)]
  }
  if (!added && !removed) return undefined
  const twice = added?.find((role) => removed?.includes(role))
  if (twice !== undefined) throw invalid('add_roles', `adds ${twice}, which remove_roles takes away`)
  const after = [...new Set([...held.filter((role) => !removed?.includes(role)), ...(added ?? [])])]
  if (after.length > mostRoles) throw invalid('add_roles', `makes more than ${mostRoles} roles`)
  return after
}

/**
 * A new address is unproven unless the administrator says otherwise; on a contract that wants addresses proven it counts
 * as such, since nobody is to be held up by an administrator.
 */
function emailChanges(
  user: UserRow,
  { email, email_verified }: Input,
  { confirm }: Caller['contract'],
): UserChange {
  if (email === undefined && email_verified === undefined) return {}
  const sent = typeof email === 'string' ? requireEmail(email, 'email') : undefined
  const kept = email === undefined || sent?.normalized === user.email_normalized
  const normalized = email === undefined ? user.email_normalized : (sent?.normalized ?? null)
  const verified = email_verified ?? (kept ? user.email_verified : confirm === 'email' && normalized !== null)
  if (verified && normalized === null) throw invalid('email_verified', 'needs an address to be true of')
  if (email === undefined) return { email_verified: verified }
  return { email: sent?.address ?? null, email_normalized: normalized, email_verified: verified }
}

function announce(context: Context, caller: Caller, before: UserRow, after: UserRow): void {
  const userId = before.id
  context.events.emit('user.updated', { userId, members: changedMembers(before, after) }, caller)
  const [was, is] = [before, after].map(({ roles }) => (roles as string[]).join(' ')) as [string, string]
  if (was !== is) context.events.emit('user.roles_changed', { userId, before: was, after: is }, caller)
}
