// Sessions: one sign-in on one device. Born here, refreshed by features/refresh, ended here. Whoever writes one reads
// the user afterwards and undoes the work where the user has moved on: revocation wins every race.
import { type Contract, fail, type Tokens, type Transport } from '@sallyport/protocol'
import { type Write, write } from '../store/store.js'
import { randomBytes, uuidToBytes, uuidv7 } from '../util/ids.js'
import { duration, type Setting } from '../util/setting.js'
import { isAlive } from './access.js'
import { accessLifetime, issueAccessToken } from './access-token.js'
import type { Caller, Context } from './context.js'
import { wrapRefresh } from './contract-tokens.js'
import { type Device, rememberDevice } from './devices.js'
import { replacing } from './one-session.js'
import { newPageToken } from './page-cookie.js'
import { type SessionRow, sessions, type UserRow, users } from './tables.js'
import { firstToken, hashToken } from './tokens/chain.js'
import { ensureNumbers } from './user-ids.js'
import { userView } from './users.js'

const idleTtl = duration('refresh_token.idle_ttl', '14d', {
  min: '1m',
  max: '365d',
  doc: 'How long a session lives without being refreshed.',
})
const absoluteTtl = duration('refresh_token.absolute_ttl', '90d', {
  min: '1m',
  max: '3650d',
  doc: 'How long a session lives however often it is refreshed.',
})
const grace = duration('refresh_token.grace', '10s', {
  min: '0s',
  max: '60s',
  doc: 'How long the token before the newest one is answered with the same successor again.',
})
export const sessionSettings: readonly Setting<never>[] = [idleTtl, absoluteTtl, grace] as never

/** How long an ended lifetime can still be told apart from a session that never was. Milliseconds. */
const REMEMBERED = 30 * 86_400_000

export interface Lifetimes {
  idle: number
  absolute: number
  grace: number
}

/** Milliseconds, the contract's own where it has them. */
export function lifetimes(context: Context, contract: Contract): Lifetimes {
  const own = contract.lifetimes ?? {}
  const pick = (seconds: number | undefined, setting: Setting<number>) =>
    seconds === undefined ? context.settings.get(setting) : seconds * 1000
  return {
    idle: pick(own.idle, idleTtl),
    absolute: pick(own.absolute, absoluteTtl),
    grace: pick(own.grace, grace),
  }
}

/** What a new session hands out once. */
export interface Handed {
  readonly refreshToken: string
  readonly pageToken?: string | undefined
}

/** A new session of a user and what it hands out; nothing is written yet. */
export function newSession(
  context: Context,
  caller: Caller,
  user: UserRow,
  amr: string[],
  authTime?: number,
): { row: SessionRow; handed: Handed } {
  const now = context.clock.now()
  const id = uuidv7(Math.max(now, user.epoch_at + 1))
  const refreshToken = firstToken(context.secrets.chain[0]!, uuidToBytes(id), randomBytes(28))
  const { idle, absolute } = lifetimes(context, caller.contract)
  const transport = caller.transport ?? caller.contract.transport.default
  const page = newPageToken(caller.contract, transport, id)
  const row: SessionRow = {
    id,
    user_id: user.id,
    contract: caller.contract.name,
    epoch: user.epoch,
    transport,
    current_hash: hashToken(refreshToken),
    previous_hash: null,
    salt: null,
    generation: 0,
    attempt_hash: null,
    rotated_at: now,
    idle_ends_at: Math.min(now + idle, now + absolute),
    ends_at: now + absolute,
    created_at: now,
    last_seen_at: now,
    auth_time: authTime ?? now,
    proof_purpose: null,
    proof_at: null,
    amr,
    user_agent: caller.userAgent?.slice(0, 512) ?? null,
    ip: caller.ip,
    page_hash: page?.hash ?? null,
    expires_at: now + absolute + REMEMBERED,
  }
  return { row, handed: { refreshToken, pageToken: page?.token } }
}

/** Signs a user in: the session, the log-in's time, the device, and the answer. Throws `session_ended` where the user moved on meanwhile. */
export async function openSession(
  context: Context,
  caller: Caller,
  user: UserRow,
  amr: string[],
  beside: Pick<Beside, 'device' | 'login'> = {},
): Promise<Tokens> {
  const answer = await openSessionWith(context, caller, user, amr, beside)
  if (!answer) throw fail('session_ended')
  return answer
}

/**
 * The same together with other writes, which come first; `user` is as these leave them. Undefined where the user moved
 * on or something beside it did not hold: then nothing was written. `settle` runs once it is.
 */
export async function openSessionWith(
  context: Context,
  caller: Caller,
  user: UserRow,
  amr: string[],
  { device, beside = [], besideOf, settle, authTime, login }: Beside,
): Promise<Tokens | undefined> {
  const { row, handed } = newSession(context, caller, user, amr, authTime)
  const where = { id: user.id, epoch: user.epoch, status: 'active' }
  for (let times = 1; ; times++) {
    const others = await replacing(context, caller.contract, user.id)
    const written = await context.store.atomically([
      ...beside,
      // The user's row first: log-ins beside each other wait for it, and the later one ends the earlier one's session.
      write.update(users, where, { last_login_at: row.created_at }, 1),
      ...others.writes,
      write.insert(sessions, row),
      ...(besideOf?.(row.id) ?? []),
    ])
    if (written) {
      await others.settle(caller)
      break
    }
    if (!(await others.moved(times))) return undefined
  }
  await settle?.(caller)
  const after = await confirmAlive(context, row)
  // The first time that anybody signs in, every device is new, and the owner's.
  const onNewDevice = device === undefined && user.last_login_at !== null
  announce(context, caller, row, { onNewDevice, login })
  if (onNewDevice) context.notices.newDevice(after, caller)
  const answer = await answerTokens(context, caller.contract, after, row, handed)
  return { ...answer, ...rememberDevice(context, after, device) }
}

/** What is written together with a session. */
interface Beside {
  readonly device?: Device | undefined
  readonly beside?: readonly Write[]
  /** The same, knowing the session's id. */
  readonly besideOf?: (sessionId: string) => readonly Write[]
  readonly settle?: (caller: Caller) => Promise<void>
  /** When they proved who they are, where that is not now. Milliseconds since 1970. */
  readonly authTime?: number
  /** Whether they proved who they are by it: a log-in. */
  readonly login?: true
}

/** Tells of a session that is there, and of the log-in that it came with. */
export function announce(
  context: Context,
  caller: Caller,
  row: SessionRow,
  { onNewDevice = false, login = false }: { onNewDevice?: boolean; login?: boolean | undefined } = {},
): void {
  const ids = { userId: row.user_id, sessionId: row.id, contract: row.contract }
  const facts = onNewDevice ? { ...ids, device: 'new' as const } : ids
  context.events.emit('session.created', login ? { ...facts, login } : facts, caller)
  if (login) context.events.emit('login.succeeded', facts, caller)
}

/**
 * The user of a session that was just written, read after the write. Where the user was disabled, deleted or logged
 * out everywhere in between, the session is taken back and `session_ended` thrown.
 */
export async function confirmAlive(context: Context, session: SessionRow): Promise<UserRow> {
  const user = await context.store.get(users, { id: session.user_id })
  if (user && user.status === 'active' && user.epoch === session.epoch) return user
  const fresh = await context.store.get(sessions, { id: session.id })
  if (user && fresh && user.status === 'active' && user.epoch === fresh.epoch) return user
  await context.store.remove(sessions, { id: session.id })
  throw fail('session_ended', user?.status === 'active' ? {} : { shade: 'user' })
}

/** The tokens answer of a session; without what a session hands out, only a new access token. */
export function answerTokens(
  context: Context,
  contract: Contract,
  user: UserRow,
  session: SessionRow,
  handed?: Handed,
): Tokens | Promise<Tokens> {
  if (contract.ids !== 'integer' || user.number !== null)
    return tokensOf(context, contract, user, session, handed)
  const numbered = ensureNumbers(context, contract, [user])
  return numbered.then(([one]) => tokensOf(context, contract, one!, session, handed))
}

function tokensOf(
  context: Context,
  contract: Contract,
  user: UserRow,
  session: SessionRow,
  handed: Handed | undefined,
): Tokens {
  const access_token = issueAccessToken(context, contract, user, session)
  const access_expires_in = accessLifetime(context, contract)
  const session_id = session.id
  const transport = session.transport as Transport
  const view = userView(user)
  if (handed === undefined) return { access_token, access_expires_in, session_id, transport, user: view }
  const refreshEnds = Math.min(session.idle_ends_at, session.ends_at)
  // In whole seconds, as the wires say it: what the request itself took shall not make 14 days one second less.
  const seconds = Math.round((refreshEnds - context.clock.now()) / 1000)
  const { refreshToken, pageToken } = handed
  const refresh_token = wrapRefresh(context, contract, user, session, refreshToken)
  const refresh_expires_in = seconds * 1000
  const tokens = {
    access_token,
    access_expires_in,
    session_id,
    transport,
    user: view,
    refresh_token,
    refresh_expires_in,
  }
  if (pageToken === undefined) return tokens
  // Its end slides on the server, so the browser keeps it as long as the session may last.
  return { ...tokens, page_token: pageToken, page_expires_in: session.ends_at - context.clock.now() }
}

/** Ends one session, together with what `beside` it is to be written; false where it was gone already. */
export async function endSession(
  context: Context,
  caller: Caller,
  userId: string,
  sessionId: string,
  beside: readonly Write[] = [],
): Promise<boolean> {
  const change = { kind: 'session_revoked' as const, sid: sessionId }
  const ended = await context.store.atomically([
    write.remove(sessions, { id: sessionId, user_id: userId }, 1),
    context.changes.record(change),
    ...beside,
  ])
  if (!ended) return false
  context.changes.apply(change)
  context.events.emit('session.ended', { userId, sessionId }, caller)
  return true
}

/** Throws `session_ended` unless the session moved along with its user's epoch. */
export async function requireKept(context: Context, userId: string, sessionId: string): Promise<void> {
  for (;;) {
    const user = await context.store.get(users, { id: userId })
    const session = await context.store.get(sessions, { id: sessionId })
    // Two reads: a session that is ahead moved along between them.
    if (user && session && session.epoch > user.epoch) continue
    if (!user || !session || !isAlive(session, user, context.clock.now())) throw fail('session_ended')
    return
  }
}

/**
 * Removes the sessions of the epochs before this one. Housekeeping: they have ended already, and one that was kept or
 * born since then stands in the new epoch.
 */
export async function sweepSessions(context: Context, userId: string, epoch: number): Promise<void> {
  await context.store.remove(sessions, { user_id: userId, epoch: { lt: epoch } })
}
