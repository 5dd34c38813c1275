import { fail } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { findRefresh } from '../../domain/contract-tokens.js'
import type { Leaver } from '../../domain/legacy/legacy.js'
import { legacySpent } from '../../domain/legacy/legacy-table.js'
import { endSession } from '../../domain/sessions.js'
import { sessions } from '../../domain/tables.js'

/** Ends the session of the token that was sent; one that has ended already is no error, except where it is strict. */
export async function logOut(context: Context, caller: Caller): Promise<Record<never, never>> {
  const { leaving, leavingLegacy } = caller
  if (leaving) await end(context, caller, leaving.userId, leaving.sessionId)
  else if (leavingLegacy) await closeLegacy(context, caller, leavingLegacy)
  else await endByRefreshToken(context, caller, caller.refreshToken!)
  return {}
}

/** Any token of the session's chain ends it: a spent one would, as reuse, at a refresh too, and 204 must be true. */
async function endByRefreshToken(context: Context, caller: Caller, token: string): Promise<void> {
  const found = findRefresh(context, caller.contract, token)
  if (!found) throw fail('refresh_token_invalid')
  const session = await context.store.get(sessions, { id: found.token.sid })
  if (!session && caller.strict) throw fail('session_ended')
  if (!session) return
  if (session.contract !== caller.contract.name) throw fail('refresh_token_invalid')
  await end(context, caller, session.user_id, session.id)
}

/** Older tokens of an earlier backend do not outlive a log-out, though the session may have ended before. */
async function end(context: Context, caller: Caller, userId: string, sessionId: string): Promise<void> {
  const closing = context.legacy.closing(userId)
  const ended = await endSession(context, caller, userId, sessionId, closing)
  if (!ended && closing.length > 0) await context.store.atomically(closing)
}

/** And what a refresh token was traded for ends: looked for afterwards, when no further one can be traded. */
async function closeLegacy(context: Context, caller: Caller, { userId, hash }: Leaver): Promise<void> {
  const closed = await context.store.atomically(context.legacy.closing(userId))
  if (closed) context.events.emit('legacy.closed', { userId }, caller)
  const traded = await context.store.get(legacySpent, { hash })
  if (traded) await endSession(context, caller, traded.user_id, traded.session_id)
}
