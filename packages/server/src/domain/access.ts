// Access tokens: what stands in them, and who a credential belongs to. Verification touches no store: signature or
// cached verdict, time, revocation. The formats are tokens/'s, the algorithm is the key's, never the token's choice.
import { type Contract, fail, type Operation, type Transport } from '@sallyport/protocol'
import { uuidv7 } from '../util/ids.js'
import { duration, type Setting, text } from '../util/setting.js'
import { administratorOf } from './administrators.js'
import { isApiKey, machineOf } from './apikeys.js'
import type { Access, Administrator, Caller, Context, Credential } from './context.js'
import { requireProof } from './step-up.js'
import { type SessionRow, sessions, type UserRow, users } from './tables.js'
import { signAccessToken } from './tokens/access.js'
import { parse } from './tokens/chain.js'

export const audience = text('audience', 'sallyport', {
  doc: 'The `aud` claim of access tokens.',
  expected: 'a text',
})
const accessTtl = duration('access_token.ttl', '5m', {
  min: '1s',
  max: '15m',
  doc: 'How long an access token lives on contracts that do not say it themselves.',
})
export const accessSettings: readonly Setting<never>[] = [audience, accessTtl] as never

/** Who the tokens are for: each contract's are its own. */
export function clientId(contract: Pick<Contract, 'name'>): string {
  return contract.name === 'native' ? 'sallyport' : contract.name
}

/** Milliseconds an access token of this contract lives. */
export function accessLifetime(context: Context, contract: Contract): number {
  const own = contract.lifetimes?.access
  return own === undefined ? context.settings.get(accessTtl) : own * 1000
}

/** A signed access token for a session (RFC 9068). */
export function issueAccessToken(
  context: Context,
  contract: Contract,
  user: UserRow,
  session: SessionRow,
): string {
  const iat = Math.floor(context.clock.now() / 1000)
  return signAccessToken(context.keys.active(contract), {
    iss: context.issuer,
    aud: context.settings.get(audience),
    sub: user.id,
    sid: session.id,
    iat,
    exp: iat + Math.floor(accessLifetime(context, contract) / 1000),
    jti: uuidv7(context.clock.now()),
    client_id: clientId(contract),
    scope: 'profile',
    amr: session.amr,
    auth_time: Math.floor(session.auth_time / 1000),
    roles: user.roles,
  })
}

export interface Facts {
  readonly contract: Contract
  readonly requestId: string
  readonly ip: string
  readonly userAgent?: string
  readonly transport?: Transport
}

/**
 * Who is calling, by the operation's rule. Throws `token_missing`, `access_token_invalid`, `access_token_expired`,
 * `session_ended`, `step_up_required`; `invalid_request` where two credentials speak for different people.
 */
export function authenticate(
  context: Context,
  operation: Operation,
  credentials: readonly Credential[],
  facts: Facts,
): Caller | Promise<Caller> {
  const rule = operation.caller
  if (rule === 'operator') throw fail('not_found')
  if (rule === 'anyone') return facts
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
  facts: Facts,
): Caller | Promise<Caller> {
  const rule = operation.caller
  if (rule === 'refresh') {
    const presented = credentials.filter((credential) => credential.kind === 'refresh')
    // A cookie that another server on this host left behind says nothing; the one of ours beside it counts.
    const chosen = presented.find(({ value }) => parse(value, context.secrets.chain)) ?? presented[0]
    if (!chosen) throw fail('token_missing')
    return { ...facts, refreshToken: chosen.value }
  }
  const chosen = credentials[0]
  if (!chosen) throw fail('token_missing')
  if (rule === 'leaving') return { ...facts, ...leaving(context, credentials, facts.contract) }
  const access = liveAccess(context, chosen.value, facts.contract)
  const caller = { ...facts, access }
  return rule === 'recent' ? requireProof(context, operation, caller) : caller
}

/** Who was recognised, whether or not they are let in. */
type Known = { access?: Access; administrator?: Administrator }

/** As `admitted`; a refusal is in the audit log, with who was refused as far as that is known. */
async function administrator(
  context: Context,
  operation: Operation,
  credentials: readonly Credential[],
  facts: Facts,
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
  facts: Facts,
  known: Known,
): Promise<Caller> {
  const [chosen] = credentials
  if (!chosen) throw fail('token_missing')
  if (credentials.length > 1) await agree(context, credentials, facts)
  if (chosen.from === 'bearer' && isApiKey(chosen.value))
    return { ...facts, administrator: await machineOf(context, chosen.value, operation, known) }
  const access = liveAccess(context, chosen.value, facts.contract)
  known.access = access
  const session = await context.store.get(sessions, { id: access.sessionId })
  const user = session && (await context.store.get(users, { id: access.userId }))
  if (!session || !user || !isAlive(session, user, context.clock.now())) throw fail('session_ended')
  return { ...facts, access, administrator: administratorOf(context, user, session.auth_time, operation) }
}

/** Whether a session's row still stands for a live session of its user. */
export function isAlive(session: SessionRow, user: UserRow, now: number): boolean {
  const open = now < session.idle_ends_at && now < session.ends_at
  return open && user.status === 'active' && user.epoch === session.epoch
}

/** The facts of a live access token of this contract. Throws as `authenticate` does. */
function liveAccess(context: Context, token: string, contract: Contract): Access {
  const verdict = context.keys.verify(token, contract)
  if (!verdict.ok) throw fail(verdict.reason === 'expired' ? 'access_token_expired' : 'access_token_invalid')
  const { claims } = verdict
  const userId = claims.sub as string
  const sessionId = claims.sid as string
  if (context.changes.revoked(userId, sessionId)) throw fail('session_ended')
  return {
    userId,
    sessionId,
    authTime: (claims.auth_time as number) * 1000,
    expiresAt: (claims.exp as number) * 1000,
    claims,
  }
}

/** Expired and ended tokens may still say whose session is to be ended; forged ones may not. */
function leaving(context: Context, credentials: readonly Credential[], contract: Contract): Partial<Caller> {
  for (const { kind, value } of credentials) {
    if (kind === 'refresh' && parse(value, context.secrets.chain)) return { refreshToken: value }
    const verdict = kind === 'access' ? context.keys.verifyExpired(value, contract) : undefined
    if (verdict?.ok)
      return { leaving: { userId: verdict.claims.sub as string, sessionId: verdict.claims.sid as string } }
  }
  throw fail(credentials[0]?.kind === 'refresh' ? 'refresh_token_invalid' : 'access_token_invalid')
}

/** Several credentials at once must speak for one person; those that say nothing readable do not count. */
async function agree(
  context: Context,
  credentials: readonly Credential[],
  { contract }: Facts,
): Promise<void> {
  const people = new Set<string>()
  for (const { kind, value } of credentials) {
    const userId = kind === 'refresh' ? await ownerOf(context, value) : bearerOf(context, value, contract)
    if (userId !== undefined) people.add(userId)
  }
  if (people.size > 1)
    throw fail('invalid_request', {
      detail: 'The request carries credentials of two different users. Send one of them.',
    })
}

function bearerOf(context: Context, token: string, contract: Contract): string | undefined {
  const verdict = context.keys.verifyExpired(token, contract)
  return verdict.ok ? (verdict.claims.sub as string) : undefined
}

async function ownerOf(context: Context, token: string): Promise<string | undefined> {
  const parsed = parse(token, context.secrets.chain)
  return parsed && (await context.store.get(sessions, { id: parsed.sid }))?.user_id
}

function verifier(context: Context, credentials: readonly Credential[], facts: Facts): Caller {
  const key = credentials[0]?.value
  if (key === undefined) throw fail('token_missing')
  if (!context.keys.isVerifierKey(key))
    throw fail('access_token_invalid', { detail: 'This verifier key is not known.' })
  return facts
}
