// Which language a page speaks, and its texts, times and plurals. The explicit choice counts first, then the user's, then
// what the link asked for (`ui_locales` of OpenID Connect), then the browser's.
import i18next, { type i18n } from 'i18next'
import { type Catalogue, catalogues, type Language, type MessageKey } from './messages/messages.js'

export type Values = Readonly<Record<string, string | number>>

/** One language, ready to speak. */
export interface Speech {
  readonly language: Language
  readonly direction: 'ltr' | 'rtl'
  readonly t: (key: MessageKey, values?: Values) => string
  /** Whether a key that was put together is one. */
  readonly has: (key: string) => key is MessageKey
  /** How long ago, in words; `exact` for whoever wants to know. Milliseconds. */
  readonly ago: (at: number, now: number) => string
  readonly exact: (at: number, zone?: string) => string
  readonly day: (at: number, zone?: string) => string
  /** A wait in words: seconds below two minutes, else minutes. */
  readonly wait: (seconds: number) => string
}

const rightToLeft = new Set<string>(['ar'])

export function createSpeeches(): ReadonlyMap<Language, Speech> {
  const instance = i18next.createInstance()
  void instance.init({
    initAsync: false,
    fallbackLng: 'en',
    keySeparator: false,
    nsSeparator: false,
    // React escapes what it prints.
    interpolation: { escapeValue: false },
    resources: Object.fromEntries(
      Object.entries(catalogues).map(([language, texts]) => [language, { translation: texts }]),
    ),
  })
  const all = Object.keys(catalogues) as Language[]
  return new Map(all.map((language) => [language, createSpeech(instance, language)]))
}

function createSpeech(instance: i18n, language: Language): Speech {
  const translate = instance.getFixedT(language) as unknown as Speech['t']
  // A text without values is always the same, and looking one up costs as much as rendering its element.
  const plain = new Map<MessageKey, string>()
  const t: Speech['t'] = (key, values) => {
    if (values !== undefined) return translate(key, values)
    const known = plain.get(key) ?? translate(key)
    plain.set(key, known)
    return known
  }
  const texts: Catalogue = catalogues[language]
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  const dates = new Map<string, Intl.DateTimeFormat>()
  const format = (style: 'exact' | 'day', zone: string) => {
    const key = `${style} ${zone}`
    const known = dates.get(key) ?? dateFormat(language, style, zone)
    // Zones are few; a flood of made-up ones must not stay.
    if (dates.size > 500) dates.clear()
    dates.set(key, known)
    return known
  }
  return {
    language,
    direction: rightToLeft.has(language) ? 'rtl' : 'ltr',
    t,
    has: (key): key is MessageKey => Object.hasOwn(texts, key),
    ago: (at, now) => sayAgo(relative, Math.max(0, now - at)),
    exact: (at, zone = 'UTC') => format('exact', zone).format(at),
    day: (at, zone = 'UTC') => format('day', zone).format(at),
    wait: (seconds) =>
      seconds < 120
        ? t('wait.seconds', { count: seconds })
        : t('wait.minutes', { count: Math.ceil(seconds / 60) }),
  }
}

/** A zone that this Node does not know counts as UTC. */
function dateFormat(language: string, style: 'exact' | 'day', zone: string): Intl.DateTimeFormat {
  const options: Intl.DateTimeFormatOptions =
    style === 'day' ? { dateStyle: 'long' } : { dateStyle: 'long', timeStyle: 'short' }
  try {
    return new Intl.DateTimeFormat(language, { ...options, timeZone: zone })
  } catch {
    return new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' })
  }
}

const steps: [unit: Intl.RelativeTimeFormatUnit, milliseconds: number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

function sayAgo(relative: Intl.RelativeTimeFormat, elapsed: number): string {
  const [unit, length] = steps.find(([, least]) => elapsed >= least) ?? ['second', 1000]
  return relative.format(unit === 'second' ? 0 : -Math.floor(elapsed / length), unit)
}

/** The first wish that is spoken here; each may be a list such as `ko-KR,en;q=0.8` or `ko en`. */
export function chooseLanguage(
  wishes: readonly (string | undefined)[],
  allowed: readonly Language[],
): Language {
  for (const wish of wishes)
    for (const tag of preferred(wish ?? '')) {
      const found = allowed.find((language) => tag === language || tag.startsWith(`${language}-`))
      if (found) return found
    }
  return allowed[0] ?? 'en'
}

/** Longer lists say nothing new (RFC 9110 section 12.5.4). */
const longestList = 500

function preferred(list: string): string[] {
  return list
    .slice(0, longestList)
    .toLowerCase()
    .split(/[,;]/.test(list) ? ',' : /\s+/)
    .map((entry) => {
      const [tag = '', ...parameters] = entry.split(';').map((part) => part.trim())
      const quality = parameters.find((one) => one.startsWith('q='))?.slice(2)
      return { tag, weight: quality === undefined ? 1 : Number(quality) || 0 }
    })
    .filter(({ tag, weight }) => tag !== '' && weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag)
}
