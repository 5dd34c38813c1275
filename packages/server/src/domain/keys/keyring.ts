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
import { equalBytes, sha256 } from '../../util/hash.js'
import type { Settings } from '../../util/setting.js'
import { audience, clientId } from '../access.js'
import type { Events } from '../events.js'
import type { Secrets } from '../secrets.js'
import { type SigningKey, signingKey } from '../tokens/access.js'
import type { KeyFile } from '../tokens/keyfile.js'
import { publicJwk, verificationKey } from '../tokens/keyformat.js'
import { createKeyStore, type KeyStore, type StoredKey } from './keystore.js'
import { rotateEvery, signingAlgorithm, verifierKeys } from './settings.js'

export interface Keyring {
  /** The key that signs now, for access tokens of a contract: each has its own `typ`. */
  active(contract: Pick<Contract, 'type'>): SigningKey
  /** What the JWKS holds. */
  published(): readonly JsonWebKey[]
  /** The verdict on an access token of a contract, by signature and claims; revocation is not looked at. */
  verify(token: string, contract: Contract): TokenVerdict
  /** As `verify`, but an expired token is good: for those who leave. */
  verifyExpired(token: string, contract: Contract): TokenVerdict
  isVerifierKey(key: string): boolean
  /** Reads the keys anew, makes what is missing, and rotates when it is time. */
  maintain(): Promise<void>
}

type TokenVerdict = { ok: true; claims: Claims } | { ok: false; reason: Reason }

export interface KeyringOptions {
  store: Store
  clock: Clock
  settings: Settings
  secrets: Secrets
  events: Events
  issuer: string
  contracts: readonly Contract[]
  /** Keys of `keys.file`, which take the place of our own. */
  configured?: KeyFile | undefined
}

/** How long a JWKS may be cached; a key is published at least this long before it signs. Milliseconds. */
const JWKS_CACHE = 300_000
const START_LEEWAY = 60_000

interface State {
  active?: SigningKey
  /** The active key by the `typ` in its header. */
  byType: Map<string, SigningKey>
  published: readonly JsonWebKey[]
  keys: KeySet
  kids: ReadonlySet<string>
}

export async function createKeyring(options: KeyringOptions): Promise<Keyring> {
  const state: State = { byType: new Map(), published: [], keys: keySet([]), kids: new Set() }
  const verifiers = new Map(
    options.contracts.map((contract) => [contract.name, verifierOf(options, contract, state)]),
  )
  const keystore = createKeyStore(options, longestLife(options.contracts) + JWKS_CACHE + START_LEEWAY)
  const knownVerifiers = options.settings.get(verifierKeys).map((key) => sha256(key))
  const keyring: Keyring = {
    active: ({ type }) => activeKey(state, type),
    published: () => state.published,
    verify: (token, contract) => judge(verifiers.get(contract.name)!, token, contract),
    verifyExpired: (token, contract) => judgeExpired(verifiers.get(contract.name)!, token, contract),
    isVerifierKey: (key) => knownVerifiers.some((known) => equalBytes(known, sha256(key))),
    maintain: async () => {
      const stored = await upkeep(options, keystore)
      take(state, stored, options.configured, verifiers.values())
    },
  }
  await keyring.maintain()
  return keyring
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
    required: ['iss', 'aud', 'exp', 'iat', 'sub', 'sid', 'jti', 'client_id', 'auth_time'],
    expiryLeeway: 0,
    startLeeway: START_LEEWAY,
    maxLifetime: contract.longestAccess * 1000,
    now: () => clock.now(),
  })
}

function judge(verifier: TokenVerifier, token: string, contract: Contract): TokenVerdict {
  const verdict = verifier.verify(token)
  if (!verdict.ok) return verdict
  return verdict.claims.client_id === clientId(contract) ? verdict : { ok: false, reason: 'audience' }
}

function judgeExpired(verifier: TokenVerifier, token: string, contract: Contract): TokenVerdict {
  const verdict = verifier.verify(token)
  if (!verdict.ok && verdict.reason !== 'expired') return verdict
  const { claims } = verdict
  return claims.client_id === clientId(contract) ? { ok: true, claims } : { ok: false, reason: 'audience' }
}

/** Makes a first key, a next key, and the change of guard when it is due. */
async function upkeep(
  { clock, settings, events, configured }: KeyringOptions,
  keystore: KeyStore,
): Promise<StoredKey[]> {
  let keys = await keystore.load()
  if (configured) {
    await keystore.retire(keys.filter(({ state }) => state !== 'retired'))
    return keystore.load()
  }
  const alg = settings.get(signingAlgorithm)
  const [active, ...older] = keys
    .filter(({ state }) => state === 'active')
    .sort((a, b) => b.activeAt - a.activeAt)
  await keystore.retire(older)
  const next = keys.find(({ state, key }) => state === 'next' && key.alg === alg)
  const due = active && clock.now() - active.activeAt >= settings.get(rotateEvery)
  const published = next && clock.now() - next.createdAt >= JWKS_CACHE
  if (!active || active.key.alg !== alg) {
    const { kid } = await keystore.create(alg, 'active')
    if (active) await keystore.retire([active])
    events.emit('key.activated', { kid, alg })
  } else if (due && published && (await keystore.activate(next, active))) {
    events.emit('key.activated', { kid: next.key.kid, alg })
  }
  keys = await keystore.load()
  if (!keys.some(({ state, key }) => state === 'next' && key.alg === alg)) await keystore.create(alg, 'next')
  return keystore.load()
}

function take(
  state: State,
  stored: StoredKey[],
  configured: KeyFile | undefined,
  verifiers: Iterable<TokenVerifier>,
): void {
  const own = stored.map(({ key }) => verificationKey(key))
  const given = configured?.verifying ?? []
  const all = [...new Map([...own, ...given].map((key) => [key.kid, key])).values()]
  const kids = new Set(all.map(({ kid }) => kid))
  const active = stored.filter((key) => key.state === 'active').sort((a, b) => b.activeAt - a.activeAt)[0]
  state.active = configured?.signing ?? active!.key
  state.byType.clear()
  for (const kid of state.kids) if (!kids.has(kid)) for (const verifier of verifiers) verifier.dropKey(kid)
  if (kids.size === state.kids.size && [...kids].every((kid) => state.kids.has(kid))) return
  state.kids = kids
  state.keys = keySet(all)
  state.published = all.map(publicJwk).filter((jwk) => jwk !== undefined)
}
