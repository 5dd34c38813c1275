// The tokens of the backend that Sallyport took the place of, for as long as they are still good: what the setting
// `legacy_tokens` may say. Keys stand in it, so it is a secret.
import { parseRfc3339 } from '../../util/rfc3339.js'
import { custom, type Setting } from '../../util/setting.js'

export const legacyAlgorithms = ['HS256', 'HS384', 'HS512', 'RS256', 'ES256'] as const

/** One kind of token of an earlier backend. */
export interface LegacyToken {
  /** The contract on whose routes they are accepted. */
  readonly contract: string
  readonly kind: 'access' | 'refresh'
  readonly algorithm: (typeof legacyAlgorithms)[number]
  /** The secret as text, `base64:` and its bytes, or a public key in PEM. */
  readonly key: string
  /** The claim that names the user, and what it holds. */
  readonly user: string
  readonly by: 'id' | 'email' | 'username'
  /** Claims that must have exactly these values: what tells the kinds apart. */
  readonly claims: Readonly<Record<string, unknown>>
  /** Milliseconds since 1970 from which none is accepted. */
  readonly until: number
}

const expected =
  'a list of { contract, kind: access or refresh, algorithm, key, user: the claim that names the user, by: id, email or username, claims: what must stand in it, until: a date }'

export const legacyTokens: Setting<readonly LegacyToken[]> = custom<readonly LegacyToken[]>(
  'legacy_tokens',
  [],
  'none',
  expected,
  {
    doc: 'Tokens that an earlier backend issued and that are accepted until a date, so that a switch-over logs nobody out: see take-over.md.',
    secret: true,
  },
  parse,
)

function parse(raw: unknown): readonly LegacyToken[] | undefined {
  const value = typeof raw === 'string' ? parseJson(raw) : raw
  if (!Array.isArray(value)) return undefined
  const tokens = value.map(read)
  return tokens.every((token) => token !== undefined) ? tokens : undefined
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    return undefined
  }
}

const members = ['contract', 'kind', 'algorithm', 'key', 'user', 'by', 'claims', 'until']
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isOneOf = <T extends string>(value: unknown, all: readonly T[]): value is T => all.includes(value as T)

function read(raw: unknown): LegacyToken | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined
  if (!Object.keys(raw).every((name) => members.includes(name))) return undefined
  const {
    contract,
    kind,
    algorithm,
    key,
    user,
    by = 'id',
    claims = {},
    until,
  } = raw as Record<string, unknown>
  const ends = isText(until) ? parseEnd(until) : undefined
  if (!isText(contract) || !isText(key) || !isText(user) || ends === undefined) return undefined
  if (!isOneOf(kind, ['access', 'refresh'] as const) || !isOneOf(algorithm, legacyAlgorithms))
    return undefined
  if (!isOneOf(by, ['id', 'email', 'username'] as const)) return undefined
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return undefined
  // A public key that is taken for the secret of an HMAC would let anybody make tokens.
  if (algorithm.startsWith('HS') === key.includes('-----BEGIN')) return undefined
  // One that is read as no bytes at all would too.
  if (key.startsWith('base64:') && !/^base64:[A-Za-z0-9+/]{2,}={0,2}$/.test(key)) return undefined
  return { contract, kind, algorithm, key, user, by, claims: claims as Record<string, unknown>, until: ends }
}

/** A time, or a day as a whole. */
const parseEnd = (text: string): number | undefined =>
  parseRfc3339(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59Z` : text)
