// Whether a token is good, for clients that ask before they use it.
import { fail } from '@sallyport/protocol'
import { isAlive } from '../../domain/access.js'
import type { Caller, Context } from '../../domain/context.js'
import { requireRefresh } from '../../domain/contract-tokens.js'
import { withUser } from '../../domain/session-user.js'
import { sessions } from '../../domain/tables.js'
import { hashToken } from '../../domain/tokens/chain.js'

/** An access token has been judged at the door; a refresh token has to be the newest of a living session. */
export async function checkToken(context: Context, caller: Caller): Promise<Record<never, never>> {
  if (!caller.strict)
    throw fail('access_token_invalid', { detail: 'This route does not look whether a token is good.' })
  if (caller.refreshToken !== undefined) await checkRefresh(context, caller, caller.refreshToken)
  return {}
}

async function checkRefresh(context: Context, caller: Caller, text: string): Promise<void> {
  const { store, clock } = context
  const { token, opaque } = requireRefresh(context, caller.contract, text)
  const found = await withUser(context, await store.get(sessions, { id: token.sid }))
  if (!found || !isAlive(found.session, found.user, clock.now())) throw fail('session_ended')
  const { session } = found
  if (session.contract !== caller.contract.name) throw fail('refresh_token_invalid')
  if (!hashToken(opaque).equals(session.current_hash)) throw fail('refresh_token_reused')
}
