// Tokens of the backend that Sallyport took the place of: an access token counts until it runs out, a refresh token is
// traded once for a session of ours. For a user who was taken over, and only as long as nothing has ended what they had
// open: a changed password, a log-out or being disabled closes it at once. Good tokens of ours never come here.
import type { KeyObject } from 'node:crypto'
import { type Contract, type Failure, fail } from '@sallyport/protocol'
import { type Where, type Write, write } from '../../store/store.js'
import { sha256 } from '../../util/hash.js'
import type { Settings } from '../../util/setting.js'
import type { Access, Context, Credential } from '../context.js'
import { parseEmail, parseUsername } from '../identifiers.js'
import { type UserRow, users } from '../tables.js'
import { userBy } from '../users.js'
import { type LegacyToken, legacyTokens } from './settings.js'
import { judgeLegacy, keyOf } from './verify.js'

type Entry = LegacyToken & { readonly keyObject: KeyObject }

/** The bearer of a good token of the earlier backend. */
export interface Bearer {
  readonly user: UserRow
  /** Milliseconds since 1970. */
  readonly endsAt: number
  /** SHA-256 of what is signed, since a signature can be written in several ways. */
  readonly hash: Buffer
}

/** Whose a token was, and its hash. */
export interface Leaver {
  readonly userId: string
  readonly hash: Buffer
}

export interface Legacy {
  /** Whether any token of an earlier backend still counts on this contract. */
  isOpen(contract: Pick<Contract, 'name'>): boolean
  /**
   * Whose a token is. Undefined where it is none of the earlier backend's; throws `access_token_expired`,
   * `refresh_token_expired`, and `session_ended` where it counts for its user no longer.
   */
  bearerOf(
    context: Context,
    contract: Contract,
    token: Pick<Credential, 'kind' | 'value'>,
  ): Promise<Bearer | undefined>
  /** The same for whoever leaves: a token that has run out, or counts no longer, tells as well who that is. */
  leaverOf(
    context: Context,
    contract: Contract,
    token: Pick<Credential, 'kind' | 'value'>,
  ): Promise<Leaver | undefined>
  /** What else a log-out writes, so that no older token outlives it; nothing where none counts. */
  closing(userId: string): Write[]
}

/** An id that no session has: an earlier backend's token belongs to none. */
export const NO_SESSION = '00000000-0000-7000-8000-000000000000'

/** Throws Error for a key that cannot be read and for a contract that is not open. */
export function createLegacy(
  settings: Settings,
  { now }: { now(): number },
  contracts: readonly Pick<Contract, 'name'>[],
): Legacy {
  const entries: readonly Entry[] = settings
    .get(legacyTokens)
    .map((token, index) => ({ ...token, keyObject: readKey(token, index) }))
  for (const [index, { contract }] of entries.entries())
    if (!contracts.some(({ name }) => name === contract))
      throw new Error(`legacy_tokens, entry ${index + 1}: the contract ${contract} is not open`)
  const standing = () => entries.filter(({ until }) => now() < until)
  return {
    isOpen: ({ name }) => entries.length > 0 && standing().some(({ contract }) => contract === name),
    bearerOf: (context, contract, token) => find(context, contract, token, standing()),
    leaverOf: (context, contract, token) => findLeaver(context, contract, token, standing()),
    closing: (userId) =>
      standing().length === 0 ? [] : [write.update(users, { id: userId }, { taken_over_at: null })],
  }
}

function readKey(token: LegacyToken, index: number): KeyObject {
  try {
    return keyOf(token)
  } catch (error) {
    throw new Error(`legacy_tokens, entry ${index + 1}: the key is no ${token.algorithm} key`, {
      cause: error,
    })
  }
}

async function find(
  context: Context,
  contract: Contract,
  { kind, value }: Pick<Credential, 'kind' | 'value'>,
  entries: readonly Entry[],
): Promise<Bearer | undefined> {
  let isExpired = false
  for (const entry of entries) {
    if (entry.contract !== contract.name || entry.kind !== kind) continue
    const verdict = await judgeLegacy(entry, value, context.clock.now())
    if (verdict.ok) return standingBearer(context, contract, entry, verdict, value)
    isExpired ||= verdict.user !== undefined
  }
  if (isExpired) throw fail(kind === 'refresh' ? 'refresh_token_expired' : 'access_token_expired')
  return undefined
}

async function findLeaver(
  context: Context,
  contract: Contract,
  { kind, value }: Pick<Credential, 'kind' | 'value'>,
  entries: readonly Entry[],
): Promise<Leaver | undefined> {
  for (const entry of entries) {
    if (entry.contract !== contract.name || entry.kind !== kind) continue
    const verdict = await judgeLegacy(entry, value, context.clock.now())
    if (verdict.user === undefined) continue
    const user = await userOf(context, contract, entry, verdict.user)
    return user && { userId: user.id, hash: hashOf(value) }
  }
  return undefined
}

const hashOf = (token: string) => sha256(token.slice(0, token.lastIndexOf('.')))

async function userOf({ store }: Context, contract: Contract, { by }: Entry, named: string) {
  const where = whereOf(contract, by, named)
  return where === undefined ? undefined : userBy(store, where)
}

async function standingBearer(
  context: Context,
  contract: Contract,
  entry: Entry,
  { user: named, endsAt }: { user: string; endsAt: number },
  value: string,
): Promise<Bearer> {
  const user = await userOf(context, contract, entry, named)
  if (user?.status !== 'active') throw fail('session_ended', { shade: 'user' })
  if (!isStanding(user)) throw fail('session_ended')
  return { user, endsAt, hash: hashOf(value) }
}

/** Whether nothing has ended what the user had open when they were taken over. */
const isStanding = ({ taken_over_at, epoch }: UserRow) => taken_over_at !== null && epoch === 0

/** The same as a guard: what stands beside it is written only while it holds. */
export const stillStanding = ({ id }: UserRow): Write =>
  write.update(users, { id, status: 'active', epoch: 0, taken_over_at: { gt: 0 } }, { status: 'active' }, 1)

function whereOf(contract: Contract, by: Entry['by'], named: string): Where<UserRow> | undefined {
  if (by === 'id') return { external_id: named }
  if (by === 'email') {
    const email = parseEmail(named)?.normalized
    return email === undefined ? undefined : { email_normalized: email }
  }
  const name = parseUsername(named, contract)?.normalized
  return name === undefined ? undefined : { username_normalized: name }
}

/**
 * What an access token of the earlier backend lets its bearer do: everything but what asks for a recent proof, because
 * nobody knows when they gave one.
 */
export function accessOf({ user, endsAt }: Bearer): Access {
  return { userId: user.id, sessionId: NO_SESSION, authTime: 0, expiresAt: endsAt, claims: {} }
}

/** Whether it is such an access: nobody ever proved by it who they are. */
export const isLegacyAccess = ({ sessionId }: Access): boolean => sessionId === NO_SESSION

/** Whether this is a failure that a token of another backend is met with. */
export const isUnknownToken = ({ code }: Failure): boolean =>
  code === 'access_token_invalid' || code === 'refresh_token_invalid'
