// Recent proof: what a stolen access token must not be able to do asks for it. A log-in, and a confirmation that names
// no purpose, count for everything and stand in the session's `auth_time`; a confirmation for one purpose counts for
// that alone and stands beside it, the newest only. Neither is renewed by a refresh, and both end with the session.
import { type Failure, fail, type Operation, operations, proofOf } from '@sallyport/protocol'
import type { Access, Caller, Context } from './context.js'
import { invalid } from './identifiers.js'
import { isLegacyAccess } from './legacy/legacy.js'
import { type SessionRow, sessions } from './tables.js'

type Given = Pick<SessionRow, 'proof_purpose' | 'proof_at'>

const purposes: ReadonlySet<string> = new Set(
  operations.filter(({ caller }) => caller === 'recent').map((operation) => proofOf(operation).purpose),
)

/** The purpose of a confirmation, where there is such a one. Throws `invalid_request`. */
export function requirePurpose(purpose: string): string {
  if (purposes.has(purpose)) return purpose
  throw invalid('purpose', `must be one of ${[...purposes].sort().join(', ')}`)
}

/**
 * The caller, where the token or its session brings the proof that the operation asks for, or the contract does without.
 * Throws `step_up_required`; `session_ended` for a token of an earlier backend, which no proof will ever belong to.
 */
export function requireProof<C extends Caller & { access: Access }>(
  context: Context,
  operation: Operation,
  caller: C,
): C | Promise<C> {
  const { authTime, sessionId, userId } = caller.access
  if (isLegacyAccess(caller.access)) throw fail('session_ended')
  if (caller.contract.sessions?.proof === 'session') return caller
  if (isFresh(context, operation, authTime)) return caller
  return context.store.get(sessions, { id: sessionId }).then((session) => {
    if (session?.user_id !== userId) throw fail('session_ended')
    assertProven(context, operation, authTime, session)
    return caller
  })
}

/** Throws `step_up_required` where neither `authTime` nor what was given for this purpose is recent enough. */
export function assertProven(context: Context, operation: Operation, authTime: number, given: Given): void {
  const forThis = given.proof_purpose === proofOf(operation).purpose ? given.proof_at : null
  if (isFresh(context, operation, authTime) || isFresh(context, operation, forThis)) return
  throw ask(operation)
}

function isFresh({ clock }: Context, operation: Operation, at: number | null): boolean {
  return at !== null && clock.now() - at <= proofOf(operation).maxAge * 1000
}

const ask = (operation: Operation): Failure => fail('step_up_required', { proof: proofOf(operation) })
