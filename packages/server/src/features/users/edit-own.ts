import { fail, type InputOf, type Operation, editUser as operation, type User } from '@sallyport/protocol'
import { cancelCodes, commit } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { type Email, requireEmail } from '../../domain/identifiers.js'
import { askFor, encloseUndo, encloseVerification } from '../../domain/messages.js'
import { requireProof } from '../../domain/step-up.js'
import { type UserRow, users } from '../../domain/tables.js'
import { profileChanges } from '../../domain/user-changes.js'
import {
  asTaken,
  changedMembers,
  nextUpdate,
  requireUser,
  searchText,
  showUser,
  unmoved,
} from '../../domain/users.js'
import { type Write, write } from '../../store/store.js'

type Input = Pick<InputOf<typeof operation>, 'name' | 'email'>

/**
 * What users change of their own account. A new address counts at once, unproven, and what proves it is sent to it; the
 * old one, where it was proven, is told, with what puts it back. Throws `email_taken`, `step_up_required`,
 * `too_many_requests`.
 */
export async function editOwn(context: Context, caller: Caller, own: UserRow, input: Input): Promise<User> {
  const email = input.email === undefined ? undefined : requireEmail(input.email, 'email')
  const moves = (user: UserRow) => email !== undefined && email.normalized !== user.email_normalized
  if (email && moves(own)) await admitMove(context, caller, email)
  for (let user = own; ; user = await requireUser(context, own.id)) {
    const changes = profileChanges(
      user,
      input.name === undefined ? {} : { name: input.name },
      caller.contract,
    )
    const address = email && {
      email: email.address,
      email_normalized: email.normalized,
      email_verified: user.email_verified && !moves(user),
    }
    const after = { ...user, ...changes, ...address, updated_at: nextUpdate(context, user) }
    after.search = searchText(after)
    const moving = moves(user) ? moved(context, caller, user, after) : []
    if (!(await written(context, user, after, moving))) continue
    if (moves(user)) context.changes.apply(factsOf(user))
    context.outbox.hurry()
    const members = changedMembers(user, after)
    context.events.emit('user.updated', { userId: user.id, members }, caller)
    if (moves(user)) context.events.emit('email.changed', { userId: user.id }, caller)
    return showUser(context, caller.contract, after)
  }
}

/** An access token alone must not move an account to another mailbox, nor ask which addresses are taken without limit. */
async function admitMove(context: Context, caller: Caller, { normalized: of }: Email): Promise<void> {
  await requireProof(context, operation as Operation, { ...caller, access: caller.access! })
  const { allowed, asked } = await askFor(context, caller, { channel: 'email', of }, 'verify_email')
  if (!allowed) throw fail('too_many_requests', { retryAfter: Math.ceil(asked.resend_after / 1000) })
}

const factsOf = ({ id }: UserRow) => ({ kind: 'user_facts', user: id }) as const

function moved(context: Context, caller: Caller, before: UserRow, after: UserRow): readonly Write[] {
  const proves = encloseVerification(context, caller, after, after.email_normalized!)
  const told = context.changes.record(factsOf(before))
  return [cancelCodes(before.id), told, ...encloseUndo(context, caller, before), ...proves.writes]
}

/** False where the user has moved on. Throws `email_taken`. */
async function written(
  context: Context,
  before: UserRow,
  after: UserRow,
  beside: readonly Write[],
): Promise<boolean> {
  const { id, name, email, email_normalized, email_verified, search, updated_at } = after
  const set = { name, email, email_normalized, email_verified, search, updated_at }
  try {
    return await commit(context, [unmoved(before), write.update(users, { id }, set, 1), ...beside])
  } catch (error) {
    throw asTaken(error)
  }
}
