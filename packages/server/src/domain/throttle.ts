// Limits: how often something may be tried. Those that protect accounts are counted in the store and hold over
// restarts and processes; those that protect the processor are counted here. A key is hashed before it is kept. Windows
// are fixed: they open at the first try and close after their length. Guesses at passwords are guesses.ts's.
import type { KeyObject } from 'node:crypto'
import type { Store } from '../store/store.js'
import type { Clock } from '../util/clock.js'
import { hmac } from '../util/hash.js'
import { boolean, duration, integer, type Setting, type Settings } from '../util/setting.js'
import { type Counted, createGuesses, type Guesses } from './guesses.js'
import { counters } from './tables.js'
import { createLocalWindows, tooMany } from './windows.js'

interface LimitSettings {
  readonly max: Setting<number>
  readonly window: Setting<number>
}

const limit = (name: string, max: number, window: string, what: string): LimitSettings => ({
  max: integer(`limits.${name}.max`, max, {
    min: 1,
    max: 1_000_000_000,
    doc: `How many ${what} are allowed in a window.`,
  }),
  window: duration(`limits.${name}.window`, window, {
    min: '1s',
    max: '30d',
    doc: `How long the window for ${what} is.`,
  }),
})

const limits = {
  login_account: limit('login_account', 10, '15m', 'failed log-ins of one account'),
  login_account_total: limit('login_account_total', 100, '24h', 'failed log-ins in a row of one account'),
  login_device: limit('login_device', 10, '15m', 'failed log-ins from one known device'),
  login_address: limit('login_address', 100, '15m', 'failed log-ins from one address'),
  signup_address: limit('signup_address', 20, '1h', 'sign-ups from one address'),
  refresh_address: limit('refresh_address', 6000, '1m', 'refreshes from one address'),
  refresh_session: limit('refresh_session', 60, '1m', 'refreshes of one session'),
  refresh_refused: limit('refresh_refused', 10, '10s', 'refused refreshes from one address'),
  gate_session: limit('gate_session', 60, '1m', 'sign-ins of one session on hosts of another domain'),
  message_address: limit('message_address', 5, '1h', 'messages to one address or number'),
  message_ip: limit('message_ip', 50, '1h', 'messages asked for from one address of the network'),
  sms_prefix: limit('sms_prefix', 20, '1h', 'SMS to numbers that differ in their last four digits only'),
  sms_total: limit('sms_total', 500, '1h', 'SMS in all'),
  code_tries: limit('code_tries', 20, '1h', 'wrong codes for one address or number, over all its codes'),
  code_tries_total: limit('code_tries_total', 100, '24h', 'the same wrong codes'),
}
export type LimitName = keyof typeof limits

const enabled = boolean('limits.enabled', true, {
  developmentOnly: true,
  doc: 'Whether any limit is applied.',
})

export const throttleSettings: readonly Setting<never>[] = [
  enabled,
  ...Object.values(limits).flatMap(({ max, window }) => [max, window]),
] as never

/** What counts a try, and by what it goes. */
export type Try = readonly [name: LimitName, key: string]

/** By what a guess at a password is counted. */
export interface Guess {
  /** What nobody else's failures are counted by: a success forgets them. */
  readonly own: readonly Try[]
  /** What counts failures of others too. */
  readonly shared: readonly Try[]
}

export interface Throttle {
  /**
   * Looks at a guess where its limits allow that, and answers the verdict where they allow that still. Counts it where it is
   * wrong; where it is right, and `own` has failures, those are forgotten, and else nothing is written. Waits for others
   * that are looked at, where what comes out of those decides. Throws `too_many_requests`, and what `look` throws: then
   * nothing is counted.
   */
  guess<V extends { readonly ok: boolean }>(by: Guess, look: () => Promise<V>): Promise<V>
  /** Counts a try in the store; throws `too_many_requests` past the limit. */
  take(name: LimitName, key: string): Promise<void>
  /** Counts one try under several limits in one turn; where one of them refuses, the others do not count it. */
  takeAll(tries: readonly Try[]): Promise<void>
  /** Takes back one try that turned out well. */
  giveBack(name: LimitName, key: string): Promise<void>
  /** Forgets all tries that several limits counted for a key. */
  clear(names: readonly LimitName[], key: string): Promise<void>
  /** How long the next try would have to wait, in milliseconds; counts nothing. */
  wait(name: LimitName, key: string): Promise<number>
  /** Counts a try in this process; throws as `take` does. */
  takeLocally(name: LimitName, key: string): void
  /** Throws where `takeLocally` would, and counts nothing. */
  checkLocally(name: LimitName, key: string): void
}

export function createThrottle(store: Store, clock: Clock, settings: Settings, key: KeyObject): Throttle {
  if (!settings.get(enabled)) return limitless
  const rules = Object.fromEntries(
    Object.entries(limits).map(([name, { max, window }]) => [
      name,
      { max: settings.get(max), window: settings.get(window) },
    ]),
  ) as Rules
  const local = createLocalWindows(clock)
  const hashed = createKeyHash(key)
  const guesses = createGuesses(store, clock)
  const counted =
    (own: boolean) =>
    (one: Try): Counted => ({ row: hashed(...one), ...rules[one[0]], own })
  return {
    ...storedLimits(store, clock, rules, hashed, guesses),
    guess: ({ own, shared }, look) =>
      guesses.guess([...own.map(counted(true)), ...shared.map(counted(false))], look),
    takeLocally: (name, of) => {
      const { max, window } = rules[name]
      const wait = local.take(`${name} ${of}`, max, window)
      if (wait > 0) throw tooMany(wait)
    },
    checkLocally: (name, of) => {
      const wait = local.check(`${name} ${of}`, rules[name].max)
      if (wait > 0) throw tooMany(wait)
    },
  }
}

type Rules = Record<LimitName, { max: number; window: number }>
type Stored = Pick<Throttle, 'take' | 'takeAll' | 'giveBack' | 'clear' | 'wait'>

function storedLimits(
  store: Store,
  clock: Clock,
  rules: Rules,
  hashed: (name: LimitName, of: string) => string,
  guesses: Guesses,
): Stored {
  const take = async (name: LimitName, of: string) => {
    const { max, window } = rules[name]
    const now = clock.now()
    const row = { key: hashed(name, of), count: 0, expires_at: now + window }
    if ((await store.increment(counters, row, 'count', 1)) <= max) return
    const standing = await store.get(counters, { key: row.key })
    throw tooMany((standing?.expires_at ?? row.expires_at) - now)
  }
  const giveBack = async (name: LimitName, of: string) => {
    await store.update(counters, { key: hashed(name, of), count: { gt: 0 } }, { count: { add: -1 } })
  }
  return {
    take,
    takeAll: (tries) => takeAll(tries, take, giveBack),
    giveBack,
    clear: (names, of) => guesses.forget(names.map((name) => hashed(name, of))),
    wait: async (name, of) => {
      const standing = await store.get(counters, { key: hashed(name, of) })
      return standing && standing.count >= rules[name].max ? standing.expires_at - clock.now() : 0
    },
  }
}

type Count = (name: LimitName, key: string) => Promise<void>

async function takeAll(tries: readonly Try[], take: Count, giveBack: Count): Promise<void> {
  const taken = await Promise.allSettled(tries.map((one) => take(...one)))
  const refused = taken.find((one) => one.status === 'rejected')
  if (refused === undefined) return
  const counted = tries.filter((_, index) => taken[index]!.status === 'fulfilled')
  await Promise.all(counted.map((one) => giveBack(...one)))
  throw refused.reason
}

/** Row keys remembered: who failed comes again, and an address brings many. */
const KEYS_REMEMBERED = 1000

/** The row's key of a limit and what it goes by: hashed, because the table shall not tell addresses and names. */
function createKeyHash(key: KeyObject) {
  const remembered = new Map<string, string>()
  return (name: LimitName, of: string): string => {
    const plain = `${name}\0${of}`
    const known = remembered.get(plain)
    if (known !== undefined) return known
    const made = hmac(key, plain).toString('base64url')
    if (remembered.size >= KEYS_REMEMBERED) remembered.clear()
    remembered.set(plain, made)
    return made
  }
}

const done = async () => {}
const limitless: Throttle = {
  guess: (_by, look) => look(),
  take: done,
  takeAll: done,
  giveBack: done,
  clear: done,
  wait: async () => 0,
  takeLocally: () => {},
  checkLocally: () => {},
}

/** The address that limits go by: IPv4 whole, IPv6 by its /64 (one customer's network), mapped IPv4 as IPv4. */
export function addressKey(ip: string): string {
  if (!ip.includes(':')) return ip
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  if (mapped) return mapped[1]!
  const [head = '', tail] = ip.toLowerCase().split('%')[0]!.split('::')
  const start = head === '' ? [] : head.split(':')
  const end = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - start.length - end.length)
  const groups = [...start, ...Array<string>(zeros).fill('0'), ...end]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group || '0', 16).toString(16))
    .join(':')}::/64`
}
