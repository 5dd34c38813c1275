// The arithmetic of the audit log's chains, and the one write that makes them longer: entries, the chain's signed head,
// and for a new chain one more in the list of chains, so that neither an entry nor a whole chain goes unnoticed; and the
// same number in the table of administrators, so that an emptied log does not either. Without the master secret none of
// it can be forged.
import type { KeyObject } from 'node:crypto'
import { type Store, UniqueViolation, type Write, write } from '../store/store.js'
import { equalBytes, hmac } from '../util/hash.js'
import type { Entry } from './audit-entry.js'
import { type AuditRow, administration, audit, auditHeads } from './tables.js'

/** Where a chain stands. */
export interface Chain {
  readonly id: string
  readonly sequence: number
  readonly hash: Uint8Array
}

export const newChain = (id: string): Chain => ({ id, sequence: 0, hash: Buffer.alloc(32) })

/** The head under this id counts the chains. */
export const allChains = '00000000-0000-0000-0000-000000000000'

const members = [
  'id',
  'at',
  'event',
  'outcome',
  'actor',
  'actor_id',
  'user_id',
  'session_id',
  'ip',
  'user_agent',
  'request_id',
  'details',
  'chain',
  'sequence',
] as const

/** The keyed hash of an entry, over itself and the one before it. */
export function chainHash(key: KeyObject, previous: Uint8Array, row: AuditRow): Buffer {
  return hmac(key, previous, JSON.stringify(members.map((member) => ordered(row[member]))))
}

/** Members in the order of their names: a store may give JSON back in another one. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([name, inner]) => [name, ordered(inner)]))
}

/** What a chain's head says it ends with; for the list of chains `last` is nothing. */
export function headHash(key: KeyObject, chain: string, sequence: number, last: Uint8Array): Buffer {
  return hmac(key, `head ${chain} ${sequence} `, last)
}

/** What the anchor says of how many chains were begun. */
export function anchorHash(key: KeyObject, chains: number): Buffer {
  return hmac(key, `anchor ${chains}`)
}

/** The entries as they go on from where the chain stands. */
export function link(key: KeyObject, chain: Chain, entries: readonly Entry[]): AuditRow[] {
  let previous = chain.hash
  return entries.map((entry, index) => {
    const row = { ...entry, chain: chain.id, sequence: chain.sequence + index + 1, hash: previous }
    previous = chainHash(key, previous, row)
    return { ...row, hash: previous }
  })
}

/** How often a new chain tries to be counted, while others begin theirs. */
const TRIES = 50

/** Adds linked entries, all or nothing. False where the chain no longer ends where they begin. */
export async function append(
  store: Store,
  key: KeyObject,
  rows: readonly AuditRow[],
  now: number,
): Promise<boolean> {
  const last = rows.at(-1)!
  const begins = rows[0]!.sequence === 1
  for (let tries = begins ? TRIES : 1; tries > 0; tries--) {
    const heads = begins ? await firstHead(store, key, last, now) : [nextHead(key, rows, now)]
    if (await written(store, [...rows.map((row) => write.insert(audit, row)), ...heads])) return true
    // An answer that was lost after its commit leaves everything there.
    const there = await store.get(audit, { id: last.id })
    if (there && equalBytes(there.hash, last.hash)) return true
  }
  return false
}

async function written(store: Store, writes: readonly Write[]): Promise<boolean> {
  try {
    return await store.atomically(writes)
  } catch (error) {
    if (error instanceof UniqueViolation) return false
    throw error
  }
}

const headOf = (key: KeyObject, { chain, sequence, hash }: AuditRow, at: number) => ({
  sequence,
  hash: headHash(key, chain, sequence, hash),
  at,
})

function nextHead(key: KeyObject, rows: readonly AuditRow[], now: number): Write {
  const last = rows.at(-1)!
  const where = { chain: last.chain, sequence: rows[0]!.sequence - 1 }
  return write.update(auditHeads, where, headOf(key, last, now), 1)
}

/** The head of a new chain, and one more in the list of chains and in the anchor; neither ever counts down. */
async function firstHead(store: Store, key: KeyObject, last: AuditRow, now: number): Promise<Write[]> {
  const own = write.insert(auditHeads, { chain: last.chain, ...headOf(key, last, now) })
  const list = await store.get(auditHeads, { chain: allChains })
  const anchor = await store.get(administration, { id: 'first' })
  const sequence = Math.max(list?.sequence ?? 0, anchor?.audit_chains ?? 0) + 1
  const longer = { sequence, hash: headHash(key, allChains, sequence, new Uint8Array()), at: now }
  const listed = list
    ? write.update(auditHeads, { chain: allChains, sequence: list.sequence }, longer, 1)
    : write.insert(auditHeads, { chain: allChains, ...longer })
  if (!anchor) return [own, listed]
  const anchored = { audit_chains: sequence, audit_chains_hash: anchorHash(key, sequence) }
  const where = { id: 'first', audit_chains: anchor.audit_chains }
  return [own, listed, write.update(administration, where, anchored, 1)]
}
