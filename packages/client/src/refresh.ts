// One refresh for everybody who needs one: for all callers of this tab one promise, for all tabs one turn. What an answer
// means is decided here: a token, the end of the session, or a network that is in trouble, which ends nothing.
import { type AccessToken, left } from './access-token.js'
import { granted } from './answer.js'
import { SallyportError } from './errors.js'
import { commit, goodToken, type Outcome, renewal, type Session, show, takeOver } from './session.js'
import type { Stored, StoredSession } from './store.js'
import { within } from './tabs.js'

const signedOut = (): Outcome => ({
  ok: false,
  error: new SallyportError('signed_out', 'nobody is signed in'),
})

/** A new access token, by whoever is fastest: this call, one that is under way, or another tab. */
export function refresh(session: Session): Promise<Outcome> {
  const { pause, known } = session
  if (pause && pause.generation === known.generation && session.clocks.steady() < pause.until)
    return Promise.resolve({ ok: false, error: pause.error })
  session.flight ??= run(session)
    .catch((error: unknown) =>
      failed(
        session,
        new SallyportError('store_failed', `the session could not be read or written: ${error}`),
      ),
    )
    .finally(() => {
      session.flight = undefined
    })
  return session.flight
}

/** How often somebody else may have been faster before a request is made all the same. */
const rounds = 2

async function run(session: Session): Promise<Outcome> {
  let before = session.known.generation
  for (let round = 0; ; round++) {
    const last = round >= rounds
    const seen = await session.store.read()
    takeOver(session, seen)
    if (seen.session === null) return gone(session, seen)
    if (seen.generation !== before && !last) {
      const token = await fromOthers(session, seen, seen.session)
      if (token) return { ok: true, token }
    }
    before = seen.generation
    const outcome = await session.tabs.inTurn(async () => {
      const again = await session.store.read()
      if (again.generation !== seen.generation && !last) return undefined
      return again.session ? send(session, again, again.session, last) : signedOut()
    })
    if (outcome) return outcome
  }
}

/** Signed out, or somebody has cleared what pages keep, and the counting begins anew. */
function gone(session: Session, seen: Stored): Outcome {
  if (session.known.session !== null && seen.generation === 0) {
    session.known = seen
    session.held = undefined
    show(session, 'signed-out', 'ended-elsewhere')
  }
  return signedOut()
}

/** Asks the tab that was faster for its token; a tab that is frozen or gone does not answer. */
async function fromOthers(
  session: Session,
  seen: Stored,
  { id }: StoredSession,
): Promise<AccessToken | undefined> {
  const newer = () => {
    const token = goodToken(session)
    return token !== undefined && token.generation >= seen.generation ? token : undefined
  }
  if (newer() || session.store.shared === undefined) return newer()
  let wake = () => {}
  const told = new Promise<void>((done) => {
    wake = done
  })
  session.waiting.add(wake)
  session.tabs.tell({ say: 'ask', session: id })
  await within(told, 500)
  session.waiting.delete(wake)
  return newer()
}

/** Undefined where the store has moved on meanwhile, so that all must be looked at again. */
async function send(
  session: Session,
  stored: Stored,
  kept: StoredSession,
  last: boolean,
): Promise<Outcome | undefined> {
  const { endpoints } = session.wire
  const { refreshToken, attemptId } = kept
  const bearer = endpoints.refresh.members.refreshToken === undefined ? refreshToken : undefined
  const answer = await session.wire.ask(endpoints.refresh, { refreshToken, attemptId }, bearer)
  if (!answer.ok) {
    if (!answer.ended) return failed(session, answer.error)
    return (
      (await conclude(session, stored, answer.error)) ?? (last ? failed(session, answer.error) : undefined)
    )
  }
  const grant = granted(session.wire, answer, stored)
  if (!grant) {
    const error = new SallyportError('unexpected_answer', 'the answer to a refresh holds no token')
    return failed(session, error)
  }
  const { status } = session.snapshot
  if (!(await commit(session, stored.generation, grant.next, grant.token)))
    return overtaken(session, grant.token, kept)
  if (grant.token.session !== kept.id) show(session, 'signed-in', 'signed-in')
  else show(session, 'signed-in', renewal(status))
  return { ok: true, token: grant.token }
}

/**
 * Somebody else has written first. Where the session is still the same (a tab that waited for no turn), the token is as good
 * as theirs; where it ended, or became another's, it is dropped.
 */
async function overtaken(
  session: Session,
  token: AccessToken,
  kept: StoredSession,
): Promise<Outcome | undefined> {
  const { status } = session.snapshot
  const seen = await session.store.read()
  takeOver(session, seen)
  if (seen.session === null) return signedOut()
  if (seen.session.id !== kept.id || token.session !== kept.id) return undefined
  session.held = { ...token, generation: seen.generation }
  session.pause = undefined
  show(session, 'signed-in', renewal(status))
  return { ok: true, token: session.held }
}

/** The server says that it is over: so it is, unless another tab has gone on since. */
async function conclude(
  session: Session,
  stored: Stored,
  error: SallyportError,
): Promise<Outcome | undefined> {
  if (!(await commit(session, stored.generation, { generation: stored.generation + 1, session: null })))
    return undefined
  show(session, 'signed-out', 'ended-elsewhere')
  return { ok: false, error }
}

const second = 1000

/** Nothing is lost: the session is kept, and left alone for a while that grows from a second to a minute. */
function failed(session: Session, error: SallyportError): Outcome {
  // Signed out meanwhile: there is nothing left to keep.
  if (session.known.session === null) return signedOut()
  const { generation } = session.known
  const failures = session.pause?.generation === generation ? session.pause.failures + 1 : 1
  const wait = Math.min(60 * second, second * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
  const until = session.clocks.steady() + Math.max(wait, error.retryAfterMs ?? 0)
  session.pause = { generation, failures, until, error }
  if (session.snapshot.status !== 'stale') show(session, 'stale', 'stale')
  return { ok: false, error }
}

/** A token for a call: the one at hand, a new one, or the old one while it lasts where no new one can be had. */
export async function tokenFor(session: Session, minValidMs: number, force: boolean): Promise<Outcome> {
  if (session.disposed) return { ok: false, error: new SallyportError('disposed', 'dispose() was called') }
  const good = force ? undefined : goodToken(session, minValidMs)
  if (good) return { ok: true, token: good }
  if (session.known.session === null) return signedOut()
  const outcome = await refresh(session)
  const { held } = session
  if (
    !outcome.ok &&
    !force &&
    held &&
    held.session === session.known.session?.id &&
    left(held, session.clocks) > 0
  )
    return { ok: true, token: held }
  return outcome
}
