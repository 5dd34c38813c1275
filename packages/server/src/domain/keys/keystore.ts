// The rows of signing keys: sealed on the way in, opened on the way out, and moved from state to state by guarded
// writes, so that two processes that rotate at once make one rotation.
import type { Algorithm } from '@sallyport/verify'
import { type Write, write } from '../../store/store.js'
import { counters, NEVER, type SigningKeyRow, signingKeys } from '../tables.js'
import type { SigningKey } from '../tokens/access.js'
import { fromPrivateBytes, generateSigningKey, privateBytes } from '../tokens/keyformat.js'
import type { KeyringOptions } from './keyring.js'

export interface StoredKey {
  readonly key: SigningKey
  readonly state: 'next' | 'active' | 'retired'
  readonly createdAt: number
  /** 0 for a key that never signed. */
  readonly activeAt: number
  readonly retiredAt?: number
}

/** Signing keys that the master secret does not open: it is not the one that sealed them. */
export class UnopenableKeys extends Error {
  constructor(count: number) {
    const what = count === 1 ? '1 signing key' : `${count} signing keys`
    super(`${what} in the database cannot be opened with this master secret`)
    this.name = 'UnopenableKeys'
  }
}

export interface KeyStore {
  /** Throws UnopenableKeys. */
  load(): Promise<StoredKey[]>
  /** Whether this process, of all that find no keys, is the one to make the first. */
  begins(): Promise<boolean>
  create(alg: Algorithm, state: 'next' | 'active'): Promise<SigningKey>
  /** The key that signs and the next one, where there was none: together, so that nobody finds one and makes another. */
  createFirst(alg: Algorithm): Promise<SigningKey>
  /** The next key signs from now on, the active one retires; false where another process did it. */
  activate(next: StoredKey, active: StoredKey, also?: Write): Promise<boolean>
  retire(keys: readonly StoredKey[]): Promise<void>
  /** The key is gone; with `next` that one signs from now on. False where another process was first. */
  remove(kid: string, next: StoredKey | undefined, also: Write): Promise<boolean>
}

type Options = Pick<KeyringOptions, 'store' | 'clock' | 'secrets'>

/** How long one process has for the first keys before another may make them. Milliseconds. */
const BEGINNING = 10_000

/** @param afterlife how long a retired key is still published, in milliseconds */
export function createKeyStore(options: Options, afterlife: number): KeyStore {
  const { store, clock } = options
  const opened = new Map<string, SigningKey>()
  const retirement = () => ({
    state: 'retired',
    retired_at: clock.now(),
    expires_at: clock.now() + afterlife,
  })
  return {
    load: () => load(options, opened),
    begins: async () => {
      const row = { key: 'first signing key', count: 0, expires_at: clock.now() + BEGINNING }
      return (await store.increment(counters, row, 'count')) === 1
    },
    create: (alg, state) => create(options, alg, [state]),
    createFirst: (alg) => create(options, alg, ['active', 'next']),
    activate: (next, active, also) =>
      store.atomically([
        activation(next, clock.now()),
        write.update(signingKeys, { kid: active.key.kid, state: 'active' }, retirement(), 1),
        ...(also ? [also] : []),
      ]),
    retire: async (keys) => {
      for (const { key, state } of keys)
        await store.update(signingKeys, { kid: key.kid, state }, retirement())
    },
    remove: (kid, next, also) =>
      store.atomically([
        write.remove(signingKeys, { kid }, 1),
        ...(next ? [activation(next, clock.now())] : []),
        also,
      ]),
  }
}

function activation({ key }: StoredKey, now: number): Write {
  return write.update(signingKeys, { kid: key.kid, state: 'next' }, { state: 'active', active_at: now }, 1)
}

async function load({ store, secrets }: Options, opened: Map<string, SigningKey>): Promise<StoredKey[]> {
  const rows = await store.list(signingKeys, { limit: 1000 })
  const keys = rows.map((row) => ({ row, key: opened.get(row.kid) ?? openRow(secrets, row) }))
  const closed = keys.filter(({ key }) => key === undefined).length
  if (closed > 0) throw new UnopenableKeys(closed)
  for (const { row, key } of keys) opened.set(row.kid, key!)
  return keys.map(({ row, key }) => stored(row, key!))
}

/** Makes keys in these states, all or none, and answers the first of them. */
async function create(
  options: Options,
  alg: Algorithm,
  states: readonly ('next' | 'active')[],
): Promise<SigningKey> {
  const made = await Promise.all(states.map((state) => newKey(options, alg, state)))
  await options.store.atomically(made.map(({ row }) => write.insert(signingKeys, row)))
  return made[0]!.key
}

async function newKey({ clock, secrets }: Options, alg: Algorithm, state: 'next' | 'active') {
  const key = await generateSigningKey(alg)
  const sealed = secrets.seal(privateBytes(key), key.kid)
  const now = clock.now()
  const active_at = state === 'active' ? now : null
  const row: SigningKeyRow = {
    kid: key.kid,
    alg,
    state,
    sealed,
    created_at: now,
    active_at,
    retired_at: null,
    expires_at: NEVER,
  }
  return { key, row }
}

function openRow(secrets: Options['secrets'], row: SigningKeyRow): SigningKey | undefined {
  const bytes = secrets.open(row.sealed, row.kid)
  return bytes && fromPrivateBytes(row.kid, row.alg as Algorithm, bytes)
}

function stored(row: SigningKeyRow, key: SigningKey): StoredKey {
  return {
    key,
    state: row.state as StoredKey['state'],
    createdAt: row.created_at,
    activeAt: row.active_at ?? 0,
    ...(row.retired_at !== null && { retiredAt: row.retired_at }),
  }
}
