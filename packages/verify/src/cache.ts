// Tokens that were found good, bounded by number and by size. A hit is the whole token, character by character: the
// signature segment finds the place (hashing it costs a fifth of hashing everything), then the texts are compared.
// A refused token is never in here, and a hit alone says nothing: the verifier asks for expiry, key and revocation.
import type { VerificationKey } from './keys.js'
import type { Accepted } from './verdict.js'

export interface CachedToken {
  readonly token: string
  readonly verdict: Accepted
  readonly key: VerificationKey
  /** Milliseconds since 1970 from which it is refused. */
  readonly expires: number
}

export interface CacheLimits {
  /** How many tokens at most; 0 keeps none. Default 10,000. */
  readonly entries?: number
  /** How many bytes at most, estimated. Default 32 MiB. */
  readonly bytes?: number
}

export interface TokenCache {
  get(token: string): CachedToken | undefined
  put(entry: CachedToken): void
  drop(entry: CachedToken): void
  dropKey(kid: string): void
  readonly size: number
}

/** A token, its parsed claims (roughly twice its length) and the objects around them. */
const bytesOf = ({ token }: CachedToken) => 600 + 3 * token.length

const placeOf = (token: string) => token.slice(token.lastIndexOf('.') + 1)

export function tokenCache({ entries = 10_000, bytes = 32 * 1024 * 1024 }: CacheLimits): TokenCache {
  const kept = new Map<string, CachedToken>()
  let used = 0
  let oldest = kept.values()

  function drop(entry: CachedToken): void {
    if (kept.delete(placeOf(entry.token))) used -= bytesOf(entry)
  }

  // One iterator goes on for as long as it can: a new one would have to walk over every hole that eviction left.
  function dropOldest(): void {
    let next = oldest.next()
    if (next.done) {
      oldest = kept.values()
      next = oldest.next()
    }
    if (!next.done) drop(next.value)
  }

  function put(entry: CachedToken): void {
    const cost = bytesOf(entry)
    if (entries < 1 || cost > bytes) return
    const place = placeOf(entry.token)
    const before = kept.get(place)
    if (before !== undefined) drop(before)
    while (kept.size >= entries || used + cost > bytes) dropOldest()
    kept.set(place, entry)
    used += cost
  }

  function get(token: string): CachedToken | undefined {
    const entry = kept.get(placeOf(token))
    return entry?.token === token ? entry : undefined
  }

  function dropKey(kid: string): void {
    for (const entry of kept.values()) if (entry.key.kid === kid) drop(entry)
  }

  return {
    get,
    put,
    drop,
    dropKey,
    get size() {
      return kept.size
    },
  }
}
