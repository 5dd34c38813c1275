// From a language's sentences to Liquid templates: the same parts once as plain text and once as HTML. Facts are escaped
// in HTML by the engine that renders it; here only our own words and tags are put together.
import { button, codeBox, escapeWords, paragraph } from './layout.js'
import type { Language, Part } from './words.js'

/** Templates in Liquid, by the name that the file of an override has: `verify_email.subject.txt`. */
export type Sources = ReadonlyMap<string, string>

export const sourceName = {
  subject: (topic: string) => `${topic}.subject.txt`,
  text: (topic: string) => `${topic}.txt`,
  html: (topic: string) => `${topic}.html`,
  sms: (topic: string) => `${topic}.sms.txt`,
} as const

/** The line under every mail, for the frame around its HTML. */
export const FOOTER = 'footer.txt'

/** Every template of a language that is built in. */
export function sourcesOf(language: Language): Sources {
  const made = new Map([[FOOTER, language.footer]])
  for (const [topic, { subject, parts, sms }] of Object.entries(language.topics)) {
    if (subject !== undefined && parts) {
      made.set(sourceName.subject(topic), subject)
      made.set(sourceName.text(topic), textOf(language, parts))
      made.set(sourceName.html(topic), htmlOf(language, parts))
    }
    if (sms !== undefined) made.set(sourceName.sms(topic), sms)
  }
  return made
}

const where = (fact: string, source: string) => `{% if ${fact} %}${source}{% endif %}`

function greetingOf({ greeting, greetingByName }: Language, dress: (words: string) => string): string {
  return `{% if name %}${dress(greetingByName)}{% else %}${dress(greeting)}{% endif %}`
}

function textOf(language: Language, parts: readonly Part[]): string {
  const one = (part: Part): string => {
    if ('say' in part) return part.when ? where(part.when, `${part.say}\n\n`) : `${part.say}\n\n`
    if ('code' in part) return where('code', `${part.code}\n\n    {{ code }}\n\n`)
    if ('link' in part) return where('link', `${part.link}:\n{{ link }}\n\n`)
    const lines = Object.entries(language.details).map(([fact, label]) =>
      where(fact, `${label}: {{ ${fact} }}\n`),
    )
    return `${lines.join('')}${where('at', '\n')}`
  }
  const greeting = greetingOf(language, (words) => `${words}\n\n`)
  return `${greeting}${parts.map(one).join('')}-- \n${language.footer}\n`
}

function htmlOf(language: Language, parts: readonly Part[]): string {
  const one = (part: Part): string => {
    if ('say' in part) return part.when ? where(part.when, paragraph(part.say)) : paragraph(part.say)
    if ('code' in part) return where('code', `${paragraph(part.code)}${codeBox('{{ code }}')}`)
    if ('link' in part) return where('link', button(part.link, '{{ link }}'))
    const lines = Object.entries(language.details).map(([fact, label]) =>
      where(fact, `${escapeWords(label)}: {{ ${fact} }}<br>`),
    )
    return paragraph(lines.join('\n'), true)
  }
  return `${greetingOf(language, (words) => paragraph(words))}${parts.map(one).join('')}`
}
