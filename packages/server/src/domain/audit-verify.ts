// The walk that finds what was changed, is missing or was cut off in the audit log. The anchor is read before the heads
// and these before the entries, so that what is written meanwhile is more than was promised and never less.
import type { KeyObject } from 'node:crypto'
import { cursorOf, type Store } from '../store/store.js'
import { equalBytes } from '../util/hash.js'
import { allChains, anchorHash, chainHash, headHash } from './audit-chain.js'
import { verifyingKeys } from './audit-keys.js'
import type { Secrets } from './secrets.js'
import { type AuditRow, administration, audit, auditHeads } from './tables.js'

export interface ChainProblem {
  readonly chain: string
  readonly sequence: number
  readonly problem: 'missing' | 'changed' | 'cut off'
}

const PAGE = 1000
/** More problems than this say nothing new. */
const MOST_PROBLEMS = 1000
const nothing = new Uint8Array()

interface Head {
  readonly sequence: number
  readonly hash: Uint8Array
}

interface Walk {
  readonly keys: KeyObject[]
  /** How many chains were begun, as it is told outside the log; undefined where nothing was anchored yet. */
  readonly anchor: { readonly chains: number; readonly hash: Uint8Array } | undefined
  readonly heads: ReadonlyMap<string, Head>
  readonly problems: ChainProblem[]
  readonly chains: Set<string>
  /** The chain that is being followed. */
  chain: string
  sequence: number
  /** What the next entry may have been chained to: what stands in this one, and what should. */
  previous: readonly Uint8Array[]
  entries: number
}

/** Walks every entry in the order of the chains. */
export async function verifyChains(store: Store, secrets: Secrets) {
  const keys = await verifyingKeys(store, secrets)
  const anchor = await readAnchor(store)
  const heads = await readHeads(store)
  const problems: ChainProblem[] = []
  const walk: Walk = {
    keys,
    anchor,
    heads,
    problems,
    chains: new Set(),
    chain: '',
    sequence: 0,
    previous: [],
    entries: 0,
  }
  const order = { by: ['chain', 'sequence'], direction: 'ascending' } as const
  for (let after: string | undefined; ; ) {
    const rows = await store.list(audit, { order, limit: PAGE, ...(after !== undefined && { after }) })
    for (const row of rows) follow(walk, row)
    walk.entries += rows.length
    if (rows.length < PAGE) break
    after = cursorOf(audit, rows[PAGE - 1]!, order)
  }
  finish(walk)
  await compareLists(store, walk)
  return { entries: walk.entries, chains: walk.chains.size, problems: problems.slice(0, MOST_PROBLEMS) }
}

async function readAnchor(store: Store): Promise<Walk['anchor']> {
  const row = await store.get(administration, { id: 'first' })
  return row?.audit_chains_hash ? { chains: row.audit_chains, hash: row.audit_chains_hash } : undefined
}

async function readHeads(store: Store): Promise<Map<string, Head>> {
  const heads = new Map<string, Head>()
  for (let after: string | undefined; ; ) {
    const rows = await store.list(auditHeads, { limit: PAGE, ...(after !== undefined && { after }) })
    for (const row of rows) heads.set(row.chain, row)
    if (rows.length < PAGE) return heads
    after = cursorOf(auditHeads, rows[PAGE - 1]!)
  }
}

function follow(walk: Walk, row: AuditRow): void {
  if (row.chain !== walk.chain) {
    finish(walk)
    walk.chains.add(row.chain)
    Object.assign(walk, { chain: row.chain, sequence: 0, previous: [Buffer.alloc(32)] })
  }
  const { chain } = row
  const due = walk.sequence + 1
  for (let sequence = due; sequence < row.sequence && walk.problems.length < MOST_PROBLEMS; sequence++)
    walk.problems.push({ chain, sequence, problem: 'missing' })
  const expected = row.sequence === due ? hashesOf(walk, row) : undefined
  if (expected && !expected.some((hash) => equalBytes(hash, row.hash)))
    walk.problems.push({ chain, sequence: row.sequence, problem: 'changed' })
  walk.sequence = row.sequence
  walk.previous = [row.hash, ...(expected ?? [])]
  const head = walk.heads.get(chain)
  if (head?.sequence === row.sequence && !seals(walk, head, chain))
    walk.problems.push({ chain, sequence: row.sequence, problem: 'changed' })
}

/** Every hash that an entry may rightly carry: one for each key, the one that fits others of its chain first. */
function hashesOf({ keys, previous }: Walk, row: AuditRow): Buffer[] {
  const hashes: Buffer[] = []
  for (const [index, key] of keys.entries())
    for (const before of previous) {
      const hash = chainHash(key, before, row)
      if (!equalBytes(hash, row.hash)) {
        hashes.push(hash)
        continue
      }
      keys.unshift(...keys.splice(index, 1))
      return [hash]
    }
  return hashes
}

const seals = ({ keys, previous }: Walk, { sequence, hash }: Head, chain: string): boolean =>
  keys.some((key) => previous.some((last) => equalBytes(headHash(key, chain, sequence, last), hash)))

/** The end of the entries of a chain: it must reach as far as its head says. */
function finish({ heads, problems, chain, sequence }: Walk): void {
  const head = heads.get(chain)
  if (head && sequence < head.sequence) problems.push({ chain, sequence: sequence + 1, problem: 'cut off' })
}

/** Chains without a head, heads without a chain, and fewer chains than were begun. */
async function compareLists(store: Store, walk: Walk): Promise<void> {
  const { heads, chains, problems } = walk
  for (const chain of chains)
    if (!heads.has(chain) && !(await store.get(auditHeads, { chain })))
      problems.push({ chain, sequence: 0, problem: 'cut off' })
  for (const chain of heads.keys()) {
    if (chain === allChains || chains.has(chain)) continue
    problems.push({ chain, sequence: 1, problem: 'cut off' })
    chains.add(chain)
  }
  compareCounts(walk)
}

function compareCounts({ keys, anchor, heads, chains, problems }: Walk): void {
  const list = heads.get(allChains)
  const told = (due: (key: KeyObject) => Buffer, hash: Uint8Array) =>
    keys.some((key) => equalBytes(due(key), hash))
  const listed = list?.sequence ?? 0
  const begun = Math.max(listed, anchor?.chains ?? 0)
  const isForged =
    (list && !told((key) => headHash(key, allChains, listed, nothing), list.hash)) ||
    (anchor && !told((key) => anchorHash(key, anchor.chains), anchor.hash))
  if (isForged) problems.push({ chain: allChains, sequence: begun, problem: 'changed' })
  else if (chains.size < begun || (!list && heads.size > 0))
    problems.push({ chain: allChains, sequence: begun, problem: 'missing' })
}
