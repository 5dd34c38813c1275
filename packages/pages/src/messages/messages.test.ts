import { describe, expect, it } from 'vitest'
import { catalogues, type Language, languages } from './messages.js'

const plural = /_(zero|one|two|few|many|other)$/
const stem = (key: string) => key.replace(plural, '')
const english = catalogues.en as Readonly<Record<string, string>>
const isPlural = (key: string) => plural.test(key) && Object.hasOwn(english, `${stem(key)}_other`)
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort()

/** What a language lacks, has too much, or says with other values than English. */
function faults(
  language: Language,
  texts: Readonly<Record<string, string>> = catalogues[language],
): string[] {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories
  const wanted = new Set(
    Object.keys(english).flatMap((key) =>
      isPlural(key) ? forms.map((form) => `${stem(key)}_${form}`) : [key],
    ),
  )
  const missing = [...wanted].filter((key) => !texts[key]?.trim()).map((key) => `${key} is missing`)
  const spare = Object.keys(texts)
    .filter((key) => !wanted.has(key))
    .map((key) => `${key} is too much`)
  const others = Object.entries(texts).flatMap(([key, text]) => {
    const source = english[isPlural(key) ? `${stem(key)}_other` : key] ?? ''
    // One and two may be words of their own: «ثانيتين».
    const spelled = /_(zero|one|two)$/.test(key) && isPlural(key)
    const [own, theirs] = [placeholders(text), placeholders(source)].map((names) =>
      names.filter((name) => !(spelled && name === 'count')).join(),
    )
    return own === theirs ? [] : [`${key} says ${own}, not ${theirs}`]
  })
  return [...missing, ...spare, ...others]
}

describe.each(languages)('%s', (language) => {
  it('says everything, in every plural form that it has, with the values that English has', () => {
    expect(faults(language)).toEqual([])
  })

  it('calls a button that it shows by what stands on it', () => {
    const texts = catalogues[language] as Readonly<Record<string, string>>
    expect(texts['password.showLabel']!.toLowerCase()).toContain(texts['password.show']!.toLowerCase())
  })
})

describe('a catalogue', () => {
  it.each([
    ['lacks a text', (texts: Record<string, string>) => delete texts['signIn.title']],
    ['lacks a plural form', (texts: Record<string, string>) => delete texts['wait.minutes_few']],
    ['has an empty text', (texts: Record<string, string>) => Object.assign(texts, { skip: ' ' })],
    ['lost a value', (texts: Record<string, string>) => Object.assign(texts, { continueTo: 'x' })],
    ['has a text of nobody’s', (texts: Record<string, string>) => Object.assign(texts, { nobody: 'x' })],
  ])('that %s is found', (_what, spoil) => {
    const texts: Record<string, string> = { ...catalogues.uk }
    spoil(texts)
    expect(faults('uk', texts)).toHaveLength(1)
  })
})
