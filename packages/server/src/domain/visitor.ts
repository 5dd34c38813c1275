// Who stands behind a page cookie. The hosted pages say operations for them; no API does.
import { fail, type Operation } from '@sallyport/protocol'
import { isAlive } from './access.js'
import type { Caller, Context, RequestFacts } from './context.js'
import { sessionOfPage, slide } from './page-cookie.js'
import { lifetimes } from './sessions.js'
import { assertProven } from './step-up.js'

/**
 * The caller of an operation by a page cookie. Throws `token_missing` without one, `session_ended`, `step_up_required`;
 * `forbidden` for operations that pages never say.
 */
export async function authenticateVisitor(
  context: Context,
  operation: Operation,
  token: string | undefined,
  facts: RequestFacts,
): Promise<Caller> {
  const rule = operation.caller
  if (rule === 'anyone') return facts
  if (rule !== 'access' && rule !== 'recent' && rule !== 'leaving') throw fail('forbidden')
  if (token === undefined) throw fail('token_missing')
  const found = await sessionOfPage(context, token)
  if (!found || found.session.contract !== facts.contract.name) throw fail('session_ended')
  const { session, user } = found
  const ids = { userId: user.id, sessionId: session.id }
  if (rule === 'leaving') return { ...facts, leaving: ids }
  if (!isAlive(session, user, context.clock.now())) throw fail('session_ended')
  if (rule === 'recent' && facts.contract.sessions?.proof !== 'session')
    assertProven(context, operation, session.auth_time, session)
  await slide(context, session, lifetimes(context, facts.contract).idle)
  const access = { ...ids, authTime: session.auth_time, expiresAt: session.ends_at, claims: {} }
  return { ...facts, access }
}
