// A setting is data, declared beside what it configures: name, default, what is expected, one sentence of manual.
// Loading (file, environment, flags) is config's; server.ts collects the declarations. Nothing here does I/O.
import { formatDuration, parseDuration } from './duration.js'

export interface Setting<T> {
  /** Dotted name as in sallyport.yaml, e.g. `access_token.ttl`. */
  readonly name: string
  /** One sentence for the manual. */
  readonly doc: string
  /** What a good value looks like; said when a value is refused. */
  readonly expected: string
  /** The value where nothing was configured. */
  readonly fallback: T
  /** How the manual prints the default. */
  readonly shown: string
  /** A secret is never printed, and `<NAME>_FILE` reads it from a file. */
  readonly secret: boolean
  /** Setting it in production stops the start. */
  readonly developmentOnly: boolean
  /** Values that stop the start in production only. */
  onlyInDevelopment?(value: T): boolean
  /** The value from YAML (any JSON value) or text (environment, flag); undefined where it is not what is expected. */
  readonly parse: (raw: unknown) => T | undefined
}

/** Typed access to what was configured. */
export interface Settings {
  get<T>(setting: Setting<T>): T
}

interface Details {
  doc: string
  secret?: boolean
  developmentOnly?: boolean
}

function make<T>(
  name: string,
  fallback: T,
  shown: string,
  expected: string,
  details: Details,
  parse: (raw: unknown) => T | undefined,
): Setting<T> {
  const { doc, secret = false, developmentOnly = false } = details
  return { name, fallback, shown, expected, doc, secret, developmentOnly, parse }
}

const isText = (raw: unknown): raw is string => typeof raw === 'string'

/** Text; `fallback` undefined means «not configured». */
export function text<F extends string | undefined>(
  name: string,
  fallback: F,
  details: Details & {
    expected?: string
    shown?: string
    test?: (value: string) => boolean
    onlyInDevelopment?: (value: string) => boolean
  },
): Setting<string | F> {
  const { onlyInDevelopment } = details
  const parse = (raw: unknown) => (isText(raw) && (details.test?.(raw) ?? raw !== '') ? raw : undefined)
  const shown = details.shown ?? fallback ?? ''
  const made = make<string | F>(name, fallback, shown, details.expected ?? 'a text', details, parse)
  return onlyInDevelopment
    ? { ...made, onlyInDevelopment: (value) => value !== undefined && onlyInDevelopment(value) }
    : made
}

/** A whole number within bounds. */
export function integer(
  name: string,
  fallback: number,
  details: Details & { min: number; max: number },
): Setting<number> {
  const { min, max } = details
  return make(name, fallback, String(fallback), `a whole number from ${min} to ${max}`, details, (raw) => {
    const value = isText(raw) && /^-?\d+$/.test(raw.trim()) ? Number(raw) : raw
    return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : undefined
  })
}

export function boolean(name: string, fallback: boolean, details: Details): Setting<boolean> {
  return make(name, fallback, String(fallback), 'true or false', details, (raw) =>
    raw === true || raw === 'true' ? true : raw === false || raw === 'false' ? false : undefined,
  )
}

/** A duration, kept in milliseconds; a bare number is seconds. */
export function duration(
  name: string,
  fallback: string,
  details: Details & { min: string; max: string },
): Setting<number> {
  const min = parseDuration(details.min)!
  const max = parseDuration(details.max)!
  const expected = `a duration such as 500ms, 10s, 5m, 12h or 30d, from ${formatDuration(min)} to ${formatDuration(max)}`
  return make(name, parseDuration(fallback)!, fallback, expected, details, (raw) => {
    const value = typeof raw === 'number' || isText(raw) ? parseDuration(String(raw)) : undefined
    return value !== undefined && value >= min && value <= max ? value : undefined
  })
}

/** One of a few words. */
export function choice<const V extends string>(
  name: string,
  fallback: NoInfer<V>,
  values: readonly V[],
  details: Details,
): Setting<V> {
  return make(name, fallback, fallback, `one of ${values.join(', ')}`, details, (raw) =>
    values.find((value) => value === raw),
  )
}

/** A list of texts: YAML list, JSON list, or comma-separated. */
export function list(
  name: string,
  fallback: readonly string[],
  details: Details & { expected?: string; test?: (item: string) => boolean },
): Setting<readonly string[]> {
  const expected = details.expected ?? 'a list of texts (YAML or JSON list, or comma-separated)'
  return make(name, fallback, fallback.join(', '), expected, details, (raw) => {
    const items = isText(raw) ? splitList(raw) : raw
    if (!Array.isArray(items) || !items.every(isText)) return undefined
    return items.every((item) => details.test?.(item) ?? item !== '') ? items : undefined
  })
}

/** Any JSON value that `parse` understands. */
export function custom<T>(
  name: string,
  fallback: T,
  shown: string,
  expected: string,
  details: Details,
  parse: (raw: unknown) => T | undefined,
): Setting<T> {
  return make(name, fallback, shown, expected, details, parse)
}

function splitList(raw: string): unknown {
  if (!raw.trim().startsWith('['))
    return raw
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  try {
    return JSON.parse(raw)
  } catch {
    return undefined
  }
}
