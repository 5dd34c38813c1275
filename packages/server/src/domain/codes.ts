// Codes and links: six digits to type, or a token to follow, by which somebody shows that they read what is sent to an
// address or a number. Each is good for one purpose, one user, one address and a short time, and for nothing once the
// user's address, password or status has changed. Only hashes are kept. A redemption is one write: `spend` goes into the
// same `atomically` as what it allows, so whoever comes second changes nothing. What is sent is messages.ts's, what a
// proof means for an account proofs.ts's.
import type { KeyObject } from 'node:crypto'
import { type Failure, fail } from '@sallyport/protocol'
import { StoreUnavailable, UniqueViolation, type Write, write } from '../store/store.js'
import { equalBytes, hmac, sha256 } from '../util/hash.js'
import { randomBytes, uuidv7 } from '../util/ids.js'
import { drawCode, goodFor, lifeOf, type MailingContract, type Purpose, readCode } from './code-rules.js'
import { type CodeRow, codes } from './codes-table.js'
import type { Caller, Context } from './context.js'
import { type UserRow, users } from './tables.js'
import { addressKey, type Try } from './throttle.js'

/** The ticket of a sign-up goes on to what is sent again later. Milliseconds. */
const TICKET_KEPT = 24 * 60 * 60_000

/** Tries at one code, the right one included. */
const TRIES = 5

export interface Order {
  readonly purpose: Purpose
  /** Whose newest it is: an address, a number or a user's id. The one before is void. */
  readonly of: string
  /** Whose account; where it is nobody's, nothing redeems what is made. */
  readonly user?: UserRow | undefined
  /** What it proves, as it is compared, and as it is shown where that differs. */
  readonly address?: string | undefined
  readonly shown?: string | undefined
  /** The hash of a ticket that goes on to be good; otherwise there is a new one. */
  readonly ticketHash?: Uint8Array | undefined
  /** For the work alone: the row is past its end as it is written, and stands in nobody's way. */
  readonly vain?: boolean
  /** By which it was asked for, where that has rules of its own. */
  readonly contract?: MailingContract | undefined
}

export interface Issued {
  /** Six digits, or eight letters and digits. */
  readonly code: string
  /** 43 characters base64url, 256 bits; so is the ticket. */
  readonly token: string
  readonly ticket: string
  /** Milliseconds since 1970: of the link, and of the code. */
  readonly endsAt: number
  readonly codeEndsAt: number
  /** For `atomically`: the one before goes, this one comes. */
  readonly writes: readonly Write[]
}

type Parts = Pick<Context, 'clock' | 'secrets'>

/** A code, a link and a ticket for one purpose, with the writes that make them good. The same work for nobody. */
export function issue({ clock, secrets }: Parts, order: Order): Issued {
  const { purpose, of, user, address = null, shown = null } = order
  const now = clock.now()
  const id = uuidv7(now)
  const code = drawCode(purpose, order.contract)
  const [token, ticket] = [drawToken(), drawToken()]
  const life = lifeOf(purpose, order.contract)
  const [endsAt, codeEndsAt] = [now + life.link, now + life.code]
  const kept = purpose === 'verify_email' ? Math.max(now + TICKET_KEPT, endsAt) : endsAt
  const row: CodeRow = {
    id,
    purpose,
    subject: subjectOf(secrets.key('codes'), purpose, of),
    user_id: user?.id ?? null,
    address: user ? address : null,
    shown: user ? shown : null,
    code_hash: codeHash(secrets.key('codes'), { id, purpose }, code),
    link_hash: sha256(token),
    ticket_hash: order.ticketHash ?? sha256(ticket),
    binding: user ? bindingOf(user) : randomBytes(32),
    tries: 0,
    created_at: now,
    ends_at: endsAt,
    code_ends_at: codeEndsAt,
    expires_at: order.vain ? now : kept,
  }
  const older = write.remove(codes, { purpose, subject: { in: subjectsOf(secrets, purpose, of) } })
  return { code, token, ticket, endsAt, codeEndsAt, writes: [older, write.insert(codes, row)] }
}

const drawToken = (): string => randomBytes(32).toString('base64url')

const subjectOf = (key: Uint8Array | KeyObject, purpose: Purpose, of: string): string =>
  hmac(key, `subject ${purpose}\0${of}`).toString('base64url')
const subjectsOf = ({ keys }: Context['secrets'], purpose: Purpose, of: string): string[] =>
  keys('codes').map((key) => subjectOf(key, purpose, of))
const codeHash = (
  key: Uint8Array | KeyObject,
  { id, purpose }: Pick<CodeRow, 'id' | 'purpose'>,
  code: string,
): Buffer => hmac(key, `code ${purpose} ${id}\0${code}`)

/** A code is void where any of this has changed. */
function bindingOf({ id, email_normalized, password_changed_at, status }: UserRow): Buffer {
  return sha256(JSON.stringify([id, email_normalized, password_changed_at, status]))
}

/** What was shown to be right, and whose it is: an active user who has not moved on since it was issued. */
export interface Proof {
  readonly row: CodeRow
  readonly user: UserRow
}

/** The proof of a link's token. Nothing is used up. Throws `code_invalid`. */
export async function proofOfToken(
  context: Context,
  caller: Caller,
  token: string,
  purposes: readonly Purpose[],
): Promise<Proof> {
  const proof = await lookUp(context, { link_hash: sha256(token), purpose: { in: purposes } })
  if (!proof) throw codeInvalid(context, caller, purposes[0]!)
  return proof
}

/** The proof of a ticket that is good on its own. Nothing is used up. Throws `code_invalid`. */
export async function proofOfTicket(
  context: Context,
  caller: Caller,
  ticket: string,
  purpose: Purpose,
): Promise<Proof> {
  const proof = await lookUp(context, { ticket_hash: sha256(ticket), purpose })
  if (!proof) throw codeInvalid(context, caller, purpose)
  return proof
}

/** What a link is, where it is still good; nobody is told of a failure. */
export async function peek(
  context: Context,
  token: string,
  purposes: readonly Purpose[],
): Promise<Proof | undefined> {
  return lookUp(context, { link_hash: sha256(token), purpose: { in: purposes } })
}

type Where = Parameters<typeof write.remove<CodeRow>>[1]

async function lookUp(context: Context, where: Where): Promise<Proof | undefined> {
  const [row] = await context.store.list(codes, { where, limit: 1 })
  const user = row && row.ends_at > context.clock.now() ? await ownerOf(context, row) : undefined
  return row && user && { row, user }
}

/** Read again: whose a code is, where both still stand as they must. */
export async function proofAgain(context: Context, { row }: Proof): Promise<Proof | undefined> {
  return lookUp(context, { id: row.id })
}

async function ownerOf({ store }: Context, row: CodeRow): Promise<UserRow | undefined> {
  const user = row.user_id === null ? undefined : await store.get(users, { id: row.user_id })
  if (!user) return undefined
  // An address that was changed is put back whatever became of the account since: that is what it is for.
  if (row.purpose === 'undo_email') return user
  return user.status === 'active' && equalBytes(row.binding, bindingOf(user)) ? user : undefined
}

/**
 * The proof of a code. The try counts before the code is looked at, for the code and for what it was sent to. Throws
 * `code_invalid`, also for the sixth try of a right one, and `too_many_requests`.
 */
export async function proofOfCode(
  context: Context,
  caller: Caller,
  given: { readonly code: string; readonly of: string; readonly purposes: readonly Purpose[] },
): Promise<Proof> {
  const { of, purposes } = given
  const tries: readonly Try[] = [
    ['code_tries', of],
    ['code_tries_total', of],
    ['login_address', addressKey(caller.ip)],
  ]
  await context.throttle.takeAll(tries)
  const rows = await rowsOf(context, purposes, of)
  const row = await matching(context, rows, given.code)
  const user = row && (await ownerOf(context, row))
  if (!row || !user) throw codeInvalid(context, caller, purposes[0]!, rows[0]?.user_id)
  await Promise.all(tries.map((one) => context.throttle.giveBack(...one)))
  return { row, user }
}

async function rowsOf(
  { store, secrets }: Context,
  purposes: readonly Purpose[],
  of: string,
): Promise<CodeRow[]> {
  const found = await Promise.all(
    purposes.map((purpose) => {
      // Several people may be on their way to one address.
      const where =
        purpose === 'change_email'
          ? { purpose, address: of }
          : { purpose, subject: { in: subjectsOf(secrets, purpose, of) } }
      return store.list(codes, { where, limit: 10 })
    }),
  )
  return found.flat()
}

const NOBODY = '00000000-0000-7000-8000-000000000000'

/** The row whose code it is; each of them counts the try, and one that has had five is not asked. */
async function matching(
  { store, secrets, clock }: Context,
  rows: readonly CodeRow[],
  given: string,
): Promise<CodeRow | undefined> {
  const code = readCode(given)
  const count = (id: string) =>
    store.update(codes, { id, tries: { lt: TRIES }, ends_at: { gt: clock.now() } }, { tries: { add: 1 } })
  // The same work where nothing was ever sent.
  if (rows.length === 0) await count(NOBODY)
  let right: CodeRow | undefined
  for (const row of rows) {
    const counted = (await count(row.id)) === 1
    const same = secrets.keys('codes').some((key) => equalBytes(row.code_hash, codeHash(key, row, code)))
    if (counted && same && clock.now() < (row.code_ends_at ?? row.ends_at)) right = row
  }
  return right
}

/** A right code whose bearer failed at something else has lost no try. */
export async function giveTryBack({ store }: Context, { row }: Proof): Promise<void> {
  await store.update(codes, { id: row.id, tries: { gt: 0 } }, { tries: { add: -1 } })
}

/** Whether a ticket is the one of this code's client. */
export const isTicketOf = ({ row }: Proof, ticket: string): boolean =>
  equalBytes(row.ticket_hash, sha256(ticket))

/** The hash of the ticket of the newest code of an address, to go on with it. */
export async function standingTicket(
  context: Context,
  purpose: Purpose,
  of: string,
): Promise<Uint8Array | undefined> {
  const [row] = await rowsOf(context, [purpose], of)
  return row?.ticket_hash
}

/** Uses a code up: matches nothing, and so stops what stands beside it, where somebody else was faster. */
export const spend = ({ row }: Proof): Write => write.remove(codes, { id: row.id }, 1)

/**
 * Writes what holds a new code. Two of them at once for one address may get into each other's way on some engines: then
 * the later one is the newest. Answers and throws as `atomically` does, but for what is in its way: StoreUnavailable.
 */
export async function commit({ store }: Context, writes: readonly Write[]): Promise<boolean> {
  for (let times = 1; ; times++)
    try {
      return await store.atomically(writes)
    } catch (error) {
      const isOurs = error instanceof UniqueViolation && error.table === codes.name
      if (!isOurs) throw error
      // Such as what a server that died left in Redis, where it stands in the way for some seconds.
      if (times === MOST_TIMES) throw new StoreUnavailable('codes: something stays in the way of a new one')
    }
}

const MOST_TIMES = 5

const cancellable = (Object.keys(goodFor) as Purpose[]).filter((purpose) => purpose !== 'undo_email')

/** Voids everything that is on its way to a user: for a change of address, password or status. Not what undoes one. */
export const cancelCodes = (userId: string): Write =>
  write.remove(codes, { user_id: userId, purpose: { in: cancellable } })

/** What a wrong, used, old or foreign code is answered with; all alike. */
export function codeInvalid(
  context: Context,
  caller: Caller,
  purpose: Purpose,
  userId?: string | null,
): Failure {
  context.events.emit('code.failed', { purpose, ...(userId && { userId }) }, caller)
  return fail('code_invalid')
}
