import type { VerifyFirst } from '@sallyport/protocol'
import { commit, issue } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { invalid } from '../../domain/identifiers.js'
import { askFor, encloseVerification, tell } from '../../domain/messages.js'
import { type UserRow, users } from '../../domain/tables.js'
import { asTaken, userBy } from '../../domain/users.js'
import { UniqueViolation, type Write, write } from '../../store/store.js'
import { uuidv7 } from '../../util/ids.js'

/**
 * Makes an account that cannot be used before its address is proven. An address that is somebody's already is answered
 * alike, after the same work: its holder is told, and the stranger learns nothing.
 */
export async function proveFirst(context: Context, caller: Caller, user: UserRow): Promise<VerifyFirst> {
  assertAddressAlone(user)
  const of = user.email_normalized!
  const { allowed, asked } = await askFor(context, caller, { channel: 'email', of }, 'verify_email')
  for (;;) {
    const holder = await userBy(context.store, { email_normalized: of })
    const made = holder ? repeat(context, caller, holder) : create(context, caller, user)
    if (!(await written(context, [made.account, ...(allowed ? made.messages : [])]))) continue
    context.outbox.hurry()
    // One event either way: what the log costs is told by no answer that comes after it.
    if (holder) context.events.emit('user.signed_up_again', { userId: holder.id }, caller)
    else context.events.emit('user.created', { userId: user.id }, caller)
    return { next: 'verify_email', email: user.email!, ...asked, ticket: made.ticket }
  }
}

interface Made {
  readonly account: Write
  readonly messages: readonly Write[]
  readonly ticket: string
}

function create(context: Context, caller: Caller, user: UserRow): Made {
  const { writes, ticket } = encloseVerification(context, caller, user, user.email_normalized!)
  return { account: write.insert(users, user), messages: writes, ticket }
}

/** As much to write, of which nothing stays but what the holder is told. */
function repeat(context: Context, caller: Caller, holder: UserRow): Made {
  const { id, status } = holder
  const of = uuidv7(context.clock.now())
  const { writes, ticket } = issue(context, {
    purpose: 'verify_email',
    of,
    vain: true,
    contract: caller.contract,
  })
  const told = tell(context, caller, status === 'active' ? holder : undefined, 'signup_taken')
  // Guarded: whoever was disabled meanwhile stays so.
  const account = write.update(users, { id, status }, { status })
  return { account, messages: [...writes, told], ticket }
}

/** A name or number that were kept beside a new address alone would tell whether the address is new. */
function assertAddressAlone({ username_normalized, phone_number }: UserRow): void {
  const later = 'is chosen after the address is proven'
  if (username_normalized !== null) throw invalid('preferred_username', later)
  if (phone_number !== null) throw invalid('phone_number', later)
}

/** False where somebody has taken the address since it was looked for. */
async function written(context: Context, writes: readonly Write[]): Promise<boolean> {
  try {
    return await commit(context, writes)
  } catch (error) {
    if (error instanceof UniqueViolation && error.columns.includes('email_normalized')) return false
    throw asTaken(error)
  }
}
