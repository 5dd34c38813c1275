// The keys of wire contracts whose tokens are JWTs of their own, and the verdict on such a token. A contract's algorithm
// is its only one; its secrets come from contract-secrets.ts, its key pair is made once and stands in the store sealed.
// Nothing here knows whom a token is for or whether its session lives.
import { createPublicKey, type JsonWebKey } from 'node:crypto'
import type { Contract, Data } from '@sallyport/protocol'
import { type Claims, createTokenVerifier, type KeySet, keySet, type TokenVerifier } from '@sallyport/verify'
import { UniqueViolation, write } from '../../store/store.js'
import { isUuid } from '../../util/ids.js'
import { type ContractKeyRow, contractKeys } from '../tables.js'
import { type SigningKey, signingKey, signPayload, unnamedKey } from '../tokens/access.js'
import {
  compileClaims,
  type JwtKind,
  marks,
  type OwnClaims,
  payloadOf,
  requiredOfJwt,
} from '../tokens/contract-claims.js'
import {
  fromPrivateBytes,
  generateSigningKey,
  privateBytes,
  publicJwk,
  verificationKey,
} from '../tokens/keyformat.js'
import { secretsOf } from './contract-secrets.js'
import type { KeyringOptions, TokenVerdict } from './keyring.js'
import { UnopenableKeys } from './keystore.js'

/** One contract's tokens. */
export interface Jwt {
  /** A signed token of this kind: the contract's claims over `data`, and ours. */
  issue(kind: JwtKind, data: Data, own: OwnClaims): string
  /** Whether it is a token of this kind, by signature and claims. An expired one comes with its claims. */
  verify(kind: JwtKind, token: string): JwtVerdict
}

export type JwtVerdict = TokenVerdict | { ok: false; reason: 'expired'; claims: Claims }

export interface ContractKeys {
  /** Undefined for a contract whose tokens are the server's own. */
  of(contract: Pick<Contract, 'name'>): Jwt | undefined
  /** Reads the key pairs anew and makes what is missing. Throws UnopenableKeys. */
  load(): Promise<void>
  published(): readonly JsonWebKey[]
  /** The public half of a contract's key pair, as PEM; undefined where it has none. */
  publicPem(contract: Pick<Contract, 'name'>): string | undefined
  cached(): number
  /** Every key pair in the store goes; whoever serves the contract makes another. */
  discard(): Promise<void>
}

/** The pair of one contract as it stands now. */
interface Pair {
  key?: SigningKey
  set: KeySet
}

const START_LEEWAY = 60_000

/** Throws an Error that names the contract where its claims cannot be printed. */
export async function createContractKeys(options: KeyringOptions): Promise<ContractKeys> {
  const served = options.contracts.filter(({ tokens }) => tokens !== undefined)
  const pairs = new Map<string, Pair>()
  for (const { name, tokens } of served)
    if (!tokens!.algorithm.startsWith('HS')) pairs.set(name, { set: keySet([]) })
  const signers = new Map(
    served.map((contract) => [contract.name, signerOf(options, contract, pairs.get(contract.name))] as const),
  )
  let shown: readonly JsonWebKey[] = []
  const load = async () => {
    for (const contract of served) {
      const pair = pairs.get(contract.name)
      if (pair) await loadPair(options, contract, pair, signers.get(contract.name)!)
    }
    shown = [...pairs.values()].map(({ key }) => publicJwk(verificationKey(key!))!)
  }
  await load()
  return {
    of: ({ name }) => signers.get(name),
    load,
    published: () => shown,
    publicPem: ({ name }) => {
      const key = pairs.get(name)?.key
      return key && createPublicKey(key.key).export({ type: 'spki', format: 'pem' }).toString()
    },
    cached: () => [...signers.values()].reduce((sum, { verifiers }) => sum + countOf(verifiers), 0),
    discard: () => discard(options),
  }
}

async function discard({ store, changes }: KeyringOptions): Promise<void> {
  for (const { id, kid } of await store.list(contractKeys, { limit: 1000 })) {
    const change = { kind: 'keys_changed', kid } as const
    if (await store.atomically([write.remove(contractKeys, { id, kid }, 1), changes.record(change)]))
      changes.apply(change)
  }
}

type Verifiers = Readonly<Record<JwtKind, readonly TokenVerifier[]>>

const countOf = (verifiers: Verifiers) =>
  [...verifiers.access, ...verifiers.refresh].reduce((sum, { cached }) => sum + cached, 0)

function signerOf(
  options: KeyringOptions,
  contract: Contract,
  pair: Pair | undefined,
): Jwt & { readonly verifiers: Verifiers } {
  if ((contract.lifetimes?.access ?? 0) > contract.longestAccess)
    throw new Error(`contract "${contract.name}": lifetimes.access is longer than longestAccess`)
  const prints = compileClaims(contract)
  const secrets = {
    access: secretKeys(options, contract, 'access', pair),
    refresh: secretKeys(options, contract, 'refresh', pair),
  }
  const verifiersOf = (kind: JwtKind) =>
    pair
      ? [verifierOf(options, contract, kind, () => pair.set)]
      : secrets[kind].map((key) => {
          const set = keySet([key], key)
          return verifierOf(options, contract, kind, () => set)
        })
  const verifiers = { access: verifiersOf('access'), refresh: verifiersOf('refresh') }
  return {
    verifiers,
    issue: (kind, data, own) =>
      signPayload(pair ? pair.key! : secrets[kind][0]!, payloadOf(prints[kind], kind, data, own)),
    verify: (kind, token) => judge(verifiers, kind, token),
  }
}

function secretKeys(
  options: KeyringOptions,
  contract: Contract,
  kind: JwtKind,
  pair: Pair | undefined,
): readonly SigningKey[] {
  if (pair) return []
  return secretsOf(options, contract, kind).map((key) =>
    unnamedKey(contract.tokens!.algorithm, key, contract.type),
  )
}

function verifierOf(
  { clock }: KeyringOptions,
  contract: Contract,
  kind: JwtKind,
  keys: () => KeySet,
): TokenVerifier {
  return createTokenVerifier({
    keys,
    issuer: null,
    audience: null,
    types: [contract.type],
    required: requiredOfJwt,
    also: ({ uid, sid }) => (isUuid(uid as string) && isUuid(sid as string) ? undefined : 'claims'),
    expiryLeeway: 0,
    startLeeway: START_LEEWAY,
    // A refresh token lives as long as its session may.
    maxLifetime: kind === 'access' ? contract.longestAccess * 1000 : Number.POSITIVE_INFINITY,
    // One is shown once.
    ...(kind === 'refresh' && { cache: { entries: 0 } }),
    now: () => clock.now(),
  })
}

/** A token of the other kind is told from one that is no token of ours. */
function judge(verifiers: Verifiers, kind: JwtKind, token: string): JwtVerdict {
  const verdict = look(verifiers[kind], token)
  const claims = 'claims' in verdict ? verdict.claims : undefined
  if (claims?.knd === marks[kind]) return verdict
  const other = kind === 'access' ? 'refresh' : 'access'
  const second = look(verifiers[other], token)
  if ('claims' in second && second.claims.knd === marks[other]) return { ok: false, reason: 'kind' }
  return claims || verdict.ok ? { ok: false, reason: 'claims' } : verdict
}

/** Each secret in turn, as long as the signature is the reason. */
function look(verifiers: readonly TokenVerifier[], token: string): JwtVerdict {
  for (const verifier of verifiers) {
    const verdict = verifier.verify(token)
    if (verdict.ok || verdict.reason !== 'signature') return verdict
  }
  return { ok: false, reason: 'signature' }
}

const idOf = ({ name, tokens }: Contract) => `${name} ${tokens!.algorithm}`

/** The pair that the store has; the first process to find none makes it, and every other takes that one. */
async function loadPair(
  options: KeyringOptions,
  contract: Contract,
  pair: Pair,
  { verifiers }: { verifiers: Verifiers },
): Promise<void> {
  const id = idOf(contract)
  const row = (await options.store.get(contractKeys, { id })) ?? (await makePair(options, contract))
  if (row.kid === pair.key?.kid) return
  const bytes = options.secrets.open(row.sealed, id)
  if (!bytes) throw new UnopenableKeys(1)
  const { alg, key } = fromPrivateBytes(row.kid, contract.tokens!.algorithm, bytes)
  const former = pair.key?.kid
  pair.key = signingKey(row.kid, alg, key, contract.type)
  pair.set = keySet([verificationKey(pair.key)])
  if (former !== undefined)
    for (const verifier of [...verifiers.access, ...verifiers.refresh]) verifier.dropKey(former)
}

async function makePair(
  { store, secrets, clock }: KeyringOptions,
  contract: Contract,
): Promise<ContractKeyRow> {
  const id = idOf(contract)
  const key = await generateSigningKey(contract.tokens!.algorithm)
  const sealed = secrets.seal(privateBytes(key), id)
  const row = { id, kid: key.kid, sealed, created_at: clock.now() }
  try {
    await store.insert(contractKeys, row)
    return row
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error
    return (
      (await store.get(contractKeys, { id })) ??
      makePair({ store, secrets, clock } as KeyringOptions, contract)
    )
  }
}
