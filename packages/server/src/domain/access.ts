// Who a credential belongs to, by the rule of the operation. Verification touches no store: signature or cached verdict,
// time, revocation. The algorithm is the key's, never the token's choice.
import { type Contract, Failure, fail, type Operation } from '@sallyport/protocol'
import { administratorOf } from './administrators.js'
import { isApiKey, machineOf } from './apikeys.js'
import { bearing, refreshing } from './bearing.js'
import type { Access, Administrator, Caller, Context, Credential, RequestFacts } from './context.js'
import { findRefresh, readRefresh } from './contract-tokens.js'
import type { TokenVerdict } from './keys/keyring.js'
import { accessOf, isUnknownToken, type Leaver } from './legacy/legacy.js'
import type { LiveFacts } from './live.js'
import { endedSession } from './one-session.js'
import { withUser } from './session-user.js'
import { type SessionRow, sessions, type UserRow } from './tables.js'
import { addressKey } from './throttle.js'
import { refusalOf } from './token-refusal.js'
import { requireUser } from './users.js'
import { verifier } from './verifiers.js'

/**
 * Who is calling, by the operation's rule. Throws `token_missing`, `access_token_invalid`, `access_token_expired`,
 * `session_ended`, `step_up_required`; `invalid_request` where two credentials speak for different people.
 */
export function authenticate(
  context: Context,
  operation: Operation,
  credentials: readonly Credential[],
  facts: RequestFacts,
): Caller | Promise<Caller> {
  const rule = operation.caller
  if (rule === 'operator') throw fail('not_found')
  if (rule === 'anyone') return facts
  return context.legacy.isOpen(facts.contract)
    ? withLegacy(context, operation, credentials, facts)
    : judged(context, operation, credentials, facts)
}

/** What is no token of ours may be one of an earlier backend, where those still count. */
async function withLegacy(
  context: Context,
  operation: Operation,
  credentials: readonly Credential[],
  facts: RequestFacts,
): Promise<Caller> {
  try {
    return await judged(context, operation, credentials, facts)
  } catch (error) {
    const { caller: rule } = operation
    const may = rule === 'access' || rule === 'recent' || rule === 'leaving'
    if (!may || !(error instanceof Failure) || !isUnknownToken(error)) throw error
    if (rule === 'leaving') {
      const leaver = await legacyLeaver(context, credentials, facts)
      if (!leaver) throw error
      return { ...facts, leavingLegacy: leaver }
    }
    const bearer = credentials[0] && (await context.legacy.bearerOf(context, facts.contract, credentials[0]))
    if (!bearer) throw error
    return bearing(context, operation, facts, accessOf(bearer))
  }
}

/** Who leaves with the first credential that says so; where that is strict, it has to be a good one. */
async function legacyLeaver(
  context: Context,
  credentials: readonly Credential[],
  { contract, strict }: RequestFacts,
): Promise<Leaver | undefined> {
  for (const credential of credentials) {
    const bearer = strict && (await context.legacy.bearerOf(context, contract, credential))
    if (bearer) return { userId: bearer.user.id, hash: bearer.hash }
    const leaver = strict ? undefined : await context.legacy.leaverOf(context, contract, credential)
    if (leaver) return leaver
  }
  return undefined
}

function judged(
  context: Context,
  operation: Operation,
  credentials: readonly Credential[],
  facts: RequestFacts,
): Caller | Promise<Caller> {
  const rule = operation.caller
  if (rule === 'verifier') return verifier(context, credentials, facts)
  if (rule === 'admin') return administrator(context, operation, credentials, facts)
  if (credentials.length > 1)
    return agree(context, credentials, facts).then(() => one(context, operation, credentials, facts))
  return one(context, operation, credentials, facts)
}

function one(
  context: Context,
  operation: Operation,
  credentials: readonly Credential[],
  facts: RequestFacts,
): Caller | Promise<Caller> {
  const rule = operation.caller
  if (rule === 'refresh') {
    const presented = credentials.filter((credential) => credential.kind === 'refresh')
    // A cookie that another server on this host left behind says nothing; the one of ours beside it counts.
    const ours = ({ value }: Credential) => readRefresh(context, facts.contract, value).ok
    const chosen = (presented.length > 1 && presented.find(ours)) || presented[0]
    if (!chosen) {
      // A refused refresh like any other: a client that answers a refusal with a refresh must come to an end.
      context.throttle.takeLocally('refresh_refused', addressKey(facts.ip))
      throw fail('token_missing')
    }
    return refreshing(facts, chosen.value)
  }
  const chosen = credentials[0]
  if (!chosen) throw fail('token_missing')
  if (rule === 'leaving')
    return facts.strict
      ? leavingStrictly(context, credentials, facts)
      : { ...facts, ...leaving(context, credentials, facts.contract) }
  const access = liveAccess(context, chosen.value, facts.contract)
  return access instanceof Promise
    ? access.then((known) => bearing(context, operation, facts, known))
    : bearing(context, operation, facts, access)
}

/** Who was recognised, whether or not they are let in. */
type Known = { access?: Access; administrator?: Administrator }

/** As `admitted`; a refusal is in the audit log, with who was refused as far as that is known. */
async function administrator(
  context: Context,
  operation: Operation,
  credentials: readonly Credential[],
  facts: RequestFacts,
): Promise<Caller> {
  const known: Known = {}
  try {
    return await admitted(context, operation, credentials, facts, known)
  } catch (error) {
    context.audit.refused(operation, error, { ...facts, ...known })
    throw error
  }
}

/** An API key with the scope, or a user whose stored roles allow it, in a session that the store still knows. */
async function admitted(
  context: Context,
  operation: Operation,
  credentials: readonly Credential[],
  facts: RequestFacts,
  known: Known,
): Promise<Caller> {
  const [chosen] = credentials
  if (!chosen) throw fail('token_missing')
  if (credentials.length > 1) await agree(context, credentials, facts)
  if (chosen.from === 'bearer' && isApiKey(chosen.value))
    return { ...facts, administrator: await machineOf(context, chosen.value, operation, known) }
  const access = await liveAccess(context, chosen.value, facts.contract)
  known.access = access
  const found = await withUser(context, await context.store.get(sessions, { id: access.sessionId }))
  if (!found || found.user.id !== access.userId || !isAlive(found.session, found.user, context.clock.now()))
    throw await endedSession(context, facts.contract, access.userId)
  const { session, user } = found
  return {
    ...facts,
    access,
    administrator: administratorOf(context, user, session.auth_time, operation, facts.contract),
  }
}

/** Whether a session's row still stands for a live session of its user. */
export function isAlive(session: SessionRow, user: UserRow, now: number): boolean {
  const open = now < session.idle_ends_at && now < session.ends_at
  return open && user.status === 'active' && user.epoch === session.epoch
}

/**
 * The facts of an access token that this contract takes, by what its `check` asks for; at once, unless the user has to be
 * read. Throws as `authenticate` does.
 */
function liveAccess(context: Context, token: string, contract: Contract): Access | Promise<Access> {
  return accessBy(context, context.keys.verify(token, contract), contract)
}

/** The same of a token that was verified. */
export function accessBy(
  context: Context,
  verdict: TokenVerdict,
  contract: Contract,
): Access | Promise<Access> {
  if (!verdict.ok) throw refusalOf(verdict.reason)
  const { claims } = verdict
  const { userId, sessionId } = idsOf(contract, claims)
  const access: Access = {
    userId,
    sessionId,
    authTime: ((claims.auth_time as number | undefined) ?? 0) * 1000,
    expiresAt: (claims.exp as number) * 1000,
    claims,
  }
  const check = contract.sessions?.check ?? 'session'
  if (check === 'live') {
    const facts = context.live.facts(access.userId)
    return facts instanceof Promise
      ? facts.then((known) => confirmLive(context, access, known))
      : confirmLive(context, access, facts)
  }
  if (check === 'session') assertNotEnded(context, access)
  return access
}

/** Whose a token is: a contract with tokens of its own may say anything in `sub`. */
function idsOf({ tokens }: Contract, claims: Access['claims']): { userId: string; sessionId: string } {
  return { userId: (tokens ? claims.uid : claims.sub) as string, sessionId: claims.sid as string }
}

function assertNotEnded(context: Context, { userId, sessionId }: Access): void {
  if (context.changes.revoked(userId, sessionId)) throw fail('session_ended')
}

/** The access of a user who is active and has the address and roles that the token was made with. */
function confirmLive(context: Context, access: Access, { active, mark }: LiveFacts): Access {
  if (!active) throw fail('session_ended', { shade: 'user' })
  assertNotEnded(context, access)
  if (access.claims.fct !== mark) throw fail('access_token_invalid')
  return access
}

/** A refresh token where it is listed first and good; else an access token that any operation would take. */
async function leavingStrictly(
  context: Context,
  credentials: readonly Credential[],
  facts: RequestFacts,
): Promise<Caller> {
  const [first] = credentials as readonly [Credential]
  const read = first.kind === 'refresh' ? readRefresh(context, facts.contract, first.value) : undefined
  if (read?.ok) return { ...facts, refreshToken: first.value }
  const chosen = credentials.find(({ kind }) => kind === 'access')
  if (!chosen) throw read?.failure ?? fail('token_missing')
  const { userId, sessionId } = await liveAccess(context, chosen.value, facts.contract)
  // Where access tokens are not looked up, somebody may be gone who still has one.
  await requireUser(context, userId)
  return { ...facts, leaving: { userId, sessionId } }
}

/** Expired and ended tokens may still say whose session is to be ended; forged ones may not. */
function leaving(context: Context, credentials: readonly Credential[], contract: Contract): Partial<Caller> {
  let first: Failure | undefined
  for (const { kind, value } of credentials) {
    if (kind === 'refresh') {
      const read = readRefresh(context, contract, value)
      if (read.ok || read.expired) return { refreshToken: value }
      first ??= read.failure
    } else if (kind === 'access') {
      const verdict = context.keys.verifyExpired(value, contract)
      if (verdict.ok) return { leaving: idsOf(contract, verdict.claims) }
      first ??= refusalOf(verdict.reason)
    }
  }
  throw first ?? fail('access_token_invalid')
}

/** Several credentials at once must speak for one person; those that say nothing readable do not count. */
async function agree(
  context: Context,
  credentials: readonly Credential[],
  { contract }: RequestFacts,
): Promise<void> {
  const people = new Set<string>()
  for (const { kind, value } of credentials) {
    const userId =
      kind === 'refresh' ? await ownerOf(context, value, contract) : bearerOf(context, value, contract)
    if (userId !== undefined) people.add(userId)
  }
  if (people.size > 1)
    throw fail('invalid_request', {
      detail: 'The request carries credentials of two different users. Send one of them.',
    })
}

function bearerOf(context: Context, token: string, contract: Contract): string | undefined {
  const verdict = context.keys.verifyExpired(token, contract)
  return verdict.ok ? idsOf(contract, verdict.claims).userId : undefined
}

async function ownerOf(context: Context, token: string, contract: Contract): Promise<string | undefined> {
  const found = findRefresh(context, contract, token)
  return found && (await context.store.get(sessions, { id: found.token.sid }))?.user_id
}
