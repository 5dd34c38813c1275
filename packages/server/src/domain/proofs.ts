// What it means for an account that somebody has proven its address. Somebody else may have made the account in advance
// with that address, to share it later: so the first proof, by whoever is not known to have made the account, leaves
// nothing by which the other could come back. Password, sessions, the other unproven or added ways in, and everything
// that is pending go. Features that add ways in (identities, passkeys) are dropped here too. How something is proven
// (codes.ts, a provider's word) is not known here.
import { fail } from '@sallyport/protocol'
import { type Where, type Write, write } from '../store/store.js'
import { cancelCodes } from './codes.js'
import { codes } from './codes-table.js'
import type { Caller, Context } from './context.js'
import { identities } from './identities.js'
import { sweepSessions } from './sessions.js'
import { type UserRow, users } from './tables.js'
import type { UserChange } from './user-changes.js'
import { endEverything, nextUpdate, passwordColumns, searchText, unmoved, userBy } from './users.js'

/** A change of a user that is ready to be written. */
export interface Prepared {
  /** The user as they will be. */
  readonly after: UserRow
  /** For `atomically`; nothing is written where the user has moved since. */
  readonly writes: readonly Write[]
  /** To be called once it is written. */
  settle(caller: Caller): Promise<void>
}

/**
 * The proof of an address or number. `keeps`: whoever proves it has also shown that the account is theirs (the ticket of
 * the sign-up, the password). `also` is changed with it, whether or not anything is dropped.
 */
export function prepareProof(
  context: Context,
  user: UserRow,
  what: 'email' | 'phone',
  { keeps = false, also = {} }: { keeps?: boolean; also?: UserChange } = {},
): Prepared {
  const proven = what === 'email' ? { email_verified: true } : { phone_number_verified: true }
  const isFirst = what === 'email' ? !user.email_verified : !user.phone_number_verified
  if (isFirst && !keeps) {
    // Somebody who proved the other one has the account: a mistyped address gives it to nobody.
    if (!mayClaim(user, what)) throw fail('code_invalid')
    return prepareClaim(context, user, what, { ...proven, ...also })
  }
  if (!isFirst && Object.keys(also).length === 0)
    return { after: user, writes: [unmoved(user)], settle: async () => {} }
  const set = { ...proven, ...also, updated_at: nextUpdate(context, user) }
  const waiting = { user_id: user.id, purpose: what === 'email' ? 'verify_email' : 'verify_phone' }
  return {
    after: { ...user, ...set },
    writes: [unmoved(user), write.update(users, { id: user.id }, set, 1), write.remove(codes, waiting)],
    settle: async (caller) => {
      if (isFirst) context.events.emit(`${what}.verified`, { userId: user.id }, caller)
    },
  }
}

/** Whether an address or number of an account opens it, proven or not: where neither is proven, whoever comes first has it. */
export const mayClaim = (user: UserRow, what: 'email' | 'phone'): boolean =>
  what === 'email'
    ? user.email_verified || !user.phone_number_verified
    : user.phone_number_verified || !user.email_verified

/** The proof by a stranger to the account: it is theirs from now on, and nobody else's. */
function prepareClaim(context: Context, user: UserRow, what: 'email' | 'phone', also: UserChange): Prepared {
  const other =
    what === 'email'
      ? { phone_number: null, phone_number_verified: false }
      : { email: null, email_normalized: null, email_verified: false }
  const ended = prepareEnd(context, user, { ...passwordColumns(context, user, null), ...other, ...also })
  return {
    ...ended,
    // An undo of whoever had it before included.
    writes: [
      ...ended.writes,
      write.remove(codes, { user_id: user.id }),
      write.remove(identities, { user_id: user.id }),
    ],
    settle: async (caller) => {
      context.events.emit(`${what}.verified`, { userId: user.id }, caller)
      context.events.emit('user.claimed', { userId: user.id }, caller)
      await ended.settle(caller)
    },
  }
}

/** A change that ends every session of a user and voids every code on its way to them. */
export function prepareEnd(context: Context, user: UserRow, also: UserChange): Prepared {
  const search = searchText({ ...user, ...also })
  const { writes, change, after } = endEverything(context, user, { ...also, search })
  return {
    after: { ...user, ...also, search, ...after },
    writes: [unmoved(user), ...writes, cancelCodes(user.id)],
    settle: async (caller) => {
      context.changes.apply(change)
      context.events.emit('sessions.ended', { userId: user.id }, caller)
      await sweepSessions(context, user.id, after.epoch)
    },
  }
}

/**
 * Marks a user's address proven, by whatever proved it, and drops what was set before unless whoever proves it is known
 * to have set it. `first` and `beside` are written with it, before and after. Answers the user as they are then;
 * undefined where they have moved on, or where something beside it did not hold: then nothing has happened, and the
 * user is to be read again.
 */
export async function proveAddress(
  context: Context,
  caller: Caller,
  user: UserRow,
  { keeps = false, first = [], beside = () => [] }: Around = {},
): Promise<UserRow | undefined> {
  const { after, writes, settle } = prepareProof(context, user, 'email', { keeps })
  if (!(await context.store.atomically([...first, ...writes, ...beside(after)]))) return undefined
  await settle(caller)
  return after
}

interface Around {
  readonly keeps?: boolean
  readonly first?: readonly Write[]
  readonly beside?: (after: UserRow) => readonly Write[]
}

/** Nobody has to give up anything. */
const vacant: Vacated = { writes: [], settle: () => {} }

interface Vacated {
  readonly writes: readonly Write[]
  /** To be called once it is written. */
  settle(caller: Caller): void
}

/**
 * By which an account that never proved an address or number gives it up to one that has, or to nobody yet. Throws `email_taken` or
 * `phone_taken` where it was proven.
 */
export async function vacate(
  context: Context,
  where: { readonly email_normalized: string } | { readonly phone_number: string },
  user?: UserRow,
): Promise<Vacated> {
  const holder = await userBy(context.store, where)
  if (!holder || holder.id === user?.id) return vacant
  const byPhone = 'phone_number' in where
  if (isKept(holder, where)) throw fail(byPhone ? 'phone_taken' : 'email_taken')
  const lost: UserChange = byPhone
    ? { phone_number: null, phone_number_verified: false }
    : { email: null, email_normalized: null, email_verified: false }
  const set = { ...lost, search: searchText({ ...holder, ...lost }), updated_at: nextUpdate(context, holder) }
  const members = byPhone ? 'phone_number' : 'email'
  const change = { kind: 'user_facts' as const, user: holder.id }
  return {
    writes: [
      unmoved(holder),
      write.update(users, { id: holder.id }, set, 1),
      cancelCodes(holder.id),
      context.changes.record(change),
    ],
    settle: (caller) => {
      context.changes.apply(change)
      context.events.emit('user.updated', { userId: holder.id, members }, caller)
    },
  }
}

/** Whether whoever holds an address or number cannot lose it to somebody who proves it. */
export function isKept(holder: UserRow, where: Where<UserRow>): boolean {
  return 'phone_number' in where ? holder.phone_number_verified : holder.email_verified
}
