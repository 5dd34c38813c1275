import { Failure, fail, type InputOf, type refresh as operation, type Tokens } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { requireRefresh } from '../../domain/contract-tokens.js'
import { notice } from '../../domain/notices.js'
import { endedSession } from '../../domain/one-session.js'
import { withUser } from '../../domain/session-user.js'
import { answerTokens, confirmAlive, endSession, lifetimes } from '../../domain/sessions.js'
import { type SessionRow, sessions, type UserRow } from '../../domain/tables.js'
import { addressKey } from '../../domain/throttle.js'
import { hashToken, judge, type ParsedToken, successor } from '../../domain/tokens/chain.js'
import { sha256 } from '../../util/hash.js'
import { randomBytes } from '../../util/ids.js'
import { spend } from './spend.js'
import { tradeLegacy } from './trade-legacy.js'

/** A presented token whose tag holds. */
interface Presented {
  readonly token: ParsedToken
  readonly hash: Buffer
  readonly attemptHash: Buffer | null
  /** Whose it was, where the token says so. */
  readonly userId: string | undefined
}

/** Trades a refresh token for its successor. The chain, and why every step is as it is: docs/refresh.md. */
export async function rotate(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<Tokens> {
  try {
    const traded = context.legacy.isOpen(caller.contract) && (await tradeLegacy(context, caller))
    return traded || (await rotateOurs(context, caller, input))
  } catch (error) {
    // A client that repeats a refused refresh without a pause is slowed; one with a good token beside it is not. That
    // the store cannot work is nobody's fault.
    if (error instanceof Failure) {
      context.stats.count(error.code === 'refresh_token_reused' ? 'refresh.reused' : 'refresh.refused')
      context.throttle.takeLocally('refresh_refused', addressKey(caller.ip))
    }
    throw error
  }
}

function rotateOurs(context: Context, caller: Caller, input: InputOf<typeof operation>): Promise<Tokens> {
  const { token, opaque, userId } = requireRefresh(context, caller.contract, caller.refreshToken!)
  const attemptHash = input.attempt_id === undefined ? null : sha256(input.attempt_id)
  return trade(context, caller, { token, hash: hashToken(opaque), attemptHash, userId })
}

async function trade(context: Context, caller: Caller, presented: Presented): Promise<Tokens> {
  const session = await find(context, caller, presented)
  // Where the row already says that the token is spent, a write could only match nothing. The newest token of a session
  // within its lifetimes is spent before its user is looked at: that has to be done after the write in any case.
  const now = context.clock.now()
  const isNewest = presented.hash.equals(session.current_hash) && isOpen(session, now)
  const rotated = isNewest && (await advance(context, caller, session, presented))
  if (!rotated) return answerSpent(context, caller, presented)
  const user = await confirmAlive(context, rotated.session)
  context.stats.count('refresh.ok')
  return answerTokens(context, caller.contract, user, rotated.session, { refreshToken: rotated.next })
}

/** The session as it stands, where this contract made it. */
async function find(context: Context, { contract }: Caller, presented: Presented): Promise<SessionRow> {
  const session = await context.store.get(sessions, { id: presented.token.sid })
  if (!session) throw await endedSession(context, contract, presented.userId)
  if (session.contract !== contract.name) throw fail('refresh_token_invalid')
  return session
}

const isOpen = (session: SessionRow, now: number) => now < session.idle_ends_at && now < session.ends_at

/** The session, where it and its user are alive: neither an ended nor an expired one is reuse. */
async function living(
  context: Context,
  caller: Caller,
  presented: Presented,
): Promise<{ session: SessionRow; user: UserRow }> {
  const found = await find(context, caller, presented)
  const { session, user } = (await withUser(context, found)) ?? { session: found }
  if (user?.status !== 'active' || user.epoch !== session.epoch)
    throw await endedSession(context, caller.contract, session.user_id)
  if (!isOpen(session, context.clock.now())) throw fail('refresh_token_expired')
  return { session, user }
}

/** The one guarded update that spends the token; undefined where somebody else was first. */
async function advance(context: Context, caller: Caller, session: SessionRow, presented: Presented) {
  const { token, hash, attemptHash } = presented
  // Counted after the update, which only one of many parallel requests passes: the others are replays.
  context.throttle.checkLocally('refresh_session', session.id)
  const now = context.clock.now()
  const salt = randomBytes(16)
  const next = successor(context.secrets.chain[0]!, token, salt)
  const set = {
    current_hash: hashToken(next),
    previous_hash: hash,
    salt,
    generation: token.generation + 1,
    attempt_hash: attemptHash,
    rotated_at: now,
    last_seen_at: now,
    idle_ends_at: now + lifetimes(context, caller.contract).idle,
  }
  const alive = { idle_ends_at: { gt: now }, ends_at: { gt: now } }
  const where = { id: session.id, current_hash: hash, ...alive }
  const { store } = context
  if (!(await spend(store, hash, () => store.update(sessions, where, set).then(isOne)))) return undefined
  context.throttle.takeLocally('refresh_session', session.id)
  // The row was read for this request alone.
  return { session: Object.assign(session, set), next }
}

const isOne = (matched: number) => matched === 1

/** What a token gets that is not the newest: the same successor again, a plain refusal, or the end of the session. */
async function answerSpent(context: Context, caller: Caller, presented: Presented): Promise<Tokens> {
  const { token, hash, attemptHash } = presented
  const { session, user } = await living(context, caller, presented)
  const now = context.clock.now()
  const graceMs = lifetimes(context, caller.contract).grace
  const verdict = judge({ row: session, hash, generation: token.generation, attemptHash, now, graceMs })
  const facts = { userId: session.user_id, sessionId: session.id }
  if (verdict === 'repeat') return repeat(context, caller, session, token)
  if (verdict === 'rolled_back') {
    context.events.emit('session.rolled_back', facts, caller)
    throw fail('session_ended')
  }
  if (verdict === 'duplicate') throw fail('refresh_token_reused')
  // Of several at once one ends the session, and says so.
  const told = notice(context, 'session_reuse', user, caller)
  const ended = await endSession(context, caller, session.user_id, session.id, told)
  if (ended) {
    context.outbox.hurry()
    context.events.emit('session.reuse_detected', facts, caller)
  }
  throw fail('refresh_token_reused')
}

/** Derives the successor that was handed out before; the store never held it. */
async function repeat(
  context: Context,
  caller: Caller,
  session: SessionRow,
  token: ParsedToken,
): Promise<Tokens> {
  const made = context.secrets.chain.map((keys) => successor(keys, token, session.salt!))
  const next = made.find((candidate) => hashToken(candidate).equals(session.current_hash))
  if (next === undefined) throw fail('session_ended')
  const user = await confirmAlive(context, session)
  context.stats.count('refresh.replayed')
  return answerTokens(context, caller.contract, user, session, { refreshToken: next })
}
