// Stored hashes as text: the PHC string of argon2, what its parameters may cost us, and a stand-in for accounts that
// have none; what other systems made is read by foreign.ts. Nothing is hashed here; a string that passes is safe to hand
// to a worker.
// Source: RFC 9106 (argon2), the PHC string format; limits are ours.
import { randomBytes } from '../../util/ids.js'
import { families, type Recipe, readForeign, type Strength } from './foreign.js'

/** What one hash costs: memory in KiB, passes over it, and lanes. */
export interface Argon2Cost {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

export const defaultCost: Argon2Cost = { memory: 19_456, passes: 2, parallelism: 1 }

/** The most that a stored or configured hash may ask for: 256 MiB and ten passes, about a second of one core. */
export const costCaps: Argon2Cost = { memory: 262_144, passes: 10, parallelism: 16 }

/** Why a stored hash is not tried: nobody here understands it, or it asks for more than the caps. */
export type HashRefusal = 'unknown_format' | 'cost_too_high'

/** How a stored hash is tried. */
export type Way =
  | { readonly kind: 'argon2'; readonly phc: string; readonly cost: Argon2Cost }
  | { readonly kind: 'foreign'; readonly recipe: Recipe }

type StoredHash =
  | {
      readonly usable: true
      readonly way: Way
      readonly strength: Strength
      /** Hashes of one kind take the same work. */
      readonly kind: string
      readonly weaker: (current: Argon2Cost) => boolean
    }
  | { readonly usable: false; readonly refused: HashRefusal }

const saltBytes = 16
const digestBytes = 32

/**
 * Reads a stored hash as far as needed to know whether it may be verified, before any memory is spent on it. Imports
 * ask the same question. `weaker` says whether a hash made now would be stronger.
 */
export function readStoredHash(text: string): StoredHash {
  if (text.length > longest) return unknown
  if (text.startsWith('$argon2')) return readArgon2(text)
  // Django's
  if (text.startsWith('argon2$')) return readArgon2(text.slice('argon2'.length))
  const foreign = readForeign(text)
  if ('refused' in foreign) return { usable: false, refused: foreign.refused }
  const { recipe, strength } = foreign
  const kind = `${recipe.kind} ${'hash' in recipe ? recipe.hash : ''} ${strength.cost}`
  return { usable: true, way: { kind: 'foreign', recipe }, strength, kind, weaker: () => true }
}

/** The cost of a new hash in the place of a stored one: never below what that one had. */
export function costInPlaceOf(stored: string, current: Argon2Cost): Argon2Cost {
  const read = readStoredHash(stored)
  if (!read.usable || read.way.kind !== 'argon2') return current
  const { memory, passes } = read.way.cost
  return {
    memory: Math.max(memory, current.memory),
    passes: Math.max(passes, current.passes),
    parallelism: current.parallelism,
  }
}

/** A hash no password fits, at the given cost: verifying it is the same work as verifying a real one. */
export function unmatchableHash({ memory, passes, parallelism }: Argon2Cost): string {
  const parts = [saltBytes, digestBytes].map((size) => encode(randomBytes(size)))
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${parts.join('$')}`
}

const unknown: StoredHash = { usable: false, refused: 'unknown_format' }
const longest = 512

const number = '([1-9][0-9]{0,9})'
const argon2Form = new RegExp(
  `^\\$argon2(id|i|d)(?:\\$v=(16|19))?\\$m=${number},t=${number},p=${number}\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)$`,
)

function readArgon2(phc: string): StoredHash {
  const match = argon2Form.exec(phc)
  if (!match) return unknown
  const [, variant, version, ...rest] = match
  const [memory, passes, parallelism] = rest.slice(0, 3).map(Number) as [number, number, number]
  const salt = decode(rest[3]!)
  const digest = decode(rest[4]!)
  if (!within(salt, 8, 64) || !within(digest, 16, 64) || memory < 8 * parallelism) return unknown
  if (memory > costCaps.memory || passes > costCaps.passes || parallelism > costCaps.parallelism)
    return { usable: false, refused: 'cost_too_high' }
  const old = variant !== 'id' || version !== '19' || salt < saltBytes || digest < digestBytes
  return {
    usable: true,
    way: { kind: 'argon2', phc, cost: { memory, passes, parallelism } },
    strength: { family: variant === 'id' ? families.argon2id : families.argon2, cost: memory * passes },
    kind: `argon2 ${memory} ${passes} ${parallelism}`,
    weaker: (current) => old || memory < current.memory || passes < current.passes,
  }
}

/** The number of bytes, or undefined where the last character carries bits that mean nothing. */
function decode(base64: string): number | undefined {
  const bytes = Buffer.from(base64, 'base64')
  return encode(bytes) === base64 ? bytes.length : undefined
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}

function within(size: number | undefined, min: number, max: number): size is number {
  return size !== undefined && size >= min && size <= max
}
