// The hosted pages, put together: their settings, and what the server lends them. What they show is packages/pages's.
import { readFileSync, statSync } from 'node:fs'
import { createPages, type FrontDoor, type PageSettings, type SealKind, type Tools } from '@sallyport/pages'
import type { PageFile, Pages } from '@sallyport/protocol'
import { StartError } from '../config/errors.js'
import type { Mode } from '../config/settings.js'
import type { Context } from '../domain/context.js'
import { identifiers, signupOpen } from '../domain/identifiers.js'
import { passwordRules } from '../domain/passwords/settings.js'
import { takesPhones } from '../domain/phones.js'
import { admitReturn } from '../domain/return-address.js'
import { openNote, sealNote } from '../domain/sealed-note.js'
import { administration } from '../domain/tables.js'
import { origins } from '../http/settings.js'
import { boolean, choice, integer, list, type Setting, type Settings, text } from '../util/setting.js'
import { version } from '../util/version.js'

/** Languages that the pages speak, the usual one first. */
const spoken = ['en', 'ko', 'uk', 'ar']
const colour = /^#[0-9a-fA-F]{6}$/

export const pagesEnabled = boolean('pages.enabled', true, {
  doc: 'Whether the hosted pages (sign-in, sign-up, account) are served.',
})
const languages = list('pages.languages', spoken, {
  doc: 'The languages of the hosted pages, the usual one first; with a single one there is no switch.',
  expected: `a list of ${spoken.join(', ')}`,
  test: (item) => spoken.includes(item),
})
const name = text('brand.name', 'Sallyport', {
  doc: 'What the service is called on its pages and in its mails.',
  expected: 'a text of at most 64 characters',
  test: (value) => value.trim() !== '' && value.length <= 64,
})
const accentOf = (setting: string, doc: string) =>
  text(setting, undefined, {
    doc,
    shown: 'ours',
    expected: 'a colour such as #0f6b4f',
    test: (value) => colour.test(value),
  })
const accent = accentOf(
  'brand.accent',
  'The colour of buttons and links; made darker or lighter where it could not be read.',
)
const accentDark = accentOf('brand.accent_dark', 'The same for dark screens; follows from brand.accent.')
const radius = integer('brand.radius', 10, { doc: 'How round corners are, in pixels.', min: 0, max: 24 })
const font = text('brand.font', undefined, {
  doc: 'A CSS font stack of fonts that people have, used before the system’s.',
  shown: 'the system’s',
  expected: 'font names separated by commas, such as "Inter", Georgia',
  test: (value) => /^[\w "',-]{1,200}$/.test(value),
})
const fileOf = (setting: string, doc: string) =>
  text(setting, undefined, { doc, shown: 'none', expected: 'the path of a file' })
const fontFile = fileOf('brand.font_file', 'A WOFF2 font file, served from this server.')
const logo = fileOf(
  'brand.logo',
  'A PNG, JPEG, WebP or SVG file shown at most 40 pixels high, instead of the name.',
)
const logoDark = fileOf('brand.logo_dark', 'The same for dark screens.')
const scheme = choice('brand.scheme', 'auto', ['auto', 'light', 'dark'], {
  doc: 'Whether pages follow the visitor’s light or dark setting, or are always one of them.',
})
const footer = boolean('brand.footer', true, {
  doc: 'Whether the pages say at their foot what they are made with.',
})

export const pageSettings: readonly Setting<never>[] = [
  pagesEnabled,
  languages,
  name,
  accent,
  accentDark,
  radius,
  font,
  fontFile,
  logo,
  logoDark,
  scheme,
  footer,
] as never

/** The name of the service. */
export const brandName = (settings: Settings): string => settings.get(name)

/** The pages; none where they are switched off. Throws StartError where a file of the brand cannot be used. */
export function hostedPages(context: Context, mode: Mode, urls: () => FrontDoor['urls']): Pages | undefined {
  return context.settings.get(pagesEnabled) ? createPages(toolsOf(context, mode, urls)) : undefined
}

const purpose = (kind: SealKind) => `page ${kind}`
/** Milliseconds that a browser may take to get to the sign-in page, which makes a ticket of it that is the browser's own. */
const RETURN_LIFETIME = 10 * 60_000

/** An address as the sign-in page takes it (`rt`); whoever asks for it has made sure that it may be gone to. */
export const sealReturn = (context: Context, address: string): string =>
  sealNote(context, purpose('return'), address, RETURN_LIFETIME, '')

/** The address of such a ticket, or of the one that the sign-in page made of it for the browser with this cookie. */
export const openReturn = (context: Context, rt: string, cookie: string | undefined): string | undefined =>
  ownReturn(context, rt, cookie ?? '') ?? openNote(context, purpose('return'), rt, '')

/** The address of a ticket that the sign-in page made for the browser with this cookie; undefined for any other ticket. */
export const ownReturn = (context: Context, rt: string, cookie: string): string | undefined =>
  cookie === '' ? undefined : openNote(context, purpose('return'), rt, cookie)

function toolsOf(context: Context, mode: Mode, urls: () => FrontDoor['urls']): Tools {
  const trusted = new Set(context.settings.get(origins))
  return {
    settings: readSettings(context.settings, mode),
    now: () => context.clock.now(),
    seal: (kind, plain, lifetime, beside) => sealNote(context, purpose(kind), plain, lifetime, beside),
    open: (kind, sealed, beside) => openNote(context, purpose(kind), sealed, beside),
    admitReturn: (address) => admitReturn(address, context.issuer, trusted),
    frontDoor: async () => {
      const row = await context.store.get(administration, { id: 'first' })
      return { version, hasAdministrator: row?.claimed_at != null || (row?.active ?? 0) > 0, urls: urls() }
    },
  }
}

function readSettings(settings: Settings, mode: Mode): PageSettings {
  return {
    languages: settings.get(languages),
    signUp: { open: settings.get(signupOpen), identifiers: settings.get(identifiers) },
    passwordLength: passwordRules(settings).min,
    phone: takesPhones(settings),
    development: mode === 'development',
    brand: {
      name: settings.get(name),
      accent: settings.get(accent),
      accentDark: settings.get(accentDark),
      radius: settings.get(radius),
      font: settings.get(font),
      fontFile: readFile(settings, fontFile, ['font/woff2']),
      logo: readFile(settings, logo, pictures),
      logoDark: readFile(settings, logoDark, pictures),
      scheme: settings.get(scheme),
      footer: settings.get(footer),
    },
  }
}

const pictures = ['image/png', 'image/jpeg', 'image/webp', 'image/svg+xml']
/** Bytes; larger ones make every page slow. */
const largestFile = 512 * 1024

/** What a file is by how it begins, whatever it is called. */
const beginnings: readonly [type: string, pattern: RegExp][] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
  ['font/woff2', /^wOF2/],
  ['image/svg+xml', /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<svg[\s>]/],
]

function readFile(
  settings: Settings,
  setting: Setting<string | undefined>,
  allowed: readonly string[],
): PageFile | undefined {
  const path = settings.get(setting)
  if (path === undefined) return undefined
  const next = `Name a ${allowed.map((type) => type.split('/')[1]).join(', ')} file of at most 512 KiB in ${setting.name}`
  try {
    if (statSync(path).size > largestFile) throw new Error('it is larger than 512 KiB')
    const body = readFileSync(path)
    const beginning = body.toString('latin1', 0, 4096)
    const contentType = beginnings.find(([, pattern]) => pattern.test(beginning))?.[0]
    if (contentType === undefined || !allowed.includes(contentType)) throw new Error('it is of another kind')
    return { contentType, body }
  } catch (error) {
    throw new StartError(`${setting.name} ${path}: ${(error as Error).message}`, next, { cause: error })
  }
}
