import { Failure, fail, type Tokens } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { readRefresh } from '../../domain/contract-tokens.js'
import { type Bearer, isUnknownToken, stillStanding } from '../../domain/legacy/legacy.js'
import { legacySpent } from '../../domain/legacy/legacy-table.js'
import { notice } from '../../domain/notices.js'
import { endSession, openSessionWith } from '../../domain/sessions.js'
import { UniqueViolation, write } from '../../store/store.js'

/** Within this a token that was traded already is a doubled request, not a copy in other hands. Milliseconds. */
const DUPLICATE = 2000

/**
 * Trades a refresh token of an earlier backend for a session of ours, once: whoever writes down first that it is spent
 * has the session. Undefined where the token is no such one. Throws `refresh_token_reused` for one that was traded, and
 * ends what it was traded for where that was no doubled request; `refresh_token_expired`, `session_ended`.
 */
export async function tradeLegacy(context: Context, caller: Caller): Promise<Tokens | undefined> {
  const { legacy, clock } = context
  const value = caller.refreshToken!
  if (!legacy.isOpen(caller.contract) || isOurs(context, caller, value)) return undefined
  const bearer = await legacy.bearerOf(context, caller.contract, { kind: 'refresh', value })
  if (!bearer) return undefined
  const { user, hash, endsAt } = bearer
  const spent = (sessionId: string) =>
    write.insert(legacySpent, {
      hash,
      user_id: user.id,
      session_id: sessionId,
      spent_at: clock.now(),
      expires_at: endsAt,
    })
  try {
    const answer = await openSessionWith(context, caller, user, ['pwd'], {
      beside: [stillStanding(user)],
      // Nobody knows when they did, so it proves nothing to what asks for that.
      authTime: 0,
      besideOf: (sessionId) => [spent(sessionId)],
    })
    if (!answer) throw fail('session_ended')
    context.events.emit('legacy.traded', { userId: user.id, sessionId: answer.session_id }, caller)
    return answer
  } catch (error) {
    if (error instanceof UniqueViolation && error.table === legacySpent.name)
      throw await reused(context, caller, bearer)
    throw error
  }
}

/** Good, or ours and refused for a reason of its own. */
function isOurs(context: Context, caller: Caller, value: string): boolean {
  const read = readRefresh(context, caller.contract, value)
  return read.ok || !(read.failure instanceof Failure && isUnknownToken(read.failure))
}

async function reused(context: Context, caller: Caller, { user, hash }: Bearer): Promise<Failure> {
  const row = await context.store.get(legacySpent, { hash })
  if (row && context.clock.now() - row.spent_at >= DUPLICATE) {
    const told = notice(context, 'session_reuse', user, caller)
    if (await endSession(context, caller, row.user_id, row.session_id, told)) {
      context.outbox.hurry()
      const facts = { userId: row.user_id, sessionId: row.session_id }
      context.events.emit('session.reuse_detected', facts, caller)
    }
  }
  return fail('refresh_token_reused')
}
