// Signing keys and their lives: next (published, does not sign yet), active (signs), retired (published until its last
// token is dead), gone. No valid token is refused at any moment of a rotation, because verifiers know the next key
// before it signs. Private keys stand in the store sealed. Formats are tokens/keyformat.ts's.
import type { JsonWebKey } from 'node:crypto'
import type { Contract } from '@sallyport/protocol'
import {
  type Claims,
  createTokenVerifier,
  type KeySet,
  keySet,
  type Reason,
  type TokenVerifier,
} from '@sallyport/verify'
import type { Store } from '../../store/store.js'
import type { Clock } from '../../util/clock.js'
import { isUuid } from '../../util/ids.js'
import type { Settings } from '../../util/setting.js'
import { audience, clientId } from '../access-token.js'
import type { Changes } from '../changes.js'
import type { Log } from '../context.js'
import type { EventOrigin, Events } from '../events.js'
import type { Secrets } from '../secrets.js'
import { type SigningKey, signingKey } from '../tokens/access.js'
import type { KeyFile } from '../tokens/keyfile.js'
import { publicJwk, verificationKey } from '../tokens/keyformat.js'
import { bearerOfClaims } from '../visits.js'
import { type ContractKeys, createContractKeys, type Jwt, type JwtVerdict } from './contract-keys.js'
import { createKeyStore, type StoredKey } from './keystore.js'
import { activeOf, JWKS_CACHE, remove, replace, rotate, upkeep } from './rotation.js'

export interface Keyring {
  /** The key that signs now, for access tokens of a contract: each has its own `typ`. */
  active(contract: Pick<Contract, 'type'>): SigningKey
  /** What the JWKS holds. */
  published(): readonly JsonWebKey[]
  /** The verdict on an access token of a contract, by signature and claims; revocation is not looked at. */
  verify(token: string, contract: Contract): TokenVerdict
  /** As `verify`, but an expired token is good: for those who leave. */
  verifyExpired(token: string, contract: Contract): TokenVerdict
  /** How many tokens are known to be good without checking their signature again. */
  cached(): number
  /** The tokens of a contract that are JWTs of its own; undefined where they are the server's. */
  jwt(contract: Pick<Contract, 'name'>): Jwt | undefined
  /** The public half of a contract's own key pair, as PEM; undefined where it has none. */
  publicPem(contract: Pick<Contract, 'name'>): string | undefined
  /** Reads the keys anew, makes what is missing, and rotates when it is time. */
  maintain(): Promise<void>
  /** Every key there is, as the store has it. */
  list(): Promise<readonly ListedKey[]>
  /** The next key signs from now on. Throws `conflict` where verifiers may not know it yet and it is not forced. */
  rotate(caller: EventOrigin, force: boolean): Promise<void>
  /** The key and all it signed count no longer, here at once. Throws `not_found`, `conflict` with `keys.file`. */
  remove(caller: EventOrigin, kid: string): Promise<void>
  /** The key pairs of contracts are made anew; what the old ones signed counts no longer. */
  replaceContractKeys(): Promise<void>
  /** New keys take the place of all there are, which count no longer. Throws `conflict` with `keys.file`. */
  replace(caller: EventOrigin): Promise<void>
}

export interface ListedKey {
  readonly key: Pick<SigningKey, 'kid' | 'alg'>
  readonly state: StoredKey['state']
  readonly createdAt?: number
  readonly activeAt?: number
  readonly retiredAt?: number
}

/** `kind`: rightly signed, for the other purpose. */
export type TokenVerdict = Accepted | { ok: false; reason: Reason | 'kind' }

interface Accepted {
  readonly ok: true
  readonly claims: Claims
  /** A `Bearer`, the same for as long as the token is remembered; undefined for a JWT of a contract's own. */
  readonly note?: unknown
}

export interface KeyringOptions {
  store: Store
  clock: Clock
  settings: Settings
  secrets: Secrets
  events: Events
  changes: Changes
  log: Log
  issuer: string
  contracts: readonly Contract[]
  /** Keys of `keys.file`, which take the place of our own. */
  configured?: KeyFile | undefined
}

const START_LEEWAY = 60_000

/** What every access token of ours says. */
export const requiredClaims = [
  'iss',
  'aud',
  'exp',
  'iat',
  'sub',
  'sid',
  'jti',
  'client_id',
  'auth_time',
] as const

interface State {
  active?: SigningKey
  /** The active key by the `typ` in its header. */
  byType: Map<string, SigningKey>
  published: readonly JsonWebKey[]
  keys: KeySet
  kids: ReadonlySet<string>
  stored: readonly StoredKey[]
  /** Ids of keys that must not come back, whatever a reading that began earlier says. */
  readonly removed: Set<string>
}

export async function createKeyring(options: KeyringOptions): Promise<Keyring> {
  const { contracts, configured } = options
  const state = emptyState()
  const verifiers = new Map(
    contracts.map((contract) => [contract.name, verifierOf(options, contract, state)] as const),
  )
  const keystore = createKeyStore(options, longestLife(contracts) + JWKS_CACHE + START_LEEWAY)
  const took = (stored: readonly StoredKey[]) => take(state, stored, configured, [...verifiers.values()])
  const alone = oneAtATime()
  const own = await createContractKeys(options)
  const judges = judgesOf(options, verifiers, own)
  const look = () => upkeep(options, keystore).then(took).then(own.load)
  const maintain = () => alone(look)
  await maintain()
  hearChanges(options, maintain, (kid) => {
    state.removed.add(kid)
    took(state.stored)
  })
  return {
    active: ({ type }) => activeKey(state, type),
    published: () => [...state.published, ...own.published()],
    verify: (token, { name }) => judges.get(name)!(token),
    verifyExpired: (token, { name }) => forgiving(judges.get(name)!(token)),
    cached: () => [...verifiers.values()].reduce((sum, { cached }) => sum + cached, own.cached()),
    replaceContractKeys: () => alone(() => own.discard().then(look)),
    jwt: own.of,
    publicPem: own.publicPem,
    maintain,
    list: async () => [...configuredKeys(configured), ...(await keystore.load())],
    rotate: (caller, force) => alone(() => rotate(options, keystore, caller, force).then(look)),
    remove: (caller, kid) => alone(() => remove(options, keystore, caller, kid).then(look)),
    replace: (caller) => alone(() => replace(options, keystore, caller).then(look)),
  }
}

/** By contract, what judges its access tokens. */
function judgesOf(
  { contracts }: KeyringOptions,
  verifiers: ReadonlyMap<string, TokenVerifier>,
  own: ContractKeys,
): ReadonlyMap<string, (token: string) => JwtVerdict> {
  const judgeOf = (contract: Contract): ((token: string) => JwtVerdict) => {
    const jwt = own.of(contract)
    return jwt ? (token) => jwt.verify('access', token) : verifiers.get(contract.name)!.verify
  }
  return new Map(contracts.map((contract) => [contract.name, judgeOf(contract)] as const))
}

function forgiving(verdict: JwtVerdict): TokenVerdict {
  return 'claims' in verdict ? { ok: true, claims: verdict.claims } : verdict
}

function emptyState(): State {
  const keys = { keys: keySet([]), kids: new Set<string>(), stored: [] }
  return { byType: new Map(), published: [], removed: new Set(), ...keys }
}

/** Runs one work after another: a reading that began earlier never ends later, and upkeep sees no half-done change. */
function oneAtATime(): (work: () => Promise<void>) => Promise<void> {
  let last = Promise.resolve()
  return (work) => {
    last = last.catch(() => {}).then(work)
    return last
  }
}

/** A removed key is dropped before anything is read, and what else changed about keys is read at once. */
function hearChanges(
  { changes, log }: KeyringOptions,
  maintain: () => Promise<void>,
  drop: (kid: string) => void,
): void {
  changes.hear((change) => {
    if (change.kind !== 'key_removed' && change.kind !== 'keys_changed') return
    if (change.kind === 'key_removed') drop(change.kid)
    maintain().catch((error: unknown) => log.warn({ err: error }, 'keys could not be read'))
  })
}

/** The keys of `keys.file`: the first signs, the others verify. */
function configuredKeys(configured: KeyFile | undefined): ListedKey[] {
  if (!configured) return []
  const { signing, verifying } = configured
  return verifying.map((key) => ({ key, state: key.kid === signing.kid ? 'active' : 'retired' }))
}

function activeKey({ active, byType }: State, type: string): SigningKey {
  const known = byType.get(type)
  if (known) return known
  const { kid, alg, key } = active!
  const made = signingKey(kid, alg, key, type)
  byType.set(type, made)
  return made
}

function longestLife(contracts: readonly Contract[]): number {
  return Math.max(...contracts.map((contract) => contract.longestAccess)) * 1000
}

function verifierOf(
  { issuer, settings, clock }: KeyringOptions,
  contract: Contract,
  state: State,
): TokenVerifier {
  return createTokenVerifier({
    keys: () => state.keys,
    issuer,
    audience: settings.get(audience),
    types: [contract.type],
    required: requiredClaims,
    also: (claims) => problemOf(claims, contract),
    note: bearerOfClaims,
    expiryLeeway: 0,
    startLeeway: START_LEEWAY,
    maxLifetime: contract.longestAccess * 1000,
    now: () => clock.now(),
  })
}

/** What only this server knows of its tokens: whose they are, and how it writes the ids that the store is asked for. */
function problemOf(claims: Claims, contract: Contract): 'audience' | 'claims' | undefined {
  if (claims.client_id !== clientId(contract)) return 'audience'
  return isUuid(claims.sub as string) && isUuid(claims.sid as string) ? undefined : 'claims'
}

function take(
  state: State,
  stored: readonly StoredKey[],
  configured: KeyFile | undefined,
  verifiers: readonly TokenVerifier[],
): void {
  state.stored = stored.filter(({ key }) => !state.removed.has(key.kid))
  const own = state.stored.map(({ key }) => verificationKey(key))
  const given = configured?.verifying ?? []
  const all = [...new Map([...own, ...given].map((key) => [key.kid, key])).values()]
  const kids = new Set(all.map(({ kid }) => kid))
  // Where the signing key was removed and the store has not said yet which follows, it is the next one.
  const successor = activeOf(state.stored) ?? state.stored.find((key) => key.state === 'next')
  state.active = configured?.signing ?? successor?.key ?? state.active!
  state.byType.clear()
  for (const kid of state.kids) if (!kids.has(kid)) for (const verifier of verifiers) verifier.dropKey(kid)
  if (kids.size === state.kids.size && [...kids].every((kid) => state.kids.has(kid))) return
  state.kids = kids
  state.keys = keySet(all)
  state.published = all.map(publicJwk).filter((jwk) => jwk !== undefined)
}
