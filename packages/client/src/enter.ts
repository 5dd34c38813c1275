// Signing up, in and out. All three write cookies or the store, so they take their turn among the tabs.
import { granted } from './answer.js'
import type { Endpoint } from './endpoints.js'
import { SallyportError } from './errors.js'
import { commit, goodToken, type Session, show } from './session.js'
import type { Result, SignInStep } from './types.js'

const disposed = () => new SallyportError('disposed', 'dispose() was called')

/** Asks to be let in, and keeps the session where that was granted. */
export async function enter(
  session: Session,
  endpoint: Endpoint,
  input: Record<string, string | undefined>,
): Promise<Result<SignInStep>> {
  if (session.disposed) return { ok: false, error: disposed() }
  return session.tabs.inTurn(async () => {
    const answer = await session.wire.ask(endpoint, input)
    if (!answer.ok) return { ok: false, error: answer.error }
    for (;;) {
      const before = await session.store.read()
      const grant = granted(session.wire, answer, { ...before, session: null })
      if (!grant) return nextStep(session, endpoint, answer.body)
      // Whoever signs in means it: what another tab wrote meanwhile gives way.
      if (!(await commit(session, before.generation, grant.next, grant.token))) continue
      show(session, 'signed-in', 'signed-in')
      return { ok: true, data: { next: 'done', user: session.snapshot.user ?? {} } }
    }
  })
}

/** What is still to be done, where the answer holds no tokens. */
function nextStep(
  { wire }: Session,
  endpoint: Endpoint,
  body: Readonly<Record<string, unknown>>,
): Result<SignInStep> {
  const { next, ticket, methods } = body
  const ticketed = typeof ticket === 'string' ? { ticket } : {}
  if (next === 'second_step' && typeof ticket === 'string')
    return {
      ok: true,
      data: { next: 'second-step', ticket, methods: Array.isArray(methods) ? methods.map(String) : [] },
    }
  // A sign-up that answers nothing has sent a mail.
  if (next === 'verify_email' || (endpoint === wire.endpoints.signUp && Object.keys(body).length === 0))
    return { ok: true, data: { next: 'verify', ...ticketed } }
  const error = new SallyportError('unexpected_answer', 'the answer holds neither tokens nor a next step')
  return { ok: false, error }
}

/** What a sign-out that did not reach the server would have told it. */
export interface Leaving {
  bearer?: string | undefined
  refreshToken?: string | undefined
}

/**
 * Forgets first, so that a refresh under way comes too late, and tells the server then.
 *
 * @param kept of an earlier try; it is filled where the server was not reached
 */
export async function leave(session: Session, kept: Leaving): Promise<Result<void>> {
  if (session.disposed) return { ok: false, error: disposed() }
  const { wire } = session
  const token = goodToken(session)
  for (;;) {
    const before = await session.store.read()
    if (before.session === null) break
    // What is left of an earlier session counts no more.
    kept.bearer = token?.value
    kept.refreshToken = before.session.refreshToken
    if (!(await commit(session, before.generation, { generation: before.generation + 1, session: null })))
      continue
    show(session, 'signed-out', 'signed-out')
    break
  }
  const { refreshToken, bearer } = kept
  if (wire.mode === 'token' && refreshToken === undefined) return { ok: true, data: undefined }
  const { signOut } = wire.endpoints
  const spoken = signOut.members.refreshToken === undefined ? (refreshToken ?? bearer) : bearer
  const answer = await session.tabs.inTurn(() => wire.ask(signOut, { refreshToken }, spoken))
  // That there was no session any more is what was wanted.
  if (!answer.ok && !answer.ended) return { ok: false, error: answer.error }
  kept.bearer = undefined
  kept.refreshToken = undefined
  return { ok: true, data: undefined }
}
