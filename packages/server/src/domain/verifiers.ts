// Services that verify tokens, known by a key of the setting `verifier_keys`. A key that was removed does not count,
// whatever a setting lists: settings are read at the start alone, and a key that leaked cannot wait for that.
import { fail } from '@sallyport/protocol'
import { type Store, UniqueViolation, write } from '../store/store.js'
import type { Clock } from '../util/clock.js'
import { sha256 } from '../util/hash.js'
import type { Settings } from '../util/setting.js'
import type { Changes } from './changes.js'
import type { Caller, Context, Credential, RequestFacts } from './context.js'
import type { EventOrigin, Events } from './events.js'
import { verifierKeys } from './keys/settings.js'
import { removedVerifiers } from './verifiers-table.js'

export interface ListedVerifier {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly removedAt?: number
}

export interface Verifiers {
  /** The id of a key that counts; undefined for any other. */
  find(key: string): string | undefined
  /** Whether the key with this id counts. */
  has(id: string): boolean
  /** Those of the settings. */
  list(): Promise<readonly ListedVerifier[]>
  /** The key counts no longer, here at once and on other servers within a second; their feeds end. Throws `not_found`. */
  remove(caller: EventOrigin, id: string): Promise<void>
}

interface Options {
  readonly store: Store
  readonly clock: Clock
  readonly settings: Settings
  readonly changes: Changes
  readonly events: Events
}

/** What a key is called where it must not be said: 64 bits of its hash. */
const idOf = (key: string): string => sha256(key).toString('hex', 0, 8)

/** Whoever took a key out of the setting first would look for it in vain, and running servers go on with it. */
const unlisted =
  'The setting verifier_keys lists no such key. A key is removed first and taken out of the setting then: put it back where that was done already.'

const PAGE = 1000

export async function createVerifiers({
  store,
  clock,
  settings,
  changes,
  events,
}: Options): Promise<Verifiers> {
  const listed = new Set(settings.get(verifierKeys).map(idOf))
  const removed = new Set<string>()
  changes.hear((change) => {
    if (change.kind === 'verifier_removed') removed.add(change.verifier)
  })
  for (const id of (await removals(store, listed)).keys()) removed.add(id)
  const has = (id: string) => listed.has(id) && !removed.has(id)
  return {
    has,
    find: (key) => {
      const id = idOf(key)
      return has(id) ? id : undefined
    },
    list: async () => {
      const known = await removals(store, listed)
      return [...listed].map((id) => ({ id, ...(known.has(id) && { removedAt: known.get(id)! }) }))
    },
    remove: async (caller, id) => {
      if (!listed.has(id)) throw fail('not_found', { detail: unlisted })
      const change = { kind: 'verifier_removed' as const, verifier: id }
      const row = write.insert(removedVerifiers, { id, removed_at: clock.now() })
      const isNew = await store.atomically([row, changes.record(change)]).catch(alreadyThere)
      changes.apply(change)
      if (isNew) events.emit('verifier.removed', { verifier: id }, caller)
    },
  }
}

/** Removed twice is removed. */
function alreadyThere(error: unknown): false {
  if (error instanceof UniqueViolation) return false
  throw error
}

async function removals(store: Store, ids: ReadonlySet<string>): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  const all = [...ids]
  for (let at = 0; at < all.length; at += PAGE) {
    const where = { id: { in: all.slice(at, at + PAGE) } }
    for (const row of await store.list(removedVerifiers, { where, limit: PAGE }))
      found.set(row.id, row.removed_at)
  }
  return found
}

/** The caller behind a verifier key. Throws `token_missing`, `access_token_invalid`. */
export function verifier(context: Context, credentials: readonly Credential[], facts: RequestFacts): Caller {
  const key = credentials[0]?.value
  if (key === undefined) throw fail('token_missing')
  const id = context.verifiers.find(key)
  if (id === undefined) throw fail('access_token_invalid', { detail: 'This verifier key is not known.' })
  return { ...facts, verifier: id }
}
