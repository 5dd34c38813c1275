// The keys of a provider, as this process remembers them. A key that is not known is asked for once in 30 seconds,
// whatever tokens name; keys that are an hour old are asked for again, and go on being used where the provider does not
// answer. However many wait for an answer, one request is under way.
import { fail } from '@sallyport/protocol'
import type { Context } from '../../domain/context.js'
import { fetchKeys, type Jwk } from './fetch-keys.js'

const FRESH = 3_600_000
const PAUSE = 30_000
/** Where nothing is remembered, nobody can sign in until an answer comes. */
const PAUSE_WITHOUT_KEYS = 3000

interface Remembered {
  keys: ReadonlyMap<string, Jwk>
  fetchedAt: number
  askedAt: number
  asking: Promise<void> | undefined
}

const remembered = new WeakMap<Context, Map<string, Remembered>>()

/** The key of a provider with this id, or undefined. Throws `provider_unavailable` where no key is known at all. */
export async function findKey(context: Context, url: string, kid: string): Promise<Jwk | undefined> {
  const state = stateOf(context, url)
  const now = context.clock.now()
  const isFresh = now - state.fetchedAt < FRESH
  if (state.keys.has(kid) && (isFresh || state.asking)) return state.keys.get(kid)
  const pause = state.keys.size === 0 ? PAUSE_WITHOUT_KEYS : PAUSE
  if (!state.asking && now - state.askedAt >= pause) state.asking = ask(context, url, state)
  await state.asking
  if (state.keys.size === 0)
    throw fail('provider_unavailable', { retryAfter: Math.ceil(PAUSE_WITHOUT_KEYS / 1000) })
  return state.keys.get(kid)
}

function stateOf(context: Context, url: string): Remembered {
  const ofServer = remembered.get(context) ?? new Map<string, Remembered>()
  remembered.set(context, ofServer)
  const long = Number.NEGATIVE_INFINITY
  const state = ofServer.get(url) ?? { keys: new Map(), fetchedAt: long, askedAt: long, asking: undefined }
  ofServer.set(url, state)
  return state
}

/** Never throws: what was remembered stays where the provider does not answer. */
async function ask({ clock, log }: Context, url: string, state: Remembered): Promise<void> {
  state.askedAt = clock.now()
  try {
    const keys = await fetchKeys(url)
    state.keys = new Map(keys.flatMap((key) => (typeof key.kid === 'string' ? [[key.kid, key]] : [])))
    state.fetchedAt = clock.now()
  } catch (error) {
    log.warn({ url, reason: reasonOf(error) }, 'the keys of a provider could not be fetched')
  } finally {
    state.asking = undefined
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
