// What a template may name. Facts come from features; texts among them that people chose are made harmless here, before
// any template sees them: no line breaks, nothing that a mail program would make a link of.
import type { Letter } from '../delivery.js'

export interface Surroundings {
  readonly brand: string
  /** The host of the issuer. */
  readonly host: string
}

/** Control characters, and those that turn the direction of what follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unseen = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g
const LONGEST_NAME = 60
const LONGEST = 200

const plain = (text: string) => text.replace(unseen, ' ').trim()

/**
 * The facts of a letter as templates get them: `at` written out, links checked. Throws an Error for a link that is none.
 */
export function factsOf(
  letter: Letter,
  locale: string,
  around: Surroundings,
): Record<string, string | number> {
  const { name, link, at, ...others } = letter.facts
  const facts: Record<string, string | number> = { ...around, locale, to: letter.to }
  for (const [fact, value] of Object.entries(others))
    facts[fact] = typeof value === 'string' ? plain(value).slice(0, LONGEST) : value
  if (at !== undefined) facts.at = typeof at === 'number' ? moment(at, locale) : plain(at)
  if (link !== undefined) facts.link = checkLink(String(link))
  const shown = name === undefined ? '' : shownName(String(name))
  return shown === '' ? facts : { ...facts, name: shown }
}

/**
 * A name as it may stand in a mail to an address that nobody has proven yet: whoever signs up with a stranger's address
 * chooses the name, and must not advertise with it. Names that look like links or go on for long are left out.
 */
function shownName(name: string): string {
  const text = plain(name)
  return /[/:@\\<>]|\.[\p{L}\p{N}]/u.test(text) || [...text].length > LONGEST_NAME ? '' : text
}

function checkLink(link: string): string {
  if (/^(?!javascript:|data:|vbscript:)[a-z][a-z0-9+.-]*:\/\/[^\s"'<>\\]+$/i.test(link)) return link
  throw new Error('its link is not one')
}

function moment(at: number, locale: string): string {
  const style = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const
  return `${new Intl.DateTimeFormat(locale, style).format(at)} UTC`
}

/** Facts as they might be, for previews and for the check of templates. */
export function sampleFacts(issuer: string): Record<string, string | number> {
  return {
    name: 'Ada Lovelace',
    code: '482913',
    link: `${issuer}/example?token=u0X3vYk8Qm5rT1zB`,
    minutes: 10,
    at: Date.UTC(2030, 0, 31, 12, 34),
    ip: '203.0.113.7',
    user_agent: 'Firefox on Linux',
  }
}
