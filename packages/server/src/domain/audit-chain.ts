// The arithmetic of the audit log's chains: the hash of an entry, the seal on a chain's head, and the walk that finds
// what was changed, is missing or was cut off. Without the master secret none of it can be forged.
import type { Store } from '../store/store.js'
import { cursorOf } from '../store/store.js'
import { equalBytes, hmac } from '../util/hash.js'
import { type AuditRow, audit, auditHeads } from './tables.js'

export interface ChainProblem {
  readonly chain: string
  readonly sequence: number
  readonly problem: 'missing' | 'changed' | 'cut off'
}

const PAGE = 1000
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
export function chainHash(key: Uint8Array, previous: Uint8Array, row: AuditRow): Buffer {
  return hmac(key, previous, JSON.stringify(members.map((member) => row[member])))
}

/** What a chain's head says it ends with. */
export function headHash(key: Uint8Array, chain: string, sequence: number, last: Uint8Array): Buffer {
  return hmac(key, `head ${chain} ${sequence} `, last)
}

interface Chain {
  sequence: number
  hash: Uint8Array
}

/** Walks every entry in the order of the chains. */
export async function verifyChains(store: Store, key: Uint8Array) {
  const ends = new Map<string, Chain>()
  const problems: ChainProblem[] = []
  const order = { by: ['chain', 'sequence'], direction: 'ascending' } as const
  let entries = 0
  for (let after: string | undefined; ; ) {
    const rows: AuditRow[] = await store.list(audit, {
      order,
      limit: PAGE,
      ...(after !== undefined && { after }),
    })
    for (const row of rows) follow(key, ends, row, problems)
    entries += rows.length
    if (rows.length < PAGE) break
    after = cursorOf(audit, rows[PAGE - 1]!, order)
  }
  await compareHeads(store, key, ends, problems)
  return { entries, chains: ends.size, problems }
}

function follow(key: Uint8Array, ends: Map<string, Chain>, row: AuditRow, problems: ChainProblem[]): void {
  const before = ends.get(row.chain) ?? { sequence: 0, hash: Buffer.alloc(32) }
  const follows = row.sequence === before.sequence + 1
  if (!follows) problems.push({ chain: row.chain, sequence: before.sequence + 1, problem: 'missing' })
  else if (!equalBytes(chainHash(key, before.hash, row), row.hash))
    problems.push({ chain: row.chain, sequence: row.sequence, problem: 'changed' })
  ends.set(row.chain, { sequence: row.sequence, hash: row.hash })
}

async function compareHeads(
  store: Store,
  key: Uint8Array,
  ends: Map<string, Chain>,
  problems: ChainProblem[],
) {
  const sealed = new Set<string>()
  for (let after: string | undefined; ; ) {
    const heads = await store.list(auditHeads, { limit: PAGE, ...(after !== undefined && { after }) })
    for (const head of heads) {
      sealed.add(head.chain)
      const end = ends.get(head.chain)
      const whole =
        end?.sequence === head.sequence &&
        equalBytes(headHash(key, head.chain, end.sequence, end.hash), head.hash)
      if (!whole) problems.push({ chain: head.chain, sequence: (end?.sequence ?? 0) + 1, problem: 'cut off' })
    }
    if (heads.length < PAGE) break
    after = cursorOf(auditHeads, heads[PAGE - 1]!)
  }
  for (const [chain, { sequence }] of ends)
    if (!sealed.has(chain)) problems.push({ chain, sequence: sequence + 1, problem: 'cut off' })
}
