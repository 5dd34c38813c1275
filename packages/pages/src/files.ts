// The files that pages load, all from us: style, script, icon, the operator's logo and font. Made once; a file's name
// holds a digest of its content, so browsers keep it for good and never show yesterday's.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { PageFile } from '@sallyport/protocol'
import { type Accents, deriveAccents } from './colour.js'
import type { Brand } from './lent.js'
import { filesAt } from './routes.js'

export type FileKey = 'style' | 'script' | 'icon' | 'logo' | 'logoDark' | 'font'

export interface Files {
  /** Where a file is; undefined where the operator gave none. */
  path(key: 'style' | 'script' | 'icon'): string
  path(key: FileKey): string | undefined
  find(name: string): PageFile | undefined
}

const surfaces = { light: '#ffffff', dark: '#171d1a' }
const ours = { light: '#0f6b4f', dark: '#5cc9a1' }
const endings: Readonly<Record<string, string>> = {
  'text/css; charset=utf-8': 'css',
  'text/javascript; charset=utf-8': 'js',
  'image/svg+xml': 'svg',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'font/woff2': 'woff2',
}

const ifDark = '(prefers-color-scheme: dark)'

export function createFiles(brand: Brand): Files {
  const paths = new Map<FileKey, string>()
  const byName = new Map<string, PageFile>()
  const add = (key: FileKey, file: PageFile | undefined) => {
    if (!file) return
    const digest = createHash('sha256').update(file.body).digest('base64url').slice(0, 12)
    const name = `${key.toLowerCase()}-${digest}.${endings[file.contentType]}`
    byName.set(name, file)
    paths.set(key, filesAt.replace(':file', name))
  }
  const read = (url: URL) => readFileSync(url, 'utf8')
  add('logo', brand.logo)
  add('logoDark', brand.logoDark)
  add('font', brand.fontFile)
  const both = read(new URL('./pages.css', import.meta.url)) + brandStyle(brand, paths.get('font'))
  const style =
    brand.scheme === 'auto' ? both : both.replaceAll(ifDark, brand.scheme === 'dark' ? 'all' : 'not all')
  add('style', { contentType: 'text/css; charset=utf-8', body: style })
  const script = read(new URL('./enhance.js', import.meta.url)).replace(/^\/\/# sourceMappingURL=.*$/m, '')
  add('script', { contentType: 'text/javascript; charset=utf-8', body: script })
  add('icon', { contentType: 'image/svg+xml', body: icon(accentsOf(brand).light) })
  return {
    path: ((key: FileKey) => paths.get(key)) as Files['path'],
    find: (name) => byName.get(name),
  }
}

/** The accent of each scheme as it can be read there; the dark one follows from the light one where none was given. */
function accentsOf(brand: Pick<Brand, 'accent' | 'accentDark'>): { light: Accents; dark: Accents } {
  const light = brand.accent ?? ours.light
  const dark = brand.accentDark ?? brand.accent ?? ours.dark
  return { light: deriveAccents(light, surfaces.light), dark: deriveAccents(dark, surfaces.dark) }
}

function brandStyle(brand: Brand, fontPath: string | undefined): string {
  const { light, dark } = accentsOf(brand)
  const face = fontPath
    ? `@font-face{font-family:"brand";src:url("${fontPath}") format("woff2");font-display:swap}`
    : ''
  const fonts = [fontPath && '"brand"', brand.font, 'var(--sp-system)'].filter(Boolean).join(',')
  return [
    face,
    `:root{${variables(light)}--sp-radius:${brand.radius}px;--sp-font:${fonts}}`,
    `@media (prefers-color-scheme: dark){:root{${variables(dark)}}}`,
    brand.scheme === 'auto' ? '' : `:root{color-scheme:${brand.scheme}}`,
    '',
  ].join('\n')
}

const variables = ({ accent, onAccent, hover, active }: Accents) =>
  `--sp-accent:${accent};--sp-on-accent:${onAccent};--sp-accent-hover:${hover};--sp-accent-active:${active};`

/** Two doors, one behind the other. */
function icon({ accent, onAccent }: Accents): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="${accent}"/><path d="M7 25V11a4 4 0 0 1 8 0v14M17 25V11a4 4 0 0 1 8 0v14" fill="none" stroke="${onAccent}" stroke-width="2.6" stroke-linecap="round"/></svg>`
}
