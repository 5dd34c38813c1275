// Puts letters in words. Two Liquid engines, one that escapes what it writes (HTML) and one for plain text; both without
// files, without `raw`, and without what is not a template's own data. What people wrote is data to them, never template.
import type { Liquid, Template } from 'liquidjs'
import type { Channel, Letter, Rendered } from '../delivery.js'
import { factsOf, type Surroundings, sampleFacts } from './facts.js'
import { type Found, unusable } from './folder.js'
import { type Library, openLibrary, topicOf, topics } from './library.js'
import { FOOTER, sourceName } from './sources.js'

export interface TemplateOptions extends Surroundings {
  readonly issuer: string
  /** The setting `mail.templates`. */
  readonly folder: string | undefined
  /** The setting `mail.locale`. */
  readonly locale: string
}

export interface Templates {
  /** Throws an Error where there are no words for it. */
  render(letter: Letter): Promise<Rendered>
  /** The templates in Liquid, by the name of their file. */
  sources(topic: string, channel: Channel, locale?: string): Promise<Readonly<Record<string, string>>>
  /** A letter with facts as they might be. */
  sample(topic: string, channel: Channel, locale?: string): Letter
  topics(channel: Channel): readonly string[]
}

type Kind = 'text' | 'html'
type Facts = Record<string, string | number>
const MARK = 'sallyport-content-goes-here'
const righToLeft = /^(ar|dv|fa|he|iw|ks|ku|ps|sd|ug|ur|yi)(-|$)/i

/**
 * Templates as the settings say. Those of the operator are read, parsed and tried here; the built-in ones when they are
 * first needed. Throws DeliveryMisconfigured naming file and line.
 */
export async function openTemplates(options: TemplateOptions): Promise<Templates> {
  const { folder, issuer } = options
  let opened: Promise<Renderer> | undefined
  const renderer = () => {
    opened ??= createRenderer(openLibrary(folder, options.locale), options)
    return opened
  }
  const sample: Templates['sample'] = (topic, channel, locale) => ({
    topic,
    channel,
    to: channel === 'email' ? 'ada@example.com' : '+15550100',
    facts: sampleFacts(issuer),
    ...(locale !== undefined && { locale }),
  })
  if (folder !== undefined) await checkAll(await renderer(), sample)
  return {
    render: async (letter) => (await renderer()).render(letter),
    sources: async (topic, channel, locale) => sourcesIn((await renderer()).library, topic, channel, locale),
    sample,
    topics: (channel) => topics.filter((one) => one[channel]).map(({ topic }) => topic),
  }
}

function sourcesIn(
  library: Library,
  topic: string,
  channel: Channel,
  locale: string | undefined,
): Readonly<Record<string, string>> {
  const { subject, text, html, sms } = sourceName
  const names = channel === 'sms' ? [sms(topic)] : [subject(topic), text(topic), html(topic), FOOTER]
  const found = names.flatMap((name) => library.find(name, locale) ?? [])
  return Object.fromEntries(found.map(({ name, source }) => [name, source]))
}

interface Renderer {
  readonly library: Library
  render(letter: Letter): Promise<Rendered>
  /** Renders one template as strictly as can be. Throws what Liquid throws. */
  tryOut(found: Found, kind: Kind, facts: Facts): Promise<string>
  frame(content: string, facts: Facts, strict: boolean): Promise<string>
  facts(letter: Letter, locale: string): Facts
}

async function createRenderer(library: Library, options: TemplateOptions): Promise<Renderer> {
  const engines = await createEngines()
  const parsed = new Map<Found, Template[]>()
  const put = async (found: Found, kind: Kind, facts: Facts, strictVariables = false): Promise<string> => {
    const engine = engines[kind]
    const template = parsed.get(found) ?? engine.parse(found.source, found.path)
    parsed.set(found, template)
    return String(await engine.render(template, facts, { strictVariables }))
  }
  const frame = async (content: string, facts: Facts, strict: boolean) => {
    const framed = await put(library.layout, 'html', { ...facts, content: MARK }, strict)
    return framed.split(MARK).join(content)
  }
  const facts = (letter: Letter, locale: string) => {
    const { brand, host } = options
    return { ...factsOf(letter, locale, { brand, host }), dir: righToLeft.test(locale) ? 'rtl' : 'ltr' }
  }
  return {
    library,
    facts,
    frame,
    tryOut: (found, kind, given) => put(found, kind, given, true),
    render: (letter) => renderWith({ library, facts, frame }, put, letter),
  }
}

async function renderWith(
  { library, facts, frame }: Pick<Renderer, 'library' | 'facts' | 'frame'>,
  put: (found: Found, kind: Kind, facts: Facts) => Promise<string>,
  letter: Letter,
): Promise<Rendered> {
  const { topic, channel } = letter
  const wanted = (name: string) => {
    const found = library.find(name, letter.locale)
    if (found) return found
    throw new Error(`there are no words for ${topic} by ${channel}`)
  }
  if (channel === 'sms') {
    const source = wanted(sourceName.sms(topic))
    const text = await put(source, 'text', facts(letter, source.locale))
    return { locale: source.locale, text: text.trim() }
  }
  const source = wanted(sourceName.text(topic))
  const { locale } = source
  const given = facts(letter, locale)
  const subject = oneLine(await put(wanted(sourceName.subject(topic)), 'text', given))
  const footer = oneLine(await put(wanted(FOOTER), 'text', given))
  const content = await put(wanted(sourceName.html(topic)), 'html', given)
  const html = await frame(content, { ...given, subject, footer }, false)
  return { locale, subject, text: await put(source, 'text', given), html }
}

/** A subject is one line, whatever stood in its template. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const oneLine = (text: string) => text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()

/** Loaded on first use: a server that sends nothing needs no template language. */
async function createEngines(): Promise<Readonly<Record<Kind, Liquid>>> {
  const { Liquid } = await import('liquidjs')
  const make = (options: object) => {
    const engine = new Liquid({
      ...options,
      ownPropertyOnly: true,
      strictFilters: true,
      lenientIf: true,
      templates: {},
      renderLimit: 1000,
      memoryLimit: 1e7,
    })
    delete engine.filters.raw
    for (const tag of ['include', 'render', 'layout', 'block']) delete engine.tags[tag]
    return engine
  }
  return { html: make({ outputEscape: 'escape' }), text: make({}) }
}

/** Tries every template with facts as they might be, so that no mail finds out first. */
async function checkAll(renderer: Renderer, sample: Templates['sample']): Promise<void> {
  const { library, facts, frame, tryOut } = renderer
  for (const found of library.all) {
    const topic = topicOf(found.name) ?? 'test'
    const kind = found.name.endsWith('.html') ? 'html' : 'text'
    await tried(found, () => tryOut(found, kind, facts(sample(topic, 'email'), found.locale)))
  }
  await tried(library.layout, async () => {
    const given = { ...facts(sample('test', 'email'), 'en'), subject: 'A subject', footer: 'A footer' }
    if (!(await frame(MARK, given, true)).includes(MARK)) throw new Error('it has no {{ content }}')
  })
}

async function tried(found: Found, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw unusable(
      `${found.path}${placeOf(error)}`,
      `cannot be used: ${sentenceOf(error)}`,
      'Correct the file',
    )
  }
}

/** `:2:5`, as editors understand it. */
function placeOf(error: unknown): string {
  const position = (error as { token?: { getPosition?(): number[] } }).token?.getPosition?.()
  return position ? `:${position.join(':')}` : ''
}

const sentenceOf = (error: unknown) =>
  (error as Error).message.replace(/, (file:.*?, )?line:\d+, col:\d+$/, '').replace(/, file:.*$/, '')
