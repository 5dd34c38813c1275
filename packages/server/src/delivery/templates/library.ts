// All templates, by language and name: those that are built in, and the operator's before them. A language inherits from
// the one it is a kind of (`pt-BR` from `pt`); one that is not built in has to be complete, so that no mail is half in
// another.
import { en } from './en.js'
import { type Found, readFolder, unusable } from './folder.js'
import { ko } from './ko.js'
import { layout as ownLayout } from './layout.js'
import { type Sources, sourceName, sourcesOf } from './sources.js'

export interface Source extends Found {
  readonly locale: string
  readonly name: string
}

export interface Library {
  readonly layout: Found
  /** Every template, for whoever checks them. */
  readonly all: readonly Source[]
  /** The template for a language, else for `fallback`, else the English one; undefined where there is none of that name. */
  find(name: string, locale: string | undefined): Source | undefined
}

/** Topics and what they have words for, by the built-in English, which has all. */
export const topics = Object.entries(en.topics).map(([topic, words]) => ({
  topic,
  email: words.parts !== undefined,
  sms: words.sms !== undefined,
}))

const names = new Set(sourcesOf(en).keys())
const { subject, text, html, sms } = sourceName
/** The topic of a template's name. */
export const topicOf = (name: string) =>
  topics.find(({ topic }) => [subject, text, html, sms].some((of) => of(topic) === name))?.topic

/** Reads what there is. Throws DeliveryMisconfigured naming the file. */
export function openLibrary(folder: string | undefined, fallback: string): Library {
  const languages = new Map<string, Map<string, Source>>()
  const add = (locale: string, templates: Iterable<[string, Found]>) => {
    const known = languages.get(locale.toLowerCase()) ?? new Map<string, Source>()
    for (const [name, found] of templates) known.set(name, { ...found, locale, name })
    languages.set(locale.toLowerCase(), known)
  }
  add('en', builtIn('en', sourcesOf(en)))
  add('ko', builtIn('ko', sourcesOf(ko)))
  const theirs = folder === undefined ? undefined : readFolder(folder, names)
  for (const [locale, templates] of theirs?.languages ?? []) add(locale, templates)
  const search = (name: string, locale: string | undefined) =>
    chainOf(locale)
      .map((one) => languages.get(one)?.get(name))
      .find((source) => source !== undefined)
  for (const locale of languages.keys()) assertComplete(locale, search, folder)
  return {
    layout: theirs?.layout ?? { path: 'built-in layout.html', source: ownLayout },
    all: [...languages.values()].flatMap((templates) => [...templates.values()]),
    find: (name, locale) => search(name, locale) ?? search(name, fallback) ?? search(name, 'en'),
  }
}

function builtIn(locale: string, sources: Sources): [string, Found][] {
  return [...sources].map(([name, source]) => [name, { path: `built-in ${locale}/${name}`, source }])
}

/** `zh-Hant-TW`, `zh-Hant`, `zh`. */
function chainOf(locale: string | undefined): string[] {
  const parts = locale?.toLowerCase().split('-') ?? []
  return parts.map((_, at) => parts.slice(0, parts.length - at).join('-'))
}

function assertComplete(
  locale: string,
  find: (name: string, locale: string) => unknown,
  folder: string | undefined,
): void {
  const missing = [...names].filter((name) => find(name, locale) === undefined)
  if (missing.length === 0) return
  const next = `Write ${missing.join(', ')}; to see the English ones: sallyport mail preview <topic> --source`
  throw unusable(`${folder}/${locale}`, `lacks ${missing.length} of ${names.size} files`, next)
}
