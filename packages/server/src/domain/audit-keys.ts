// The keys that audit chains were written with. Each follows from the master secret of its time; `secret.rewrap` keeps
// those of a replaced secret, sealed under the current one, so that old entries can be verified when it is gone.
import { createSecretKey, type KeyObject } from 'node:crypto'
import { cursorOf, type Store, UniqueViolation } from '../store/store.js'
import { hmac } from '../util/hash.js'
import type { Secrets } from './secrets.js'
import { auditKeys } from './tables.js'

const purpose = 'audit'
const idOf = (key: KeyObject) => hmac(key, 'id').toString('hex').slice(0, 32)

/** Every key that can be had, the current one first. */
export async function verifyingKeys(store: Store, secrets: Secrets): Promise<KeyObject[]> {
  const keys = new Map(secrets.keys(purpose).map((key) => [idOf(key), key]))
  for (let after: string | undefined; ; ) {
    const rows = await store.list(auditKeys, { limit: 1000, ...(after !== undefined && { after }) })
    for (const { id, sealed } of rows) {
      const key = secrets.open(sealed, id)
      if (key && !keys.has(id)) keys.set(id, createSecretKey(key))
    }
    if (rows.length < 1000) return [...keys.values()]
    after = cursorOf(auditKeys, rows[999]!)
  }
}

/** Keeps the key of the secret that is being replaced. */
export async function keepAuditKey(store: Store, secrets: Secrets, now: number): Promise<void> {
  for (const key of secrets.keys(purpose).slice(1)) {
    const id = idOf(key)
    try {
      await store.insert(auditKeys, { id, sealed: secrets.seal(key.export(), id), created_at: now })
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error
    }
  }
}

/** When the key of the secret that is being replaced was kept; undefined where it was not. Milliseconds. */
export async function keptAt(store: Store, secrets: Secrets): Promise<number | undefined> {
  const [, replaced] = secrets.keys(purpose)
  return replaced && (await store.get(auditKeys, { id: idOf(replaced) }))?.created_at
}
