// Who may pass the gate. A visitor is known by an access token of any open contract, by an access cookie, or by the cookie
// of pages and gate; who is known already is let in without asking the store: signature or a session looked up less than
// a minute ago, its time, and what has ended. There is no grace: what is revoked here passes no more.
import { type Contract, errors, Failure, fail } from '@sallyport/protocol'
import { keep } from '../util/keep.js'
import { accessBy, isAlive } from './access.js'
import type { Access, Context, Credential } from './context.js'
import { sessionOfGate } from './gate-cookie.js'
import { onlyLiving } from './gate-several.js'
import { accessOf, isUnknownToken, NO_SESSION } from './legacy/legacy.js'
import { sessionOfPage, slide } from './page-cookie.js'
import { createPeople, type Known, type People, type Person } from './people.js'
import { lifetimes } from './sessions.js'
import { type Admitted, type Bearer, newBearer, visitOf } from './visits.js'

/** A credential as it came to the gate. */
export interface GateCredential {
  readonly kind: 'access' | 'page' | 'gate'
  /** What `Authorization` says stands alone; one cookie may be over while another one is good. */
  readonly from: 'bearer' | 'cookie'
  readonly value: string
  /** More values of the same cookie. A sub-domain can leave them in a browser, so none of them counts before the others. */
  readonly others?: readonly string[]
  /** The host that was asked for, which a cookie may be bound to. */
  readonly host?: string
  /** Whose access token it may be. */
  readonly contracts: readonly Contract[]
}

/** What the operator asks of visitors, besides being signed in. */
export interface GateRules {
  /** Of each list the visitor has one role at least. */
  readonly roles: readonly (readonly string[])[]
  /** The address is proven to be theirs. */
  readonly verified: boolean
  /** Signed in with more than one factor (RFC 8176, `mfa`). */
  readonly mfa: boolean
  /** Milliseconds since the visitor signed in. */
  readonly maxAge: number | undefined
  /** Whether the user is looked at again, at most five seconds after the last time. */
  readonly live: boolean
}

/** A session of a cookie. Milliseconds since 1970. */
interface Kept extends Bearer {
  /** What is good as one kind of cookie is not good as another. */
  readonly kind: GateCredential['kind']
  /** The only host it counts at; undefined where it counts at all of them. */
  readonly host: string | undefined
  readonly overAt: number
  readonly at: number
}

/** Sessions by the cookie that spoke for them. */
interface Sessions {
  readonly byCookie: Map<string, Kept>
  /** How often all of them were forgotten. */
  forgotten: number
}

/** What looking a credential up needs. */
interface Look {
  readonly context: Context
  readonly kept: Sessions
  readonly rules: GateRules
}

/** Milliseconds; a visit is written down as often. */
const KEPT = 60_000
/** Cookies. */
const MOST = 10_000

export interface Gate {
  /**
   * Whom the first credential that counts speaks for. Throws `token_missing`, `access_token_invalid`,
   * `access_token_expired`, `session_ended`; `forbidden` where a rule keeps them out; as the store does.
   */
  admit(credentials: readonly GateCredential[], rules: GateRules): Admitted | Promise<Admitted>
}

export function createGate(context: Context): Gate {
  const people = createPeople(context.store, context.clock, context.changes)
  const kept = createSessions(context)
  let catching: Promise<void> | undefined
  const admitNow: Gate['admit'] = (credentials, rules) => {
    const bearer = bearerOf({ context, kept, rules }, credentials, 0)
    return bearer instanceof Promise
      ? bearer.then((found) => letIn(context, people, found, rules))
      : letIn(context, people, bearer, rules)
  }
  return {
    admit: (credentials, rules) => {
      if (context.changes.isFresh()) return admitNow(credentials, rules)
      // What others ended must be known; where it cannot be, nobody passes.
      catching ??= context.changes.catchUp().finally(() => {
        catching = undefined
      })
      return catching.then(() => admitNow(credentials, rules))
    },
  }
}

/** Whoever ends everybody's sessions at once tells nothing of each, but that the keys are others. */
function createSessions({ changes }: Context): Sessions {
  const kept: Sessions = { byCookie: new Map(), forgotten: 0 }
  changes.hear(({ kind }) => {
    if (kind !== 'key_removed') return
    kept.byCookie.clear()
    kept.forgotten += 1
  })
  return kept
}

/** A cookie that is over leaves the word to the next one; anything else that is wrong is said. */
function bearerOf(look: Look, credentials: readonly GateCredential[], at: number): Bearer | Promise<Bearer> {
  const credential = credentials[at]
  if (!credential) throw fail('token_missing')
  if (credential.from === 'bearer' || at === credentials.length - 1) return judge(look, credential)
  const goOn = (error: unknown) => {
    const isRefusal = error instanceof Failure && errors[error.code].status === 401
    if (!isRefusal) throw error
    return bearerOf(look, credentials, at + 1)
  }
  try {
    const found = judge(look, credential)
    return found instanceof Promise ? found.catch(goOn) : found
  } catch (error) {
    return goOn(error)
  }
}

function judge(look: Look, credential: GateCredential): Bearer | Promise<Bearer> {
  if (credential.kind === 'access') return bearerOfToken(look.context, credential)
  const { value, others } = credential
  if (others === undefined) return bearerOfCookie(look, credential)
  const { changes } = look.context
  return onlyLiving([value, ...others], async (one) => {
    const bearer = await bearerOfCookie(look, { ...credential, value: one })
    return changes.revoked(bearer.userId, bearer.sessionId) ? undefined : bearer
  })
}

/** By the contract whose token it is; where it is nobody's, by the last one's words. */
function bearerOfToken(context: Context, credential: GateCredential): Bearer | Promise<Bearer> {
  const { value, contracts } = credential
  for (const contract of contracts) {
    const verdict = context.keys.verify(value, contract)
    const isOurs = verdict.ok || verdict.reason === 'expired'
    if (isOurs || contract === contracts.at(-1)) {
      if (!isOurs && contracts.some(context.legacy.isOpen)) return bearerOfLegacy(context, credential)
      if (verdict.ok && verdict.note && contract.sessions?.check !== 'live')
        return lasting(context, credential, verdict.note as Bearer)
      const access = accessBy(context, verdict, contract)
      return access instanceof Promise ? access.then(asBearer) : asBearer(access)
    }
  }
  throw fail('access_token_invalid')
}

/** A cookie that has ended leaves the word to the next one; of what stands alone, `letIn` asks it. */
function lasting({ changes }: Context, { from }: GateCredential, bearer: Bearer): Bearer {
  if (from === 'cookie' && changes.revoked(bearer.userId, bearer.sessionId)) throw fail('session_ended')
  return bearer
}

/** A token of an earlier backend, where those still count. */
async function bearerOfLegacy(context: Context, { value, from, contracts }: GateCredential): Promise<Bearer> {
  const credential: Credential = { kind: 'access', from, value }
  for (const contract of contracts.filter(context.legacy.isOpen)) {
    try {
      const found = await context.legacy.bearerOf(context, contract, credential)
      if (found) return asBearer(accessOf(found))
    } catch (error) {
      if (!(error instanceof Failure) || !isUnknownToken(error)) throw error
    }
  }
  throw fail('access_token_invalid')
}

const asBearer = ({ userId, sessionId, authTime, claims }: Access): Bearer =>
  newBearer(userId, sessionId, authTime, claims.amr as readonly string[] | undefined)

function bearerOfCookie(
  { context, kept, rules: { maxAge } }: Look,
  credential: GateCredential,
): Bearer | Promise<Bearer> {
  const known = kept.byCookie.get(credential.value)
  const now = context.clock.now()
  const isSame = known !== undefined && known.kind === credential.kind
  const isHere = isSame && (known.host === undefined || known.host === credential.host)
  const isKnown = isHere && now - known.at < KEPT && now >= known.at && now < known.overAt
  // Whoever signed in too long ago may have done so again a moment ago.
  const isFresh = maxAge === undefined || (known !== undefined && now - known.authTime <= maxAge)
  return isKnown && isFresh ? lasting(context, credential, known) : findSession(context, kept, credential)
}

/** Looks a cookie's session up, and extends it as a visit of a page does. Throws `session_ended`. */
async function findSession(
  context: Context,
  kept: Sessions,
  { kind, value: token, host = '' }: GateCredential,
): Promise<Bearer> {
  const [at, before] = [context.clock.now(), kept.forgotten]
  kept.byCookie.delete(token)
  const found =
    kind === 'gate' ? await sessionOfGate(context, token, host) : await sessionOfPage(context, token)
  if (!found || !isAlive(found.session, found.user, at)) throw fail('session_ended')
  const { session, user } = found
  const contract = context.contracts.find(({ name }) => name === session.contract)
  if (!contract) throw fail('session_ended')
  await slide(context, session, lifetimes(context, contract).idle)
  const bearer = {
    ...newBearer(user.id, session.id, session.auth_time, session.amr as string[]),
    kind,
    host: 'bound' in found && found.bound ? host : undefined,
    overAt: Math.min(session.idle_ends_at, session.ends_at),
    at,
  }
  // What was read while everything ended may be from before it.
  if (kept.forgotten === before) keep(kept.byCookie, token, bearer, MOST)
  return bearer
}

/** What has ended does not pass, whatever the contract says of its tokens; then who it is, and the rules. */
function letIn(
  context: Context,
  people: People,
  bearer: Bearer,
  rules: GateRules,
): Admitted | Promise<Admitted> {
  const { userId, sessionId } = bearer
  if (context.changes.revoked(userId, sessionId)) throw fail('session_ended')
  const known = bearer.known && people.counts(bearer.known) ? bearer.known : people.find(userId)
  if (known instanceof Promise || rules.live) return letInLater(context, known, bearer, rules)
  // Proving an address ends nothing, so nobody is told of it.
  if (rules.verified && known.person?.isProven === false)
    return letInLater(context, people.read(userId), bearer, rules)
  bearer.known = known
  return admitted(context, known.person, bearer, rules)
}

async function letInLater(
  context: Context,
  finding: Known | Promise<Known>,
  bearer: Bearer,
  rules: GateRules,
): Promise<Admitted> {
  const { person } = await finding
  const { userId, sessionId } = bearer
  if (rules.live && !(await context.live.facts(userId)).active) throw fail('session_ended', { shade: 'user' })
  // While the store was asked it may have ended.
  if (context.changes.revoked(userId, sessionId)) throw fail('session_ended')
  return admitted(context, person, bearer, rules)
}

function admitted(
  { clock }: Context,
  person: Person | undefined,
  bearer: Bearer,
  { roles, verified, mfa, maxAge }: GateRules,
): Admitted {
  if (!person) throw fail('session_ended', { shade: 'user' })
  const { authTime, amr } = bearer
  const lacksRole = roles.some((list) => !list.some((role) => person.roles.includes(role)))
  const isStale = maxAge !== undefined && !(clock.now() - authTime <= maxAge)
  if (lacksRole || isStale || (verified && !person.isProven) || (mfa && !amr.includes('mfa')))
    throw fail('forbidden')
  return visitOf(bearer, person, bearer.sessionId === NO_SESSION ? '' : bearer.sessionId)
}
