// What a failed try costs, whoever was tried. An account that came with a hash of another kind would else answer in
// another time than one that does not exist, and so be found. So a failure computes every kind of hash that was met
// here once: the account's own, and in the place of every other one that fits nobody in particular.
import { readStoredHash } from './phc.js'

/** Kinds besides the usual one; a database that was taken over brings one or two. */
const MOST = 3

export interface Work {
  readonly hash: string
  /** To be computed too where the password does not fit. */
  readonly others: readonly string[]
}

/**
 * The work for a stored hash, or for none. A kind counts from the first hash of it that is tried, until the process
 * ends: where nobody has such a hash any more, nobody pays for it.
 */
export function createEqualWork(standIn: string): (stored: string | undefined) => Work {
  const usual = kindOf(standIn)!
  const met = new Map([[usual, standIn]])
  return (stored) => {
    const own = stored === undefined ? undefined : kindOf(stored)
    const kind = own ?? usual
    const hash = own === undefined ? standIn : stored!
    if (!met.has(kind) && met.size <= MOST) met.set(kind, hash)
    return { hash, others: [...met].flatMap(([other, text]) => (other === kind ? [] : [text])) }
  }
}

/** Undefined where it is not tried. */
function kindOf(stored: string): string | undefined {
  const read = readStoredHash(stored)
  return read.usable ? read.kind : undefined
}
