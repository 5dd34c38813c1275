// The issuer's keys: fetched when they are needed, by one request at a time, and kept while the issuer cannot be reached.
// What a token says causes no more than one request in thirty seconds. Only algorithms that were pinned count, and a
// secret in a public key set counts never.
import { engine } from '#engine'
import type { AnyKey, AnyKeySet } from '../engine.js'
import { wordsOf } from './failures.js'
import { fetchJson } from './fetched.js'
import type { JsonWebKeyLike, Known } from './settings.js'

export interface Keys {
  /** The keys that count now: an empty set where there are none. */
  readonly current: () => AnyKeySet
  /** Waits for the first keys; false where there are none to be had. */
  have(): boolean | Promise<boolean>
  /** An id was not found: looks again, where it may. `absent`: it is not there. `unknown`: nobody can say. */
  lookAgain(): Promise<'looked' | 'absent' | 'unknown'>
  /** The key with this id counts no longer, whatever the issuer's key set says. */
  drop(kid: string): void
}

/** Bytes; keys. */
const most = { bytes: 256 * 1024, keys: 100 }
/**
 * Milliseconds: until keys are read anew beside the requests, until a request waits for that (a key that was taken away
 * after a leak counts no longer), until they may not be used any more, between two looks for a token's sake.
 */
const AGE = { due: 240_000, old: 300_000, dead: 86_400_000, look: 30_000, firstRetry: 1000 }

const path = '/.well-known/jwks.json'

interface State {
  set: AnyKeySet
  /** Imported keys by the text of their JWK, so that a key which is there again is the same. */
  imported: Map<string, AnyKey>
  dropped: Set<string>
  fetchedAt: number
  triedAt: number
  lookedAt: number
  failures: number
  flight: Promise<boolean> | undefined
}

/** Throws TypeError naming which of the keys that were given is none. */
export function createKeys(known: Known): Keys {
  const state: State = {
    set: engine.keySet([]),
    imported: new Map(),
    dropped: new Set(),
    fetchedAt: Number.NEGATIVE_INFINITY,
    triedAt: Number.NEGATIVE_INFINITY,
    lookedAt: Number.NEGATIVE_INFINITY,
    failures: 0,
    flight: undefined,
  }
  const given = known.keys
  return given ? givenKeys(known, state, given) : fetchedKeys(known, state)
}

function givenKeys(known: Known, state: State, given: readonly JsonWebKeyLike[]): Keys {
  assertKeys(known, given)
  let taken: Promise<boolean> | boolean | undefined
  const take = async () => {
    try {
      const keys = await Promise.all(given.map((jwk) => engine.importJwk(jwk)))
      state.imported = new Map(keys.map((key) => [key.kid, key]))
      rebuild(state)
      taken = true
    } catch (error) {
      // WebCrypto alone finds out as late as this. There will never be keys, and nobody's token is wrong because of that.
      known.log(`keys: ${(error as Error).message}`)
      taken = false
    }
    return taken
  }
  return {
    current: () => state.set,
    have: () => {
      taken ??= take()
      return taken
    },
    lookAgain: async () => 'absent',
    drop: (kid) => drop(state, kid),
  }
}

function assertKeys({ algorithms }: Known, given: readonly JsonWebKeyLike[]): void {
  const kids = new Set<string>()
  for (const [index, jwk] of given.entries()) {
    const { kid, alg } = keyAt(index, jwk)
    if (!algorithms.has(alg) && !isSecret(alg))
      throw new TypeError(`keys[${index}]: key ${kid}: ${alg} is not among the algorithms that count`)
    if (kids.has(kid)) throw new TypeError(`keys[${index}]: a second key with the id ${kid}`)
    kids.add(kid)
  }
}

function keyAt(index: number, jwk: JsonWebKeyLike): Pick<AnyKey, 'kid' | 'alg'> {
  try {
    return engine.checkJwk(jwk)
  } catch (cause) {
    throw new TypeError(`keys[${index}]: ${(cause as Error).message}`, { cause })
  }
}

function fetchedKeys(known: Known, state: State): Keys {
  // A clock that was put back makes nothing young again.
  const since = (time: number) => Math.abs(known.now() - time)
  const load = () => {
    state.flight ??= fetchKeys(known, state).finally(() => {
      state.flight = undefined
    })
    return state.flight
  }
  const wait = () =>
    state.failures === 0 ? 0 : Math.min(AGE.look, AGE.firstRetry * 2 ** (state.failures - 1))
  const mayTry = (least: number) =>
    state.flight !== undefined || since(state.triedAt) >= Math.max(wait(), least)
  return {
    current: () => state.set,
    have: () => {
      const age = since(state.fetchedAt)
      if (age >= AGE.dead) return mayTry(0) ? load() : false
      // Waited for where the issuer may well answer: not where it was asked a moment ago, in vain.
      const isOver = age >= AGE.old && (state.failures === 0 || since(state.triedAt) >= AGE.old)
      if (age < AGE.due || !mayTry(AGE.firstRetry)) return true
      const flight = load()
      return isOver ? flight.then(() => true) : true
    },
    lookAgain: async () => {
      if (state.flight) return (await state.flight) ? 'looked' : 'unknown'
      if (since(state.lookedAt) < AGE.look) return state.failures > 0 ? 'unknown' : 'absent'
      state.lookedAt = known.now()
      return (await load()) ? 'looked' : 'unknown'
    },
    drop: (kid) => drop(state, kid),
  }
}

/** Reads the key set; answers whether there are keys to use now. Never rejects. */
async function fetchKeys(known: Known, state: State): Promise<boolean> {
  state.triedAt = known.now()
  try {
    state.imported = await importKeys(known, state, await fetchJson(known, path, most.bytes))
    rebuild(state)
    if (state.failures > 0) known.log('the issuer’s keys could be read again')
    state.fetchedAt = known.now()
    state.failures = 0
    return true
  } catch (error) {
    if (state.failures === 0) known.log(`the issuer’s keys could not be read: ${wordsOf(error)}`)
    state.failures++
    return false
  }
}

async function importKeys(known: Known, state: State, answer: unknown): Promise<State['imported']> {
  const jwks = (answer as { keys?: unknown } | null)?.keys
  if (!Array.isArray(jwks) || jwks.length > most.keys) throw new Error(`${path} is no key set`)
  const imported: State['imported'] = new Map()
  for (const jwk of jwks) {
    const text = JSON.stringify(jwk)
    const key = state.imported.get(text) ?? (await importKey(known, jwk))
    if (key) imported.set(text, key)
  }
  if (imported.size === 0) throw new Error(`${path} has no key of an algorithm that counts`)
  // Throws where two share an id: nobody could say which of them a token means.
  engine.keySet([...imported.values()])
  return imported
}

/** A key that is none of ours is left aside (RFC 7517 section 5). */
async function importKey(known: Known, jwk: unknown): Promise<AnyKey | undefined> {
  if (typeof jwk !== 'object' || jwk === null || (jwk as JsonWebKeyLike).kty === 'oct') return undefined
  try {
    const key = await engine.importJwk(jwk as JsonWebKeyLike)
    return known.algorithms.has(key.alg) ? key : undefined
  } catch {
    return undefined
  }
}

const isSecret = (alg: string) => alg.startsWith('HS')

function rebuild(state: State): void {
  state.set = engine.keySet([...state.imported.values()].filter(({ kid }) => !state.dropped.has(kid)))
}

function drop(state: State, kid: string): void {
  state.dropped.add(kid)
  rebuild(state)
}
