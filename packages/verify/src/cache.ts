// Tokens that were found good, bounded by number and by size. A hit is the whole token, character by character: the
// signature's end finds the place (hashing it costs a tenth of hashing everything), then the texts are compared.
// A refused token is never in here, and a hit alone says nothing: the verifier asks for expiry, key and revocation.
import type { VerificationKeyOf } from './key-set.js'
import { type Accepted, type Claims, expired, refuse, type Verdict } from './verdict.js'

export interface CachedToken<K> {
  readonly token: string
  readonly verdict: Accepted
  readonly key: VerificationKeyOf<K>
  /** Milliseconds since 1970 from which it is refused. */
  readonly expires: number
}

export interface CacheLimits {
  /** How many tokens at most; 0 keeps none. Default 10,000. */
  readonly entries?: number
  /** How many bytes at most, estimated. Default 32 MiB. */
  readonly bytes?: number
}

export interface TokenCache<K> {
  get(token: string): CachedToken<K> | undefined
  put(entry: CachedToken<K>): void
  /** What a token that was found good is worth at `at`; one that is over is forgotten. */
  check(entry: CachedToken<K>, at: number, isRevoked: ((claims: Claims) => boolean) | undefined): Verdict
  dropKey(kid: string): void
  readonly size: number
}

/** A token, its parsed claims (roughly twice its length), the objects around them, and what a note is taken to hold. */
const bytesOf = ({ token, verdict }: CachedToken<unknown>) =>
  (verdict.note === undefined ? 600 : 2000) + 3 * token.length

/** The end of the signature, as many characters as the shortest has: 256 bits, which no two good tokens share. */
const placeOf = (token: string) => token.slice(-43)

export function tokenCache<K>({ entries = 10_000, bytes = 32 * 1024 * 1024 }: CacheLimits): TokenCache<K> {
  const kept = new Map<string, CachedToken<K>>()
  const nextOldest = endless(kept)
  let used = 0

  function drop(place: string, entry: CachedToken<K>): void {
    if (kept.delete(place)) used -= bytesOf(entry)
  }

  return {
    get(token) {
      const entry = kept.get(placeOf(token))
      return entry?.token === token ? entry : undefined
    },
    put(entry) {
      const cost = bytesOf(entry)
      if (entries < 1 || cost > bytes) return
      const place = placeOf(entry.token)
      const before = kept.get(place)
      if (before !== undefined) drop(place, before)
      while (kept.size >= entries || used + cost > bytes) drop(...nextOldest())
      kept.set(place, entry)
      used += cost
    },
    check(entry, at, isRevoked) {
      const { verdict } = entry
      if (at < entry.expires && isRevoked?.(verdict.claims) !== true) return verdict
      drop(placeOf(entry.token), entry)
      return at < entry.expires ? refuse('revoked') : expired(verdict)
    },
    dropKey(kid) {
      for (const [place, entry] of kept) if (entry.key.kid === kid) drop(place, entry)
    },
    get size() {
      return kept.size
    },
  }
}

/** The oldest entry of a map that is not empty. One iterator goes on for as long as it can: a new one would have to walk
 * over every hole that eviction has left. */
function endless<V>(map: Map<string, V>): () => [string, V] {
  let oldest = map.entries()
  return () => {
    const next = oldest.next()
    if (!next.done) return next.value
    oldest = map.entries()
    return oldest.next().value as [string, V]
  }
}
