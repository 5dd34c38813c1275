// The change of guard among signing keys: by the calendar, by an administrator, or because a key leaked. A key signs
// only after every verifier could have seen it, unless somebody says that it must be now.
import { setTimeout } from 'node:timers/promises'
import { fail } from '@sallyport/protocol'
import type { Algorithm } from '@sallyport/verify'
import type { EventOrigin } from '../events.js'
import type { KeyringOptions } from './keyring.js'
import type { KeyStore, StoredKey } from './keystore.js'
import { rotateEvery, signingAlgorithm } from './settings.js'

/** How long a JWKS may be cached; a key is published at least this long before it signs. Milliseconds. */
export const JWKS_CACHE = 300_000

/** The key that signs: the one that began last, where two processes made one each. */
export function activeOf(keys: readonly StoredKey[]): StoredKey | undefined {
  return keys.filter(({ state }) => state === 'active').sort((a, b) => b.activeAt - a.activeAt)[0]
}

const nextOf = (keys: readonly StoredKey[], alg: Algorithm) =>
  keys.find(({ state, key }) => state === 'next' && key.alg === alg)

/** How often, and how many times, a process looks for the first keys that another one is making. Milliseconds. */
const LOOK = { every: 50, times: 100 }

/** The first two keys, where another process began a moment ago: two that start at once must not sign with two keys. */
async function othersKeys(keystore: KeyStore): Promise<StoredKey[]> {
  for (let times = 0; times < LOOK.times; times++) {
    const keys = await keystore.load()
    if (activeOf(keys) && keys.some(({ state }) => state === 'next')) return keys
    await setTimeout(LOOK.every)
  }
  // Whoever began has not come to an end.
  return []
}

/** Makes a first key, a next key, and the change of guard when it is due. */
export async function upkeep(
  { clock, settings, events, configured }: KeyringOptions,
  keystore: KeyStore,
): Promise<StoredKey[]> {
  let keys = await keystore.load()
  if (keys.length === 0 && !configured && !(await keystore.begins())) keys = await othersKeys(keystore)
  if (configured) {
    await keystore.retire(keys.filter(({ state }) => state !== 'retired'))
    return keystore.load()
  }
  const alg = settings.get(signingAlgorithm)
  const active = activeOf(keys)
  await keystore.retire(keys.filter((key) => key.state === 'active' && key !== active))
  const next = nextOf(keys, alg)
  const due = active && clock.now() - active.activeAt >= settings.get(rotateEvery)
  const published = next && clock.now() - next.createdAt >= JWKS_CACHE
  if (!active || active.key.alg !== alg) {
    const { kid } = await (keys.length === 0 ? keystore.createFirst(alg) : keystore.create(alg, 'active'))
    if (active) await keystore.retire([active])
    events.emit('key.activated', { kid, alg })
  } else if (due && published && (await keystore.activate(next, active))) {
    events.emit('key.activated', { kid: next.key.kid, alg })
  }
  keys = await keystore.load()
  if (!nextOf(keys, alg)) await keystore.create(alg, 'next')
  return keystore.load()
}

/** As Keyring.rotate. */
export async function rotate(
  options: KeyringOptions,
  keystore: KeyStore,
  caller: EventOrigin,
  force: boolean,
): Promise<void> {
  assertOwnKeys(options)
  const { clock, settings, events, changes } = options
  const alg = settings.get(signingAlgorithm)
  const keys = await upkeep(options, keystore)
  const active = activeOf(keys)!
  const next = nextOf(keys, alg)!
  // The first two keys came into the world together: nobody has a key set with one of them alone.
  const first = keys.length === 2 && active.createdAt === active.activeAt
  const wait = first ? 0 : next.createdAt + JWKS_CACHE - clock.now()
  if (wait > 0 && !force) throw tooSoon(Math.ceil(wait / 1000))
  const change = { kind: 'keys_changed' as const, kid: next.key.kid }
  if (!(await keystore.activate(next, active, changes.record(change)))) throw raced()
  changes.apply(change)
  events.emit('key.activated', { kid: next.key.kid, alg }, caller)
}

/** As Keyring.remove. */
export async function remove(
  options: KeyringOptions,
  keystore: KeyStore,
  caller: EventOrigin,
  kid: string,
): Promise<void> {
  assertOwnKeys(options)
  const { settings, events, changes } = options
  const alg = settings.get(signingAlgorithm)
  const keys = await upkeep(options, keystore)
  const key = keys.find((one) => one.key.kid === kid)
  if (!key) throw fail('not_found', { detail: 'There is no such key.' })
  const next = key.state === 'active' ? nextOf(keys, alg)! : undefined
  const change = { kind: 'key_removed' as const, kid }
  if (!(await keystore.remove(kid, next, changes.record(change)))) throw raced()
  changes.apply(change)
  events.emit('key.removed', { kid }, caller)
  if (next) events.emit('key.activated', { kid: next.key.kid, alg }, caller)
}

/** As Keyring.replace. */
export async function replace(
  options: KeyringOptions,
  keystore: KeyStore,
  caller: EventOrigin,
): Promise<void> {
  assertOwnKeys(options)
  const { settings, events, changes } = options
  const exposed = await keystore.load()
  const { kid, alg } = await keystore.create(settings.get(signingAlgorithm), 'active')
  events.emit('key.activated', { kid, alg }, caller)
  for (const { key } of exposed) {
    const change = { kind: 'key_removed' as const, kid: key.kid }
    if (!(await keystore.remove(key.kid, undefined, changes.record(change)))) continue
    changes.apply(change)
    events.emit('key.removed', { kid: key.kid }, caller)
  }
}

function assertOwnKeys({ configured }: KeyringOptions): void {
  if (configured)
    throw fail('conflict', {
      detail: 'The keys are those of the setting keys.file: change the file and start the server again.',
    })
}

function tooSoon(seconds: number) {
  const detail = `Verifiers may not know the next key yet. Rotate in ${seconds} seconds, or force it where tokens may be refused meanwhile.`
  return fail('conflict', { detail, retryAfter: seconds })
}

const raced = () =>
  fail('conflict', { detail: 'Somebody else changed the keys just now. Look at them again.' })
