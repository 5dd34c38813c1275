// What an operator may say about passwords, and what follows from it: the shortest one accepted and the cost of a
// hash. No reading of environment here (config's), no hashing (hasher.ts), no judging (policy.ts).
import { choice, custom, integer, type Settings, text } from '../../util/setting.js'
import { type Blocklist, openBlocklist } from './blocklist.js'
import { type Argon2Cost, costCaps, defaultCost } from './phc.js'

const usualMinimum = 8
const nistMinimum = 15

/** In code points. */
interface Lengths {
  readonly min: number
  readonly max?: number | undefined
}

/** What a wire contract says of passwords. */
interface Rules extends Lengths {
  readonly common?: 'allowed' | undefined
}

export const minLengthSetting = integer('password.min_length', usualMinimum, {
  doc: 'Fewest characters (code points) of a new password; above 8 it also holds for contracts that ask for less.',
  min: usualMinimum,
  max: 64,
})

export const presetSetting = choice('password.preset', 'standard', ['standard', 'nist'], {
  doc: 'nist asks for 15 characters at least, on every contract, as SP 800-63B does for a password without a second factor.',
})

export const blocklistFileSetting = text('password.blocklist_file', undefined, {
  doc: 'A UTF-8 file of further passwords to refuse, one a line, at most 16 MiB.',
  expected: 'the path of a file',
})

export const argon2Setting = custom<Argon2Cost>(
  'password.argon2',
  defaultCost,
  '{ memory: 19456, passes: 2, parallelism: 1 }',
  `{ memory, passes, parallelism } as whole numbers: memory in KiB from ${defaultCost.memory} to ${costCaps.memory}, passes from ${defaultCost.passes} to ${costCaps.passes}, parallelism from ${defaultCost.parallelism} to ${costCaps.parallelism}`,
  { doc: 'Cost of a new argon2id hash; older, cheaper hashes are renewed when their owners log in.' },
  parseCost,
)

export const passwordSettings = [minLengthSetting, presetSetting, blocklistFileSetting, argon2Setting]

/**
 * The fewest code points a new password needs. A contract's own minimum stands in for the usual 8, also where it is
 * less; whatever an operator asks beyond 8 holds for every contract.
 */
export function minimumLength(settings: Settings, contractMinimum = usualMinimum): number {
  const configured = settings.get(minLengthSetting)
  const asked = settings.get(presetSetting) === 'nist' ? Math.max(configured, nistMinimum) : configured
  return asked > usualMinimum ? Math.max(asked, contractMinimum) : contractMinimum
}

/**
 * What `checkPassword` needs besides the owner; `contract` is what the wire contract says. Throws where the
 * operator's list cannot be read.
 */
export function passwordRules(settings: Settings, contract?: Rules): Lengths & { blocklist?: Blocklist } {
  return {
    min: minimumLength(settings, contract?.min),
    max: contract?.max,
    ...(contract?.common !== 'allowed' && {
      blocklist: openBlocklist(settings.get(blocklistFileSetting)),
    }),
  }
}

const members = ['memory', 'passes', 'parallelism'] as const

/** A cost between the default and the cap; members left out take the default. Text is read as JSON. */
function parseCost(raw: unknown): Argon2Cost | undefined {
  const value = typeof raw === 'string' ? parseJson(raw) : raw
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if (!Object.keys(value).every((key) => members.some((member) => member === key))) return undefined
  const cost: Argon2Cost = { ...defaultCost, ...value }
  const fits = (member: keyof Argon2Cost) =>
    Number.isInteger(cost[member]) && cost[member] >= defaultCost[member] && cost[member] <= costCaps[member]
  return members.every(fits) ? cost : undefined
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    return undefined
  }
}
