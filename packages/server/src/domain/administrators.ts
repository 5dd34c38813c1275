// Administrators: which roles are, what each may do, and the count that keeps the last one in. A role that is not named
// here is the application's own and means nothing to us.
import { type Contract, fail, type Operation, type Scope } from '@sallyport/protocol'
import { type Set as Changed, type Store, UniqueViolation, type Write, write } from '../store/store.js'
import { cancelCodes } from './codes.js'
import type { Administrator, Context } from './context.js'
import { administration, type UserRow, users } from './tables.js'
import { endEverything } from './users.js'

/** The scopes of each administrative role; `all` includes granting administrative roles to others. */
const roles: Readonly<Record<string, 'all' | readonly Scope[]>> = {
  admin: 'all',
  auditor: [
    'users:read',
    'sessions:read',
    'keys:read',
    'apikeys:read',
    'audit:read',
    'stats:read',
    'settings:read',
    'mail:read',
  ],
}

/** Whether a role lets its bearer into anything an administrator sees. */
export const isAdministrative = (role: string): boolean => Object.hasOwn(roles, role)

/** How long an administrator's proof of identity counts for writing. Milliseconds. */
const FRESH = 15 * 60_000

/** What a contract lets a role do beside what it may do anyway. An entry that everybody has opens nothing. */
const scopesOn = (contract: Contract, role: string): readonly Scope[] =>
  (contract.roles ?? []).flatMap((entry) => (entry.role === role ? (entry.scopes ?? []) : []))

/**
 * The user as an administrator who may do this on a contract. Throws `forbidden`, or `step_up_required` for a write
 * after 15 minutes, unless the contract does without recent proofs.
 */
export function administratorOf(
  context: Context,
  user: UserRow,
  authTime: number,
  operation: Operation,
  contract: Contract,
): Administrator {
  const names = user.roles as string[]
  const held = names.flatMap((role) => (isAdministrative(role) ? [roles[role]!] : []))
  const full = held.includes('all')
  const scopes = [
    ...held.flatMap((some) => (some === 'all' ? [] : some)),
    ...names.flatMap((role) => scopesOn(contract, role)),
  ]
  if (!full && !scopes.includes(operation.scope!)) throw fail('forbidden')
  const waived = contract.sessions?.proof === 'session'
  if (!waived && operation.effect === 'write' && context.clock.now() - authTime > FRESH)
    throw fail('step_up_required', {
      detail: 'Administrators write only within 15 minutes of proving who they are.',
      proof: { maxAge: FRESH / 1000 },
    })
  return { kind: 'user', id: user.id, full, scopes }
}

/**
 * Throws `forbidden` where a change of roles reaches above who makes it, or touches somebody who stands higher: an
 * administrator, or a holder of a role that may do more on some contract.
 */
export function assertMayGrant(
  { contracts }: Pick<Context, 'contracts'>,
  actor: Administrator,
  before: readonly string[],
  after: readonly string[],
): void {
  if (actor.full) return
  const named = [...before, ...after]
  if (named.some(isAdministrative))
    throw fail('forbidden', { detail: 'Only an administrator may touch administrators and their roles.' })
  const above = (role: string) =>
    contracts.some((contract) => scopesOn(contract, role).some((scope) => !actor.scopes?.includes(scope)))
  if (named.some(above))
    throw fail('forbidden', { detail: 'This role may do more than whoever would give or take it.' })
}

interface Standing {
  readonly roles: UserRow['roles']
  readonly status: string
}

const counts = ({ roles: held, status }: Standing) =>
  status === 'active' && (held as string[]).includes('admin')

/**
 * The write that keeps the count of active administrators when a user changes, to go into the same `atomically`. It
 * matches nothing, and so stops the change, where it would take the last administrator away.
 */
export function countAdministrators(before: Standing, after: Standing): Write[] {
  const change = Number(counts(after)) - Number(counts(before))
  if (change === 0) return []
  const where = change < 0 ? { id: 'first', active: { gt: 1 } } : { id: 'first' }
  return [write.update(administration, where, { active: { add: change } }, 1)]
}

/**
 * Writes a change of a user together with the count of administrators; false where the user has moved since `before`
 * was read. Throws `forbidden` where it would take the last administrator away.
 */
export async function writeStanding(
  store: Store,
  before: UserRow,
  after: Partial<Standing>,
  writes: readonly Write[],
): Promise<boolean> {
  const { id, status, epoch, updated_at } = before
  const next = { roles: before.roles, status, ...after }
  const unmoved = write.update(users, { id, status, epoch, updated_at }, { status }, 1)
  if (await store.atomically([unmoved, ...writes, ...countAdministrators(before, next)])) return true
  const now = await store.get(users, { id })
  if (now?.updated_at === updated_at && now.epoch === epoch) await assertNotLast(store, before, next)
  return false
}

/**
 * Ends every session of a user together with a change of their row and what `beside` it is to be written; false where
 * the user has moved since it was read.
 * Throws `forbidden` for the last administrator.
 */
export async function endUser(
  context: Context,
  user: UserRow,
  also: Changed<UserRow> = {},
  beside: readonly Write[] = [],
): Promise<boolean> {
  const { writes, change } = endEverything(context, user, also)
  const after = also.status === undefined ? {} : { status: also.status }
  // What is on its way to somebody who is shut out stays void when they are let in again.
  const voided = Object.keys(also).length === 0 ? [] : [cancelCodes(user.id)]
  if (!(await writeStanding(context.store, user, after, [...writes, ...voided, ...beside]))) return false
  context.changes.apply(change)
  return true
}

/** Throws `forbidden` where a change would take the last administrator away. */
export async function assertNotLast(store: Store, before: Standing, after: Standing): Promise<void> {
  if (!counts(before) || counts(after)) return
  const row = await store.get(administration, { id: 'first' })
  if (row && row.active <= 1)
    throw fail('forbidden', { detail: 'This is the last administrator: make another one first.' })
}

/** The one row that all of this stands on. */
export async function prepareAdministration(store: Store): Promise<void> {
  if (await store.get(administration, { id: 'first' })) return
  try {
    await store.insert(administration, {
      id: 'first',
      token_hash: null,
      token_ends_at: null,
      claimed_at: null,
      active: 0,
      audit_chains: 0,
      audit_chains_hash: null,
    })
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error
  }
}
